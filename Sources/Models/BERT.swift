public import ThalwegEngine
public import ThalwegNetworks

/// An encoder that reads a text in both directions: BERT.
///
/// Token, position and type embeddings, normalized; layers of self-attention and a feed-forward part with post-norm; and a
/// pooler, tanh(W · first step + b).
/// - Shapes: tokens `[batch, time]`, integers, to hidden states `[batch, time, width]`. State names are those of the public
///   weights (`encoder.layer.0.attention.self.query.weight`).
/// - Start: normal with standard deviation 0.02, zeros for biases.
///
///       let model = BERT(.base, seed: 1)               // 109,482,240 parameters
///       let output = model(tokens, present: present, context: Context())
///
/// Source: Devlin et al. 2018.
public struct BERT: Layer {
    public struct Configuration: Hashable, Sendable {
        public var vocabulary: Int
        /// The longest sequence.
        public var context: Int
        /// Segments that a token can belong to.
        public var types: Int
        public var width: Int
        public var layers: Int
        public var heads: Int
        public var hidden: Int
        public var activation: Activation
        public var keepProbability: Double
        public var epsilon: Double
        public var hasPooler: Bool
        public var dataType: DataType

        public init(
            vocabulary: Int = 30_522, context: Int = 512, types: Int = 2, width: Int = 768, layers: Int = 12,
            heads: Int = 12, hidden: Int? = nil, activation: Activation = .gelu, keepProbability: Double = 0.9,
            epsilon: Double = 1e-12, hasPooler: Bool = true, dataType: DataType = .float32
        ) {
            self.vocabulary = vocabulary
            self.context = context
            self.types = types
            self.width = width
            self.layers = layers
            self.heads = heads
            self.hidden = hidden ?? 4 * width
            self.activation = activation
            self.keepProbability = keepProbability
            self.epsilon = epsilon
            self.hasPooler = hasPooler
            self.dataType = dataType
        }

        /// bert-base-uncased
        public static let base = Configuration()
        /// bert-large-uncased
        public static let large = Configuration(width: 1024, layers: 24, heads: 16)

        func dense(_ inputs: Int, _ outputs: Int, _ key: RandomKey) -> Dense {
            Dense(inputs, outputs, initializer: .normal(scale: 0.02), dataType: dataType, key: key)
        }
        func norm() -> LayerNorm { LayerNorm([width], epsilon: epsilon, dataType: dataType) }
        func embedding(_ count: Int, _ key: RandomKey) -> Embedding {
            Embedding(count, width, initializer: .normal(scale: 0.02), dataType: dataType, key: key)
        }
    }

    /// What a call gives.
    public struct Output {
        /// `[batch, time, width]`
        public let hidden: Tensor
        /// `[batch, width]`; nil without a pooler.
        public let pooled: Tensor?
    }

    public let configuration: Configuration
    public let tokens: Embedding
    public let positions: Embedding
    public let types: Embedding
    public let norm: LayerNorm
    public let layers: [EncoderLayer]
    public let pooler: Dense?
    private let dropout: Dropout

    public init(_ configuration: Configuration, seed: UInt64) {
        self.configuration = configuration
        let keys = KeyStream(seed: seed)
        tokens = configuration.embedding(configuration.vocabulary, keys.next())
        positions = configuration.embedding(configuration.context, keys.next())
        types = configuration.embedding(configuration.types, keys.next())
        norm = configuration.norm()
        layers = (0..<configuration.layers).map { _ in EncoderLayer(configuration, key: keys.next()) }
        let width = configuration.width
        pooler = configuration.hasPooler ? configuration.dense(width, width, keys.next()) : nil
        dropout = Dropout(keepProbability: configuration.keepProbability)
    }

    /// The hidden states of texts without padding, all of type 0.
    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor { encode(x, nil, nil, context) }

    /// - Parameters:
    ///   - types: `[batch, time]`, integers: the segment of each token; nil: 0.
    ///   - present: `bool` `[batch, time]`, false where a token is padding: it changes no other value.
    public func callAsFunction(
        _ x: Tensor, types: Tensor? = nil, present: Tensor? = nil, context: Context
    ) -> Output {
        let hidden = encode(x, types, present, context)
        return Output(hidden: hidden, pooled: pooler.map { $0(hidden[.all, 0], context).tanh() })
    }

    private func encode(_ x: Tensor, _ kinds: Tensor?, _ present: Tensor?, _ context: Context) -> Tensor {
        requireTokens(x, context: configuration.context, self)
        let time = x.shape[1]
        let kind = kinds.map { types($0, context) } ?? types.weight.value[0]
        let sum = tokens(x, context) + (positions.weight.value[0..<time] + kind)
        let embedded = dropout(norm(sum, context), context)  // [batch, time, width]
        return context.record(self, x, layers.reduce(embedded) { $1($0, present: present, context) })
    }

    public func visit(_ visitor: Visitor) {
        visitor.module("embeddings.word_embeddings", tokens)
        visitor.module("embeddings.position_embeddings", positions)
        visitor.module("embeddings.token_type_embeddings", types)
        visitor.module("embeddings.LayerNorm", norm)
        visitor.module("embeddings.dropout", dropout)
        for (number, layer) in layers.enumerated() { visitor.module("encoder.layer.\(number)", layer) }
        if let pooler { visitor.module("pooler.dense", pooler) }
    }

    /// Loads the tensors of the public files: without their prefix `bert.`, the heads of pre-training and stored positions;
    /// a normalization's weight and bias are called gamma and beta in some.
    public func loadPublicWeights(_ tensors: [String: Tensor]) throws(StateError) {
        var own: [String: Tensor] = [:]
        for (name, tensor) in tensors {
            var name = name.hasPrefix("bert.") ? String(name.dropFirst("bert.".count)) : name
            if name.hasPrefix("cls.") || name == "embeddings.position_ids" { continue }
            if pooler == nil, name.hasPrefix("pooler.") { continue }
            for (old, new) in [(".gamma", ".weight"), (".beta", ".bias")] where name.hasSuffix(old) {
                name = name.dropLast(old.count) + new
            }
            own[name] = tensor
        }
        try load(own)
    }
}

extension BERT {
    /// norm(x + attention(x)), then norm(x + feedForward(x)).
    public struct EncoderLayer: Layer {
        let attention: MultiHeadAttention
        let attentionOutput: Dense
        let attentionNorm: LayerNorm
        let intermediate: Dense
        let output: Dense
        let outputNorm: LayerNorm
        let activation: Activation
        let dropout: Dropout

        init(_ configuration: Configuration, key: RandomKey) {
            let (width, hidden) = (configuration.width, configuration.hidden)
            attention = MultiHeadAttention(
                width, heads: configuration.heads, projections: .separate, hasOutput: false,
                keepProbability: configuration.keepProbability, initializer: .normal(scale: 0.02),
                dataType: configuration.dataType, key: key.split(0))
            attentionOutput = configuration.dense(width, width, key.split(1))
            attentionNorm = configuration.norm()
            intermediate = configuration.dense(width, hidden, key.split(2))
            output = configuration.dense(hidden, width, key.split(3))
            outputNorm = configuration.norm()
            activation = configuration.activation
            dropout = Dropout(keepProbability: configuration.keepProbability)
        }

        public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor { self(x, present: nil, context) }

        func callAsFunction(_ x: Tensor, present: Tensor?, _ context: Context) -> Tensor {
            let attended = attentionOutput(attention(x, present: present, context: context), context)
            let seen = attentionNorm(x + dropout(attended, context), context)
            let fed = output(activation(intermediate(seen, context), context), context)
            return context.record(self, x, outputNorm(seen + dropout(fed, context), context))
        }

        public func visit(_ visitor: Visitor) {
            visitor.module("attention.self", attention)
            visitor.module("attention.output.dense", attentionOutput)
            visitor.module("attention.output.LayerNorm", attentionNorm)
            visitor.module("attention.output.dropout", dropout)
            visitor.module("intermediate.dense", intermediate)
            visitor.module("output.dense", output)
            visitor.module("output.LayerNorm", outputNorm)
        }
    }
}
