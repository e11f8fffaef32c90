extension Gradient {
    static func convolution(
        _ op: ConvolutionOp, _ x: [Tensor], _ g: Tensor, _ needed: [Bool]
    ) -> [Tensor?] {
        func record(_ kind: ConvolutionOp.Kind, _ a: Tensor, _ b: Tensor, like result: Tensor) -> Tensor {
            .record(.convolution(op.with(kind)), [a, b], shape: result.shape, dataType: result.dataType)
        }
        return switch op.kind {
        case .forward:
            [
                needed[0] ? record(.inputGradient, g, x[1], like: x[0]) : nil,
                needed[1] ? record(.weightGradient, x[0], g, like: x[1]) : nil,
            ]
        case .inputGradient:
            [
                needed[0] ? record(.forward, g, x[1], like: x[0]) : nil,
                needed[1] ? record(.weightGradient, g, x[0], like: x[1]) : nil,
            ]
        case .weightGradient:
            [
                needed[0] ? record(.inputGradient, x[1], g, like: x[0]) : nil,
                needed[1] ? record(.forward, x[0], g, like: x[1]) : nil,
            ]
        }
    }

    /// Where the maximum lies changes by jumps only: its input has no second gradient.
    static func window(_ op: WindowOp, _ x: [Tensor], _ g: Tensor) -> [Tensor?] {
        func record(_ kind: WindowOp.Kind, _ inputs: [Tensor], like result: Tensor) -> Tensor {
            .record(.window(op.with(kind)), inputs, shape: result.shape, dataType: result.dataType)
        }
        return switch op.kind {
        case .maxPool: [record(.maxPoolGradient, [x[0], g], like: x[0])]
        case .maxPoolGradient: [nil, record(.maxPoolPick, [x[0], g], like: x[1])]
        case .maxPoolPick: [nil, record(.maxPoolGradient, [x[0], g], like: x[0])]
        case .averagePool: [record(.averagePoolGradient, [g], like: x[0])]
        case .averagePoolGradient: [record(.averagePool, [g], like: x[0])]
        }
    }
}
