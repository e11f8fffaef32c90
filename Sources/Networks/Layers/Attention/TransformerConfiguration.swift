public import ThalwegEngine

/// What the layers of a transformer have in common. The defaults are PyTorch's, but for dropout, which is off.
public struct TransformerConfiguration: Hashable, Sendable {
    public var width: Int
    public var heads: Int
    /// Heads of keys and values; nil: as many as `heads`.
    public var keyHeads: Int?
    /// Width of the feed-forward part.
    public var hidden: Int
    public var activation: Activation
    /// Normalizes the input of each part (pre-norm) instead of each sum (post-norm).
    public var isNormFirst: Bool
    /// Of dropout after each part, in the feed-forward part and of the attention weights.
    public var keepProbability: Double
    public var epsilon: Double
    /// Turns queries and keys of self-attention by their positions.
    public var rotary: RotaryPositions?
    public var dataType: DataType

    public init(
        width: Int, heads: Int, keyHeads: Int? = nil, hidden: Int = 2048, activation: Activation = .relu,
        isNormFirst: Bool = false, keepProbability: Double = 1, epsilon: Double = 1e-5,
        rotary: RotaryPositions? = nil, dataType: DataType = .float32
    ) {
        self.width = width
        self.heads = heads
        self.keyHeads = keyHeads
        self.hidden = hidden
        self.activation = activation
        self.isNormFirst = isNormFirst
        self.keepProbability = keepProbability
        self.epsilon = epsilon
        self.rotary = rotary
        self.dataType = dataType
    }

    func attention(rotary: RotaryPositions?, key: RandomKey) -> MultiHeadAttention {
        MultiHeadAttention(
            width, heads: heads, keyHeads: keyHeads, rotary: rotary, keepProbability: keepProbability,
            dataType: dataType, key: key)
    }

    func norm() -> LayerNorm { LayerNorm([width], epsilon: epsilon, dataType: dataType) }
}

/// What surrounds each part of a transformer layer: x + dropout(part(norm(x))), or norm(x + dropout(part(x))).
struct Around {
    let isNormFirst: Bool
    let dropout: Dropout

    func callAsFunction(_ x: Tensor, _ norm: LayerNorm, _ context: Context, _ part: (Tensor) -> Tensor) -> Tensor {
        if isNormFirst { return x + dropout(part(norm(x, context)), context) }
        return norm(x + dropout(part(x), context), context)
    }
}

/// linear2(dropout(activation(linear1(x)))), named in its owner's scope.
struct FeedForward: Layer {
    let linear1: Dense
    let linear2: Dense
    let activation: Activation
    let dropout: Dropout

    init(_ configuration: TransformerConfiguration, key: RandomKey) {
        let (width, hidden) = (configuration.width, configuration.hidden)
        func dense(_ inputs: Int, _ outputs: Int, _ number: Int) -> Dense {
            Dense(
                inputs, outputs, initializer: .glorotUniform, dataType: configuration.dataType,
                key: key.split(number))
        }
        linear1 = dense(width, hidden, 0)
        linear2 = dense(hidden, width, 1)
        activation = configuration.activation
        dropout = Dropout(keepProbability: configuration.keepProbability)
    }

    func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        linear2(dropout(activation(linear1(x, context), context), context), context)
    }
}
