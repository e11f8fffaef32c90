internal import CKernels

/// A convolution of few channels, which would fill half a register or less. Its sums stay in registers over the whole
/// window: of several pixels by the output channels, of the gradient of x by what the pixels saw, and of the gradient
/// of the weights by places of the window.
struct DirectProblem: Sendable {
    let kind: ConvolutionOp.Kind
    let detail: String
    let operations: Int
    private let lines: PaddedLines
    private let sizes: tw_direct
    private let filters: Int
    /// Pieces that an image is cut into: bands of output lines, or for the gradient of x of its lines.
    private let bands: Int
    private let unitsPerChunk: Int
    /// Elements of the laid out weights, and of a sum of their gradient.
    let weightCount: Int
    /// Multiplications for one element of the output.
    let depth: Int

    /// nil where another way is quicker, or the window's pixels do not lie side by side.
    init?(_ problem: ConvolutionProblem) {
        guard let lines = PaddedLines(problem) else { return nil }
        kind = problem.kind
        self.lines = lines
        filters = problem.outputChannels
        detail = problem.detail + ", direct"
        (operations, depth) = (problem.operations, problem.depth)
        let isBack = kind == .inputGradient
        // The gradient of x ends where the image does, seen or not.
        let whole = (lines.low.across + lines.input.width) * lines.channels
        sizes = tw_direct(
            rows: Int64(lines.window.height), span: Int64(lines.span), pixels: Int64(lines.output.width),
            step: Int64(lines.strides.across * lines.channels),
            line: Int64(isBack ? max(lines.length, whole) : lines.length), down: Int64(lines.strides.down),
            apart: Int64(lines.dilation), channels: Int64(lines.channels), outputs: Int64(filters))
        let (sizes, way) = (sizes, Self.ways[kind]!)
        guard withUnsafePointer(to: sizes, { tw_direct_fits($0, way) }) else { return nil }
        weightCount = withUnsafePointer(to: sizes) { Int(tw_direct_weight_count($0, way)) }
        // Pieces depend on the problem only, so that results do not depend on the number of threads. One is worth handing
        // out; the parts of a gradient are few, since each is written and read once more.
        let least = 200_000
        let perImage = operations / max(lines.batch, 1)
        bands = isBack ? min(lines.input.height, max(1, min(16 / lines.batch, perImage / least))) : lines.bands
        let units = lines.batch * bands
        let most = kind == .weightGradient ? min(16, units) : units
        let chunks = max(1, min(most, operations / least))
        unitsPerChunk = (units + chunks - 1) / chunks
    }

    private static let ways: [ConvolutionOp.Kind: tw_direct_kind] = [
        .forward: TW_DIRECT_FORWARD, .inputGradient: TW_DIRECT_INPUT_GRADIENT,
        .weightGradient: TW_DIRECT_WEIGHT_GRADIENT,
    ]

    private var units: Int { lines.batch * bands }
    /// Of a weight gradient: the sums that it is left in, each `[window…, in, TW_DIRECT_LANES]`.
    var chunks: Int { (units + unitsPerChunk - 1) / unitsPerChunk }

    var scratchBytes: Int { ((lineCount + slopeCount) * MemoryLayout<Float>.size + 63) & ~63 }
    private var lineCount: Int {
        if kind == .inputGradient { return withUnsafePointer(to: sizes) { Int(tw_direct_room($0)) } }
        return (lines.seen(by: lines.band) * lines.length + 15) & ~15
    }
    /// For what a band adds to the sum, and for the last band of the slopes, which are read by whole vectors.
    private var slopeCount: Int {
        kind == .weightGradient ? weightCount + lines.band * lines.output.width * filters + Int(TW_DIRECT_LANES) : 0
    }

    func layOut(_ weights: UnsafePointer<Float>, to target: UnsafeMutablePointer<Float>) {
        withUnsafePointer(to: sizes) { tw_direct_weights($0, Self.ways[kind]!, weights, target) }
    }

    /// `first` and `second`: x and laid out weights, dy and laid out weights, or x and dy.
    func run(
        _ chunk: Int, _ first: UnsafePointer<Float>, _ second: UnsafePointer<Float>,
        to target: UnsafeMutablePointer<Float>, scratch: UnsafeMutablePointer<Float>
    ) {
        let (line, lineOut) = (lines.input.width * lines.channels, lines.output.width * filters)
        let begin = chunk * unitsPerChunk
        for unit in begin..<min(begin + unitsPerChunk, units) {
            let (image, band) = (unit / bands, unit % bands)
            let upstream = image * lines.output.height * lineOut
            if kind == .inputGradient {
                let from = lines.input.height * band / bands
                let to = lines.input.height * (band + 1) / bands
                withUnsafePointer(to: sizes) {
                    tw_direct_input_gradient(
                        $0, first + upstream, Int64(lines.output.height), second,
                        target + (image * lines.input.height + from) * line,
                        Int64(lines.low.across * lines.channels), Int64(line), Int64(lines.low.down + from),
                        Int64(lines.low.down + to), scratch)
                }
                continue
            }
            let rows = lines.copy(band: band, of: first + image * lines.input.height * line, to: scratch)
            let place = upstream + rows.lowerBound * lineOut
            if kind == .forward {
                withUnsafePointer(to: sizes) {
                    tw_direct_forward($0, scratch, second, target + place, Int64(rows.count))
                }
            } else {
                addWeightGradient(
                    second + place, rows.count, isLast: unit == units - 1, isFirst: unit == begin,
                    to: target + chunk * weightCount, scratch: scratch)
            }
        }
    }

    private func addWeightGradient(
        _ slopes: UnsafePointer<Float>, _ rows: Int, isLast: Bool, isFirst: Bool, to sum: UnsafeMutablePointer<Float>,
        scratch: UnsafeMutablePointer<Float>
    ) {
        var slopes = slopes
        let (room, copied) = (scratch + lineCount, scratch + lineCount + weightCount)
        if isLast {
            copied.update(from: slopes, count: rows * lines.output.width * filters)
            slopes = UnsafePointer(copied)
        }
        withUnsafePointer(to: sizes) {
            tw_direct_weight_gradient($0, scratch, slopes, Int64(rows), isFirst ? sum : room)
        }
        if !isFirst { for place in 0..<weightCount { sum[place] += room[place] } }
    }
}

/// Weights, laid out. Those that never change are laid out once, not in the step.
final class DirectWeightsKernel: Kernel {
    let reads: [Int]
    let writes: [Int]
    private let problem: DirectProblem
    private let offset: Int

    init(_ problem: DirectProblem, _ source: View, to target: Int) {
        reads = [source.buffer]
        writes = [target]
        self.problem = problem
        offset = source.offset
    }

    var name: String { "weight layout" }

    func run(_ context: RunContext) {
        problem.layOut(
            context.pointers[reads[0]].assumingMemoryBound(to: Float.self) + offset,
            to: context.pointers[writes[0]].assumingMemoryBound(to: Float.self))
    }
}

final class DirectKernel: Kernel {
    let reads: [Int]
    let writes: [Int]
    let scratchBytes: Int
    private let problem: DirectProblem
    private let (first, second): (View, View)

    init(_ problem: DirectProblem, _ first: View, _ second: View, to target: Int) {
        reads = [first.buffer, second.buffer]
        writes = [target]
        self.problem = problem
        (self.first, self.second) = (first, second)
        scratchBytes = problem.scratchBytes
    }

    var name: String { "convolution" }
    var detail: String { problem.detail }
    var operations: Int { problem.operations }

    func run(_ context: RunContext) {
        func memory(_ buffer: Int) -> UnsafeMutablePointer<Float> {
            context.pointers[buffer].assumingMemoryBound(to: Float.self)
        }
        let (a, b) = (memory(first.buffer) + first.offset, memory(second.buffer) + second.offset)
        let target = memory(writes[0])
        context.parallel(problem.chunks) { chunk, scratch in
            problem.run(chunk, a, b, to: target, scratch: scratch.assumingMemoryBound(to: Float.self))
        }
    }
}
