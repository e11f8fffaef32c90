internal import CKernels

/// A convolution as products of our own, one for each row of the window: padded lines are left operands as they stand, with
/// rows that overlap.
///
/// For processors without AVX-512, where oneDNN's convolutions of channels-last images reach a third of what products do
/// (measured on Zen 3: 11 to 32 GFLOP/s of 72 to 85).
struct LinesProblem: Sendable {
    let detail: String
    let operations: Int
    let lines: PaddedLines
    private let filters: Int
    private let columnsPerPart: Int

    /// nil where another way is quicker, or the window's pixels do not lie side by side.
    init?(_ problem: ConvolutionProblem) {
        guard InstructionSet.current != .avx512, problem.kind == .forward, let lines = PaddedLines(problem),
            // Short sums do not pay for writing the results once for each row of the window; for few channels oneDNN has kernels of its own.
            lines.span >= 24, problem.inputChannels > 3, problem.outputChannels >= 16
        else { return nil }
        self.lines = lines
        detail = problem.detail + ", by lines"
        operations = problem.operations
        filters = problem.outputChannels
        let unit = Int(TW_GEMM_COLUMNS)
        let isCut = lines.batch * lines.bands == 1 && operations > 1_000_000 && filters >= 2 * unit
        columnsPerPart = isCut ? (filters / 2 + unit - 1) / unit * unit : filters
    }

    var scratchBytes: Int { (lines.seen(by: lines.band) * lines.length * MemoryLayout<Float>.size + 63) & ~63 }
    private var parts: Int { (filters + columnsPerPart - 1) / columnsPerPart }
    var chunks: Int { lines.batch * lines.bands * parts }

    func run(
        _ chunk: Int, x: UnsafePointer<Float>, weights: [UnsafePointer<Float>], y: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutablePointer<Float>
    ) {
        let image = chunk / (lines.bands * parts)
        let column = chunk % parts * columnsPerPart
        let (input, output, channels) = (lines.input, lines.output, lines.channels)
        let rows = lines.copy(
            band: chunk / parts % lines.bands, of: x + image * input.height * input.width * channels, to: scratch)
        let target = y + (image * output.height + rows.lowerBound) * output.width * filters
        for (row, packed) in weights.enumerated() {
            tw_gemm_f32_lines(
                Int64(filters), Int64(lines.span), scratch + row * lines.dilation * lines.length,
                Int64(lines.strides.down * lines.length), Int64(lines.strides.across * channels), packed, target,
                Int64(rows.count), Int64(output.width), Int64(column), Int64(min(column + columnsPerPart, filters)),
                row > 0)
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
