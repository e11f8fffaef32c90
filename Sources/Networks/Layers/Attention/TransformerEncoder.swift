public import ThalwegEngine

/// Self-attention, then a feed-forward part, each with a shortcut and a layer normalization.
///
/// - Shapes: `[batch, time, width]`, the same out. State names are PyTorch's (`self_attn.in_proj_weight`,
///   `linear1.weight`, `norm1.weight`, …).
/// - Start: Glorot's uniform distribution for weights, zeros for biases, ones for gains.
///
///       let layer = TransformerEncoderLayer(TransformerConfiguration(width: 64, heads: 4), key: keys.next())
///       layer(Tensor.ones([2, 10, 64])).shape      // [2, 10, 64]
///
/// Sources: Vaswani et al. 2017; pre-norm: Xiong et al. 2020.
public struct TransformerEncoderLayer: Layer {
    public let attention: MultiHeadAttention
    public let norm1: LayerNorm
    public let norm2: LayerNorm
    let feedForward: FeedForward
    let around: Around

    public init(_ configuration: TransformerConfiguration, key: RandomKey) {
        attention = configuration.attention(rotary: configuration.rotary, key: key.split(0))
        feedForward = FeedForward(configuration, key: key.split(1))
        norm1 = configuration.norm()
        norm2 = configuration.norm()
        around = Around(
            isNormFirst: configuration.isNormFirst, dropout: Dropout(keepProbability: configuration.keepProbability))
    }

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor { self(x, context: context) }

    /// - Parameters:
    ///   - mask, isCausal: as in `scaledDotProductAttention`.
    ///   - present: `bool` `[batch, time]`, false where a step is padding: what stands there changes no other value.
    public func callAsFunction(
        _ x: Tensor, mask: Tensor? = nil, present: Tensor? = nil, isCausal: Bool = false, context: Context
    ) -> Tensor {
        let clean = x.cleared(outsideSteps: present)
        let seen = around(clean, norm1, context) {
            attention($0, mask: mask, present: present, isCausal: isCausal, context: context)
        }
        return context.record(self, x, around(seen, norm2, context) { feedForward($0, context) })
    }

    public func visit(_ visitor: Visitor) {
        visitor.module("self_attn", attention)
        feedForward.visit(visitor)
        visitor.module("norm1", norm1)
        visitor.module("norm2", norm2)
    }
}

/// Encoder layers one after the other, and a normalization at the end where one is wanted.
///
/// State names: `layers.0.…`, `norm.weight`.
public struct TransformerEncoder: Layer {
    public let layers: [TransformerEncoderLayer]
    public let norm: LayerNorm?

    public init(_ configuration: TransformerConfiguration, layers count: Int, hasNorm: Bool = true, key: RandomKey) {
        layers = (0..<count).map { TransformerEncoderLayer(configuration, key: key.split($0)) }
        norm = hasNorm ? configuration.norm() : nil
    }

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor { self(x, context: context) }

    /// Parameters as in `TransformerEncoderLayer`.
    public func callAsFunction(
        _ x: Tensor, mask: Tensor? = nil, present: Tensor? = nil, isCausal: Bool = false, context: Context
    ) -> Tensor {
        let encoded = layers.reduce(x) {
            $1($0, mask: mask, present: present, isCausal: isCausal, context: context)
        }
        return context.record(self, x, norm?(encoded, context) ?? encoded)
    }
}
