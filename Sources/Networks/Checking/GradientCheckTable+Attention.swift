internal import ThalwegEngine

extension GradientCheckTable {
    static let attention: [GradientCheckCase] = [
        layer("SinusoidalPositions", [2, 3, 4]) { _ in SinusoidalPositions() },
        layer("LearnedPositions", [2, 3, 4]) { LearnedPositions(5, 4, dataType: .float64, key: $0) },
        layer("RotaryPositions", [2, 3, 4]) { _ in RotaryPositions(.interleaved) },
        layer("RotaryPositions", [2, 2, 3, 4]) { _ in RotaryPositions(.halves) },
        layer("MultiHeadAttention", [2, 3, 4]) { MultiHeadAttention(4, heads: 2, dataType: .float64, key: $0) },
        layer("MultiHeadAttention", [2, 3, 4]) {
            MultiHeadAttention(
                4, heads: 2, keyHeads: 1, projections: .separate, hasOutput: false, rotary: RotaryPositions(),
                dataType: .float64, key: $0)
        },
        layer("TransformerEncoderLayer", [2, 3, 4]) { TransformerEncoderLayer(configuration(.gelu, true), key: $0) },
        layer("TransformerEncoder", [2, 3, 4]) {
            TransformerEncoder(configuration(.tanh, false), layers: 2, key: $0)
        },
        module("TransformerDecoderLayer", TransformerDecoderLayer(configuration(.gelu, true), key: key)) {
            layer, x, context in
            layer(x, memory: random([2, 4, 4], 3), memoryPresent: present, context: context)
        },
        module("TransformerDecoder", TransformerDecoder(configuration(.gelu, false), layers: 1, key: key)) {
            decoder, x, context in decoder(x, memory: random([2, 4, 4], 3), isCausal: false, context: context)
        },
        module(
            "Transformer", Transformer(configuration(.tanh, true), encoderLayers: 1, decoderLayers: 1, key: key)
        ) { model, x, context in
            model(source: random([2, 4, 4], 3), target: x, sourcePresent: present, context: context)
        },
        scaledProduct(heads: 4, mask: nil, isCausal: true),
        scaledProduct(
            heads: 2,
            mask: Tensor([[true, false, true], [false, false, false], [true, true, true]])),
    ]

    private static var key: RandomKey { RandomKey(seed: 1) }

    /// The last two steps of the second example are padding.
    private static var present: Tensor { Tensor.range(4) .< Tensor([[4], [2]]) }

    private static func configuration(_ activation: Activation, _ isNormFirst: Bool) -> TransformerConfiguration {
        TransformerConfiguration(
            width: 4, heads: 2, hidden: 3, activation: activation, isNormFirst: isNormFirst, dataType: .float64)
    }

    /// A module of more than one input, at its parameters.
    private static func module<M: Module & SendableMetatype>(
        _ name: String, _ make: @autoclosure @escaping @Sendable () -> M,
        _ call: @escaping @Sendable (M, Tensor, Context) -> Tensor
    ) -> GradientCheckCase {
        GradientCheckCase(kind: .layer, name: name) {
            let check = GradientCheck()
            let module = make()
            return try check(module) { check.combined(call(module, random([2, 3, 4], 2), $0)) }
        }
    }

    private static func scaledProduct(
        heads: Int, mask: Tensor?, isCausal: Bool = false
    ) -> GradientCheckCase {
        GradientCheckCase(kind: .layer, name: "scaledDotProductAttention") {
            let check = GradientCheck()
            let points = [
                ("query", random([2, heads, 3, 2], 5)), ("key", random([2, 2, 3, 2], 6)),
                ("value", random([2, 2, 3, 2], 7)),
            ]
            return check(points) {
                check.combined(
                    scaledDotProductAttention(query: $0[0], key: $0[1], value: $0[2], mask: mask, isCausal: isCausal))
            }
        }
    }
}
