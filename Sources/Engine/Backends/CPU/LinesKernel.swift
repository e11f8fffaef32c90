internal import CKernels

/// A convolution as products of our own, one for each row of the window: what a row sees of a line of the image on its way
/// from pixel to pixel lies one behind the other, so that lines are left operands as they stand, with rows that overlap.
///
/// For processors without AVX-512, where oneDNN's convolutions of channels-last images reach a third of what products do
/// (measured on Zen 3: 11 to 32 GFLOP/s of 72 to 85).
struct LinesProblem: Sendable {
    /// Rows of the window, and the length of a sum over one of them.
    let (windowRows, depth): (Int, Int)
    let detail: String
    let operations: Int
    private let batch: Int
    private let channels: Int
    private let filters: Int
    private let input: (height: Int, width: Int)
    private let output: (height: Int, width: Int)
    private let strides: (down: Int, across: Int)
    private let low: (down: Int, across: Int)
    private let dilation: Int
    /// Output rows that are worked on together.
    private let band: Int
    private let columnsPerPart: Int

    /// nil where another way is quicker, or the window's pixels do not lie side by side.
    init?(_ problem: ConvolutionProblem) {
        guard InstructionSet.current != .avx512, problem.kind == .forward, problem.groups == 1,
            problem.input.count <= 2,
            problem.dilations.last == 1, problem.low.allSatisfy({ $0 >= 0 })
        else { return nil }
        /// One line for what has one axis.
        func pair(_ values: [Int], _ missing: Int) -> (Int, Int) {
            (values.count > 1 ? values[0] : missing, values.last!)
        }
        let window = pair(problem.kernel, 1)
        (windowRows, depth) = (window.0, window.1 * problem.inputChannels)
        // Short sums do not pay for writing the results once for each row of the window; for few channels oneDNN has kernels of its own.
        guard depth >= 24, problem.inputChannels > 3, problem.outputChannels >= 16 else { return nil }
        detail = problem.detail + ", by lines"
        operations = problem.operations
        batch = problem.batch
        (channels, filters) = (problem.inputChannels, problem.outputChannels)
        input = pair(problem.input, 1)
        output = pair(problem.output, 1)
        strides = pair(problem.strides, 1)
        low = pair(problem.low, 0)
        dilation = pair(problem.dilations, 1).0
        // What a band sees stays in the cache, and its pixels are enough to share the weights.
        let line = ((output.width - 1) * strides.across + window.1) * channels
        let fitting = (65_536 / line - (window.0 - 1) * dilation - 1) / strides.down + 1
        let most = min(output.height, max(fitting, (48 + output.width - 1) / output.width))
        var bands = (output.height + most - 1) / most
        if batch == 1, bands > 1, bands < output.height { bands += bands % 2 }
        band = (output.height + bands - 1) / bands
        let unit = Int(TW_GEMM_COLUMNS)
        let isCut = batch * bands == 1 && operations > 1_000_000 && filters >= 2 * unit
        columnsPerPart = isCut ? (filters / 2 + unit - 1) / unit * unit : filters
    }

    /// Elements of a line of the image, with zeros beside it.
    private var lineStep: Int { ((output.width - 1) * strides.across) * channels + depth }
    private func linesSeen(by rows: Int) -> Int { (rows - 1) * strides.down + (windowRows - 1) * dilation + 1 }

    var scratchBytes: Int { (linesSeen(by: band) * lineStep * MemoryLayout<Float>.size + 63) & ~63 }
    private var bands: Int { (output.height + band - 1) / band }
    private var parts: Int { (filters + columnsPerPart - 1) / columnsPerPart }
    var chunks: Int { batch * bands * parts }

    func run(
        _ chunk: Int, x: UnsafePointer<Float>, weights: [UnsafePointer<Float>], y: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutablePointer<Float>
    ) {
        let image = chunk / (bands * parts)
        let first = chunk / parts % bands * band
        let rows = min(band, output.height - first)
        let column = chunk % parts * columnsPerPart
        copyLines(
            from: x + image * input.height * input.width * channels, at: first * strides.down - low.down,
            count: linesSeen(by: rows), to: scratch)
        let target = y + (image * output.height + first) * output.width * filters
        for (row, packed) in weights.enumerated() {
            tw_gemm_f32_lines(
                Int64(filters), Int64(depth), scratch + row * dilation * lineStep, Int64(strides.down * lineStep),
                Int64(strides.across * channels), packed, target, Int64(rows), Int64(output.width), Int64(column),
                Int64(min(column + columnsPerPart, filters)), row > 0)
        }
    }

    /// Lines of an image with what stands beside them: zeros outside.
    private func copyLines(
        from image: UnsafePointer<Float>, at first: Int, count: Int, to scratch: UnsafeMutablePointer<Float>
    ) {
        let width = lineStep / channels
        let before = min(low.across, width)
        let copied = max(min(input.width, width - before), 0)
        for number in 0..<count {
            let line = scratch + number * lineStep
            guard (0..<input.height).contains(first + number), copied > 0 else {
                line.update(repeating: 0, count: lineStep)
                continue
            }
            line.update(repeating: 0, count: before * channels)
            (line + before * channels).update(
                from: image + (first + number) * input.width * channels, count: copied * channels)
            (line + (before + copied) * channels).update(
                repeating: 0, count: lineStep - (before + copied) * channels)
        }
    }
}

final class LinesKernel: Kernel {
    let reads: [Int]
    let writes: [Int]
    let scratchBytes: Int
    private let problem: LinesProblem
    private let offset: Int

    init(_ problem: LinesProblem, _ input: View, packed: [Int], to target: Int) {
        reads = [input.buffer] + packed
        writes = [target]
        self.problem = problem
        offset = input.offset
        scratchBytes = problem.scratchBytes
    }

    var name: String { "convolution" }
    var detail: String { problem.detail }
    var operations: Int { problem.operations }

    func run(_ context: RunContext) {
        func memory(_ buffer: Int) -> UnsafeMutablePointer<Float> {
            context.pointers[buffer].assumingMemoryBound(to: Float.self)
        }
        let x = UnsafePointer(memory(reads[0]) + offset)
        let weights = reads.dropFirst().map { UnsafePointer(memory($0)) }
        let y = memory(writes[0])
        context.parallel(problem.chunks) { chunk, scratch in
            problem.run(chunk, x: x, weights: weights, y: y, scratch: scratch.assumingMemoryBound(to: Float.self))
        }
    }
}
