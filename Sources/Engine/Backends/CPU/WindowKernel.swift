internal import CKernels

/// Pooling over windows, by rows of windows, or by images where windows overlap in what is written.
final class WindowKernel: Kernel {
    let reads: [Int]
    let writes: [Int]
    private let inputs: [View]
    private let window: tw_window
    private let type: DataType
    private let batch: Int
    private let writesImages: Bool

    /// - Parameters:
    ///   - x: The shape of the images.
    ///   - y: The shape of the values by window.
    init(_ op: WindowOp, _ inputs: [View], _ type: DataType, x: Shape, y: Shape, to target: Int) {
        reads = inputs.map(\.buffer)
        writes = [target]
        self.inputs = inputs
        self.type = type
        batch = x[0]
        let kind: tw_window_kind
        (kind, writesImages) =
            switch op.kind {
            case .maxPool: (TW_WINDOW_MAX, false)
            case .maxPoolGradient: (TW_WINDOW_MAX_GRADIENT, true)
            case .maxPoolPick: (TW_WINDOW_MAX_PICK, false)
            case .averagePool: (TW_WINDOW_AVERAGE, false)
            case .averagePoolGradient: (TW_WINDOW_AVERAGE_GRADIENT, true)
            }
        window = tw_window(
            kind: kind, channels: x[x.rank - 1], in: Array(x[1..<x.rank - 1]), out: Array(y[1..<y.rank - 1]),
            size: op.size, strides: op.sliding.strides, dilations: op.sliding.dilations, low: op.sliding.low,
            countsPadding: op.countsPadding)
    }

    func run(_ context: RunContext) throws {
        let pointers = inputs.map { UnsafeRawPointer(context.pointers[$0.buffer]) + $0.offset * type.size }
        let target = context.pointers[writes[0]]
        let perImage = Int(window.out.0 * window.out.1)
        let work = Int(window.out.2 * window.channels * window.size.0 * window.size.1 * window.size.2)
        let image = Int(window.in.0 * window.in.1 * window.in.2 * window.channels) * type.size
        let step = writesImages ? perImage * max(1, 65_536 / max(perImage * work, 1)) : max(1, 65_536 / max(work, 1))
        let rows = batch * perImage
        context.parallel((rows + step - 1) / step) { chunk, _ in
            let (begin, end) = (chunk * step, min((chunk + 1) * step, rows))
            if writesImages {
                let first = begin / perImage
                (target + first * image).initializeMemory(
                    as: UInt8.self, repeating: 0, count: (end / perImage - first) * image)
            }
            withUnsafePointer(to: window) {
                tw_window_run(
                    $0, tw_type(rawValue: UInt32(type.kernelType)), pointers[0], pointers.last, target, Int64(begin),
                    Int64(end))
            }
        }
    }
}
