internal import CKernels

/// A convolution of 3 by 3 pixels by Winograd's F(2x2, 3x3): 16 multiplications for 2 by 2 outputs instead of 36, and some
/// additions (Lavin and Gray 2016). As good as the direct sum where neighbors are of like size: rounding errors of a
/// tile of 4 by 4 inputs are relative to its greatest.
struct WinogradProblem: Sendable {
    let kind: ConvolutionOp.Kind
    let sizes: tw_winograd
    /// Of the whole batch.
    let tiles: Int
    let detail: String
    /// Channels read and written, and both to whole vectors.
    private let (inputs, outputs): (Int, Int)
    private let (paddedInputs, paddedOutputs): (Int, Int)

    /// nil where the window is another, or direct sums are quicker.
    init?(_ problem: ConvolutionProblem) {
        guard problem.kernel == [3, 3], problem.strides == [1, 1], problem.dilations == [1, 1], problem.groups == 1
        else { return nil }
        kind = problem.kind
        let reads = problem.kind == .inputGradient ? problem.output : problem.input
        let writes = problem.kind == .inputGradient ? problem.input : problem.output
        let low = problem.kind == .inputGradient ? problem.low.map { 2 - $0 } : problem.low
        (inputs, outputs) =
            problem.kind == .inputGradient
            ? (problem.outputChannels, problem.inputChannels) : (problem.inputChannels, problem.outputChannels)
        (paddedInputs, paddedOutputs) = ((inputs + 15) / 16 * 16, (outputs + 15) / 16 * 16)
        sizes = tw_winograd(
            in: (Int64(reads[0]), Int64(reads[1])), out: (Int64(writes[0]), Int64(writes[1])),
            low: (Int64(low[0]), Int64(low[1])), in_channels: Int64(inputs), out_channels: Int64(outputs))
        tiles = problem.batch * withUnsafePointer(to: sizes) { Int(tw_winograd_tiles($0)) }
        detail = problem.detail + ", Winograd"
        let direct = 9 * problem.batch * writes[0] * writes[1] * inputs * paddedOutputs / 16
        guard tiles * cyclesPerTile + 4 * inputs * paddedOutputs < direct else { return nil }
    }

    /// About the vector operations: the products' 16 places, and both transformations (about 100 for 16 channels).
    private var cyclesPerTile: Int { inputs * paddedOutputs + 6 * (paddedInputs + paddedOutputs) }

    /// Of the products, which is less than those of direct sums.
    var operations: Int { 2 * 16 * tiles * inputs * outputs }
    /// Elements of transformed windows and of a gradient's sum.
    var weightCount: Int { withUnsafePointer(to: sizes) { Int(tw_winograd_count($0)) } }

    func scratchBytes(tiles: Int) -> Int {
        withUnsafePointer(to: sizes) { (Int(tw_winograd_room($0, Int64(tiles))) * 4 + 63) & ~63 }
    }

    /// Tiles worked on together: what they become stays in the cache, and they share the transformed windows.
    private var mostTiles: Int {
        max(8192 / (paddedInputs + paddedOutputs), inputs * paddedOutputs > 1 << 14 ? 32 : 16)
    }

    /// Blocks of tiles; like all parts they depend on the problem only.
    var tilesPerBlock: Int {
        // A block is worth handing out.
        let least = max(8, 20_000 / cyclesPerTile)
        var blocks = (tiles + max(mostTiles, least) - 1) / max(mostTiles, least)
        if blocks == 1, tiles >= 2 * least, tiles >= 48 { blocks = 2 }
        // Few blocks are made equal and an even number of them: threads that share them end together.
        if blocks > 1, blocks < 16 { return (tiles + (blocks + 1) / 2 * 2 - 1) / ((blocks + 1) / 2 * 2) }
        return ((tiles + blocks - 1) / blocks + 7) / 8 * 8
    }

    /// Output channels of a part: a single block of tiles is cut by them.
    var columnsPerBlock: Int {
        let unit = Int(TW_GEMM_COLUMNS)
        guard tilesPerBlock >= tiles, outputs >= 4 * unit, tiles * cyclesPerTile > 200_000 else { return outputs }
        return (outputs / 2 + unit / 2) / unit * unit
    }

    /// Sums that a gradient is left in: each is written and read once more.
    var parts: Int {
        let memory = max(2, (32 << 20) / (4 * weightCount))
        return max(1, min(16, min(memory, tiles / 64)))
    }
}

/// Windows, transformed. Those that never change are transformed once, not in the step.
final class WinogradWeightsKernel: Kernel {
    let reads: [Int]
    let writes: [Int]
    private let problem: WinogradProblem
    private let offset: Int

    init(_ problem: WinogradProblem, _ source: View, to target: Int) {
        reads = [source.buffer]
        writes = [target]
        self.problem = problem
        offset = source.offset
    }

    var name: String { "winograd weights" }
    var detail: String { "[\(problem.sizes.out_channels), \(problem.sizes.in_channels), 3, 3]" }

    func run(_ context: RunContext) {
        let from = context.pointers[reads[0]].assumingMemoryBound(to: Float.self) + offset
        let to = context.pointers[writes[0]].assumingMemoryBound(to: Float.self)
        problem.eachRangeOfInputs(context) { sizes, begin, end in
            tw_winograd_weights(sizes, from, problem.kind == .inputGradient, to, begin, end)
        }
    }
}

/// y, or the gradient of x, which is the same with turned windows.
final class WinogradKernel: Kernel {
    let reads: [Int]
    let writes: [Int]
    let scratchBytes: Int
    private let problem: WinogradProblem
    private let offset: Int

    init(_ problem: WinogradProblem, _ input: View, weights: Int, to target: Int) {
        reads = [input.buffer, weights]
        writes = [target]
        self.problem = problem
        offset = input.offset
        scratchBytes = problem.scratchBytes(tiles: problem.tilesPerBlock)
    }

    var name: String { "convolution" }
    var detail: String { problem.detail }
    var operations: Int { problem.operations }

    func run(_ context: RunContext) {
        let input = context.pointers[reads[0]].assumingMemoryBound(to: Float.self) + offset
        let weights = context.pointers[reads[1]].assumingMemoryBound(to: Float.self)
        let target = context.pointers[writes[0]].assumingMemoryBound(to: Float.self)
        let (tiles, columns, outputs) = (
            problem.tilesPerBlock, problem.columnsPerBlock, Int(problem.sizes.out_channels)
        )
        let across = (outputs + columns - 1) / columns
        context.parallel((problem.tiles + tiles - 1) / tiles * across) { block, scratch in
            let (begin, first) = (block / across * tiles, block % across * columns)
            withUnsafePointer(to: problem.sizes) {
                tw_winograd_run(
                    $0, input, weights, target, Int64(begin), Int64(min(begin + tiles, problem.tiles)), Int64(first),
                    Int64(min(first + columns, outputs)), scratch.assumingMemoryBound(to: Float.self))
            }
        }
    }
}

/// The gradient of transformed windows, one sum for each part of the tiles.
final class WinogradGradientKernel: Kernel {
    let reads: [Int]
    let writes: [Int]
    let scratchBytes: Int
    private let problem: WinogradProblem
    private let (input, upstream): (View, View)

    init(_ problem: WinogradProblem, _ input: View, _ upstream: View, to target: Int) {
        reads = [input.buffer, upstream.buffer]
        writes = [target]
        self.problem = problem
        (self.input, self.upstream) = (input, upstream)
        scratchBytes = problem.scratchBytes(tiles: problem.tilesPerBlock)
    }

    var name: String { "convolution" }
    var detail: String { problem.detail }
    var operations: Int { problem.operations }

    func run(_ context: RunContext) {
        let x = context.pointers[input.buffer].assumingMemoryBound(to: Float.self) + input.offset
        let y = context.pointers[upstream.buffer].assumingMemoryBound(to: Float.self) + upstream.offset
        let target = context.pointers[writes[0]].assumingMemoryBound(to: Float.self)
        let parts = problem.parts
        context.parallel(parts) { part, scratch in
            let (begin, end) = (part * problem.tiles / parts, (part + 1) * problem.tiles / parts)
            for tile in stride(from: begin, to: end, by: problem.tilesPerBlock) {
                withUnsafePointer(to: problem.sizes) {
                    tw_winograd_gradient(
                        $0, x, y, target + part * problem.weightCount, tile > begin, Int64(tile),
                        Int64(min(tile + problem.tilesPerBlock, end)), scratch.assumingMemoryBound(to: Float.self))
                }
            }
        }
    }
}

/// The gradient of windows from those sums.
final class WinogradWindowsKernel: Kernel {
    let reads: [Int]
    let writes: [Int]
    private let problem: WinogradProblem

    init(_ problem: WinogradProblem, _ sums: Int, to target: Int) {
        reads = [sums]
        writes = [target]
        self.problem = problem
    }

    var name: String { "winograd windows" }
    var detail: String { "[\(problem.sizes.out_channels), \(problem.sizes.in_channels), 3, 3]" }

    func run(_ context: RunContext) {
        let sums = context.pointers[reads[0]].assumingMemoryBound(to: Float.self)
        let to = context.pointers[writes[0]].assumingMemoryBound(to: Float.self)
        problem.eachRangeOfInputs(context) { sizes, begin, end in
            tw_winograd_windows(sizes, sums, Int64(problem.parts), to, begin, end)
        }
    }
}

extension WinogradProblem {
    /// Cuts work on all windows by input channels.
    fileprivate func eachRangeOfInputs(
        _ context: RunContext, _ body: (UnsafePointer<tw_winograd>, Int64, Int64) -> Void
    ) {
        let channels = Int(sizes.in_channels)
        let step = max(16, 16_384 / Int(sizes.out_channels) / 16 * 16)
        context.parallel((channels + step - 1) / step) { part, _ in
            withUnsafePointer(to: sizes) { body($0, Int64(part * step), Int64(min((part + 1) * step, channels))) }
        }
    }
}
