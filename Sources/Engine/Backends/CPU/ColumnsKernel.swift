internal import CKernels

/// Convolution as a matrix product over columns: each row of a tile holds what one window sees. For float64, and for
/// what oneDNN has no kernel for. Weights are `[out, kernel…, in / groups]`; a weight gradient is left as one array for each
/// part.
final class ColumnsKernel: Kernel {
    let reads: [Int]
    let writes: [Int]
    let scratchBytes: Int
    private let problem: ConvolutionProblem
    private let type: DataType
    private let (first, second): (View, View)
    private let window: tw_window
    /// Rows of a tile.
    private let tile: Int
    private let imagesPerPart: Int

    init(_ problem: ConvolutionProblem, _ type: DataType, _ first: View, _ second: View, to target: Int) {
        reads = [first.buffer, second.buffer]
        writes = [target]
        self.problem = problem
        self.type = type
        (self.first, self.second) = (first, second)
        window = tw_window(
            channels: problem.inputChannels, in: problem.input, out: problem.output, size: problem.kernel,
            strides: problem.strides, dilations: problem.dilations, low: problem.low)
        // A tile of columns stays in L2.
        tile = max(8, min(problem.positions, 65_536 / max(problem.depth, 1)))
        scratchBytes = (tile * problem.depth * type.size + 63) & ~63
        imagesPerPart = Self.imagesPerPart(problem)
    }

    /// Parts depend on the problem only, so that results do not depend on the number of threads.
    private static func imagesPerPart(_ problem: ConvolutionProblem) -> Int {
        let parts = min(16, max(1, problem.operations / 1_000_000))
        return (problem.batch + parts - 1) / parts
    }

    /// Parts that a weight gradient is left in.
    static func parts(_ problem: ConvolutionProblem) -> Int {
        let step = imagesPerPart(problem)
        return (problem.batch + step - 1) / step
    }

    var operations: Int { problem.operations }
    var detail: String { problem.detail }

    func run(_ context: RunContext) throws {
        let a = context.pointers[first.buffer] + first.offset * type.size
        let b = context.pointers[second.buffer] + second.offset * type.size
        let target = context.pointers[writes[0]]
        let x = problem.inputPerImage * type.size
        let y = problem.outputPerImage * type.size
        switch problem.kind {
        case .forward:
            let tiles = (problem.positions + tile - 1) / tile
            context.parallel(problem.batch * tiles) { chunk, columns in
                let (image, begin) = (chunk / tiles, chunk % tiles * tile)
                let rows = begin..<min(begin + tile, problem.positions)
                forward(a + image * x, b, target + image * y, rows, columns)
            }
        case .inputGradient:
            context.parallel(problem.batch) { image, columns in
                memset(target + image * x, x)
                for rows in tiles { inputGradient(a + image * y, b, target + image * x, rows, columns) }
            }
        case .weightGradient:
            context.parallel(Self.parts(problem)) { part, columns in
                let sum = target + part * problem.weightCount * type.size
                memset(sum, problem.weightCount * type.size)
                for image in part * imagesPerPart..<min((part + 1) * imagesPerPart, problem.batch) {
                    for rows in tiles { weightGradient(a + image * x, b + image * y, sum, rows, columns) }
                }
            }
        }
    }

    private var tiles: [Range<Int>] {
        stride(from: 0, to: problem.positions, by: tile).map { $0..<min($0 + tile, problem.positions) }
    }

    private func memset(_ memory: UnsafeMutableRawPointer, _ byteCount: Int) {
        memory.initializeMemory(as: UInt8.self, repeating: 0, count: byteCount)
    }

    /// Offsets in bytes of each group's first input channel, output channel and weight.
    private func eachGroup(_ body: (_ channel: Int, _ output: Int, _ weight: Int) -> Void) {
        let (inputs, outputs) = (problem.inputChannels / problem.groups, problem.outputChannels / problem.groups)
        for group in 0..<problem.groups {
            body(group * inputs, group * outputs * type.size, group * outputs * problem.depth * type.size)
        }
    }

    private func forward(
        _ x: UnsafeRawPointer, _ w: UnsafeRawPointer, _ y: UnsafeMutableRawPointer, _ rows: Range<Int>,
        _ columns: UnsafeMutableRawPointer
    ) {
        let (inputs, outputs) = (problem.inputChannels / problem.groups, problem.outputChannels / problem.groups)
        let target = y + rows.lowerBound * problem.outputChannels * type.size
        eachGroup { channel, output, weight in
            withUnsafePointer(to: window) {
                tw_to_columns(
                    $0, tw_type(rawValue: UInt32(type.kernelType)), x, Int64(channel), Int64(inputs), columns,
                    Int64(rows.lowerBound), Int64(rows.upperBound))
            }
            multiply(
                m: rows.count, n: outputs, k: problem.depth, Matrix(columns, problem.depth),
                Matrix(w + weight, problem.depth, isTransposed: true), target + output, problem.outputChannels,
                adds: false)
        }
    }

    private func inputGradient(
        _ y: UnsafeRawPointer, _ w: UnsafeRawPointer, _ x: UnsafeMutableRawPointer, _ rows: Range<Int>,
        _ columns: UnsafeMutableRawPointer
    ) {
        let (inputs, outputs) = (problem.inputChannels / problem.groups, problem.outputChannels / problem.groups)
        let source = y + rows.lowerBound * problem.outputChannels * type.size
        eachGroup { channel, output, weight in
            multiply(
                m: rows.count, n: problem.depth, k: outputs, Matrix(source + output, problem.outputChannels),
                Matrix(w + weight, problem.depth), columns, problem.depth, adds: false)
            withUnsafePointer(to: window) {
                tw_from_columns(
                    $0, tw_type(rawValue: UInt32(type.kernelType)), x, Int64(channel), Int64(inputs), columns,
                    Int64(rows.lowerBound), Int64(rows.upperBound))
            }
        }
    }

    private func weightGradient(
        _ x: UnsafeRawPointer, _ y: UnsafeRawPointer, _ w: UnsafeMutableRawPointer, _ rows: Range<Int>,
        _ columns: UnsafeMutableRawPointer
    ) {
        let (inputs, outputs) = (problem.inputChannels / problem.groups, problem.outputChannels / problem.groups)
        let source = y + rows.lowerBound * problem.outputChannels * type.size
        eachGroup { channel, output, weight in
            withUnsafePointer(to: window) {
                tw_to_columns(
                    $0, tw_type(rawValue: UInt32(type.kernelType)), x, Int64(channel), Int64(inputs), columns,
                    Int64(rows.lowerBound), Int64(rows.upperBound))
            }
            multiply(
                m: outputs, n: problem.depth, k: rows.count,
                Matrix(source + output, problem.outputChannels, isTransposed: true), Matrix(columns, problem.depth),
                w + weight, problem.depth, adds: true)
        }
    }

    private struct Matrix {
        let memory: UnsafeRawPointer
        let leading: Int64
        let isTransposed: Bool

        init(_ memory: UnsafeRawPointer, _ leading: Int, isTransposed: Bool = false) {
            self.memory = memory
            self.leading = Int64(leading)
            self.isTransposed = isTransposed
        }
    }

    /// c[m, n] (+)= a[m, k] b[k, n]
    private func multiply(
        m: Int, n: Int, k: Int, _ a: Matrix, _ b: Matrix, _ c: UnsafeMutableRawPointer, _ leading: Int, adds: Bool
    ) {
        let (m, n, k) = (Int64(m), Int64(n), Int64(k))
        if type == .float64 {
            tw_gemm_f64(
                a.isTransposed, b.isTransposed, m, n, k, a.memory.assumingMemoryBound(to: Double.self), a.leading,
                b.memory.assumingMemoryBound(to: Double.self), b.leading, c.assumingMemoryBound(to: Double.self),
                Int64(leading), 0, m, adds)
        } else {
            tw_gemm_f32(
                a.isTransposed, b.isTransposed, m, n, k, a.memory.assumingMemoryBound(to: Float.self), a.leading,
                b.memory.assumingMemoryBound(to: Float.self), b.leading, c.assumingMemoryBound(to: Float.self),
                Int64(leading), 0, m, adds)
        }
    }
}

extension tw_window {
    /// Spatial lists have 1 to 3 entries; leading axes of 1 stand for what is missing.
    init(
        kind: tw_window_kind = TW_WINDOW_MAX, channels: Int, in input: [Int], out output: [Int], size: [Int],
        strides: [Int], dilations: [Int], low: [Int], countsPadding: Bool = false
    ) {
        func padded(_ values: [Int], _ filler: Int) -> (Int64, Int64, Int64) {
            let all = [Int](repeating: filler, count: 3 - values.count) + values
            return (Int64(all[0]), Int64(all[1]), Int64(all[2]))
        }
        self.init()
        self.kind = kind
        counts_padding = countsPadding
        self.channels = Int64(channels)
        self.in = padded(input, 1)
        out = padded(output, 1)
        self.size = padded(size, 1)
        stride = padded(strides, 1)
        dilation = padded(dilations, 1)
        self.low = padded(low, 0)
    }
}
