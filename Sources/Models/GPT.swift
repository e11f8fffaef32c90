public import ThalwegEngine
public import ThalwegNetworks

/// A decoder that predicts the next token: GPT-2.
///
/// Token and position embeddings, blocks of causal self-attention and a feed-forward part with pre-norm, a last
/// normalization, and a head that shares the token embedding's weight.
/// - Shapes: tokens `[batch, time]`, integers, to logits `[batch, time, vocabulary]`. State names and layouts are those of
///   the public weights (`h.0.attn.c_attn.weight` is stored `[in, out]`).
/// - Start: normal with standard deviation 0.02, smaller by sqrt(2 · layers) where a block adds to its input; zeros for
///   biases.
///
///       let model = GPT(.gpt2, seed: 1)                // 124,439,808 parameters
///       try model.loadPublicWeights(tensors)
///
/// Source: Radford et al. 2019.
public struct GPT: Layer {
    public struct Configuration: Hashable, Sendable {
        public var vocabulary: Int
        /// The longest sequence.
        public var context: Int
        public var width: Int
        public var layers: Int
        public var heads: Int
        public var activation: Activation
        /// The head uses the token embedding's weight; otherwise `lm_head.weight`.
        public var isHeadTied: Bool
        /// Of dropout of the embeddings, the attention weights and each part's output.
        public var keepProbability: Double
        public var epsilon: Double
        public var dataType: DataType

        public init(
            vocabulary: Int = 50_257, context: Int = 1024, width: Int = 768, layers: Int = 12, heads: Int = 12,
            activation: Activation = .geluTanh, isHeadTied: Bool = true, keepProbability: Double = 1,
            epsilon: Double = 1e-5, dataType: DataType = .float32
        ) {
            self.vocabulary = vocabulary
            self.context = context
            self.width = width
            self.layers = layers
            self.heads = heads
            self.activation = activation
            self.isHeadTied = isHeadTied
            self.keepProbability = keepProbability
            self.epsilon = epsilon
            self.dataType = dataType
        }

        /// Deviation of weights whose outputs are summed up over the blocks.
        var sumScale: Double { 0.02 / (2 * Double(layers)).squareRoot() }

        public static let gpt2 = Configuration()
        public static let gpt2Medium = Configuration(width: 1024, layers: 24, heads: 16)
        public static let gpt2Large = Configuration(width: 1280, layers: 36, heads: 20)
        public static let gpt2XL = Configuration(width: 1600, layers: 48, heads: 25)
    }

    public let configuration: Configuration
    public let tokens: Embedding
    public let positions: Embedding
    public let blocks: [Block]
    public let norm: LayerNorm
    public let head: Dense?
    private let dropout: Dropout

    public init(_ configuration: Configuration, seed: UInt64) {
        self.configuration = configuration
        let keys = KeyStream(seed: seed)
        let (width, type) = (configuration.width, configuration.dataType)
        let start = Initializer.normal(scale: 0.02)
        tokens = Embedding(configuration.vocabulary, width, initializer: start, dataType: type, key: keys.next())
        positions = Embedding(configuration.context, width, initializer: start, dataType: type, key: keys.next())
        blocks = (0..<configuration.layers).map { _ in Block(configuration, key: keys.next()) }
        norm = LayerNorm([width], epsilon: configuration.epsilon, dataType: type)
        head =
            configuration.isHeadTied
            ? nil
            : Dense(width, configuration.vocabulary, bias: false, initializer: start, dataType: type, key: keys.next())
        dropout = Dropout(keepProbability: configuration.keepProbability)
    }

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor { self(x, cache: nil, context) }

    /// - Parameter cache: a cache for each block; `x` then holds the next tokens, which see those before.
    public func callAsFunction(_ x: Tensor, cache: [KeyValueCache]?, _ context: Context) -> Tensor {
        requireTokens(x, context: configuration.context, self)
        let time = x.shape[1]
        let places = cache.map { positions($0[0].positions(time), context) } ?? positions.weight.value[0..<time]
        var h = dropout(tokens(x, context) + places, context)  // [batch, time, width]
        for (number, block) in blocks.enumerated() { h = block(h, cache: cache?[number], context) }
        h = norm(h, context)
        return context.record(self, x, head?(h, context) ?? matmul(h, tokens.weight.value.transposed()))
    }

    /// Empty caches for a call on the next tokens.
    public func makeCache(batch: Int = 1) -> [KeyValueCache] {
        blocks.map { _ in
            KeyValueCache(
                batch: batch, heads: configuration.heads, capacity: configuration.context,
                depth: configuration.width / configuration.heads, dataType: configuration.dataType)
        }
    }

    /// Of the tied head, which is no layer of its own.
    public func operations(input: Shape, output: Shape) -> Int {
        head == nil ? 2 * output.elementCount * configuration.width : 0
    }

    public func visit(_ visitor: Visitor) {
        visitor.module("wte", tokens)
        visitor.module("wpe", positions)
        for (number, block) in blocks.enumerated() { visitor.module("h.\(number)", block) }
        visitor.module("ln_f", norm)
        if let head { visitor.module("lm_head", head) }
        visitor.module("drop", dropout)
    }

    /// Loads the tensors of the public files: without their prefix `transformer.`, the stored causal masks, and the copy of
    /// the token embedding that some hold as a head.
    public func loadPublicWeights(_ tensors: [String: Tensor]) throws(StateError) {
        var own: [String: Tensor] = [:]
        for (name, tensor) in tensors {
            let name = name.hasPrefix("transformer.") ? String(name.dropFirst("transformer.".count)) : name
            if name.hasSuffix(".attn.bias") || name.hasSuffix(".attn.masked_bias") { continue }
            if name == "lm_head.weight", configuration.isHeadTied { continue }
            own[name] = tensor
        }
        try load(own)
    }
}

extension GPT {
    /// x + attention(norm(x)), then x + feedForward(norm(x)).
    public struct Block: Layer {
        let norm1: LayerNorm
        let attention: CausalAttention
        let norm2: LayerNorm
        let expand: Projection
        let contract: Projection
        let activation: Activation
        let dropout: Dropout

        init(_ configuration: Configuration, key: RandomKey) {
            let (width, type) = (configuration.width, configuration.dataType)
            norm1 = LayerNorm([width], epsilon: configuration.epsilon, dataType: type)
            attention = CausalAttention(configuration, key: key.split(0))
            norm2 = LayerNorm([width], epsilon: configuration.epsilon, dataType: type)
            expand = Projection(width, 4 * width, scale: 0.02, dataType: type, key: key.split(1))
            contract = Projection(4 * width, width, scale: configuration.sumScale, dataType: type, key: key.split(2))
            activation = configuration.activation
            dropout = Dropout(keepProbability: configuration.keepProbability)
        }

        public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor { self(x, cache: nil, context) }

        func callAsFunction(_ x: Tensor, cache: KeyValueCache?, _ context: Context) -> Tensor {
            let seen = x + dropout(attention(norm1(x, context), cache: cache, context), context)
            let hidden = activation(expand(norm2(seen, context), context), context)
            return context.record(self, x, seen + dropout(contract(hidden, context), context))
        }

        public func visit(_ visitor: Visitor) {
            visitor.module("ln_1", norm1)
            visitor.module("attn", attention)
            visitor.module("ln_2", norm2)
            visitor.module("mlp.c_fc", expand)
            visitor.module("mlp.c_proj", contract)
            visitor.module("mlp.dropout", dropout)
        }
    }

    struct CausalAttention: Layer {
        let heads: Int
        let input: Projection
        let output: Projection
        let dropout: Dropout

        init(_ configuration: Configuration, key: RandomKey) {
            let (width, type) = (configuration.width, configuration.dataType)
            heads = configuration.heads
            input = Projection(width, 3 * width, scale: 0.02, dataType: type, key: key.split(0))
            output = Projection(width, width, scale: configuration.sumScale, dataType: type, key: key.split(1))
            dropout = Dropout(keepProbability: configuration.keepProbability)
        }

        func callAsFunction(_ x: Tensor, cache: KeyValueCache?, _ context: Context) -> Tensor {
            let parts = input.parts(x, 3, context)  // 3 of [batch, time, width]
            let merged = multiHeadAttention(
                query: parts[0], key: parts[1], value: parts[2], heads: heads, isCausal: true, cache: cache,
                dropout: dropout, context: context)
            return context.record(self, x, output(merged, context))
        }

        func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor { self(x, cache: nil, context) }

        func visit(_ visitor: Visitor) {
            visitor.module("c_attn", input)
            visitor.module("c_proj", output)
            visitor.module("attn_dropout", dropout)
        }

        func operations(input: Shape, output: Shape) -> Int { 4 * output.elementCount * output[1] }

        var summary: String { "CausalAttention(\(output.weight.shape[0]), heads: \(heads))" }
    }

    /// y = x·W + b with W stored `[in, out]`, as GPT-2's files do.
    struct Projection: Layer {
        let weight: Parameter
        let bias: Parameter

        init(_ inputs: Int, _ outputs: Int, scale: Double, dataType: DataType, key: RandomKey) {
            weight = Parameter(Initializer.normal(scale: scale)([inputs, outputs], dataType: dataType, key: key))
            bias = Parameter(.zeros([outputs], dataType: dataType), role: .bias)
        }

        func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
            context.record(self, x, matmul(x, weight.value) + bias.value)
        }

        /// The outputs in equal parts, a product each: gradients of parts need not be put together.
        func parts(_ x: Tensor, _ count: Int, _ context: Context) -> [Tensor] {
            let (weights, biases) = (weight.value.split(into: count, along: 1), bias.value.split(into: count))
            let parts = zip(weights, biases).map { matmul(x, $0) + $1 }
            _ = context.record(self, x, Tensor.concatenate(parts, along: -1))
            return parts
        }

        func operations(input: Shape, output: Shape) -> Int { output.elementCount * (2 * weight.shape[0] + 1) }

        var summary: String { "Projection(\(weight.shape[0]), \(weight.shape[1]))" }
    }
}

/// Tokens are integers `[batch, time]`, not more than the model's context.
func requireTokens(_ x: Tensor, context: Int, _ model: some Layer) {
    require(
        x.rank == 2 && x.dataType.isInteger && x.shape[1] <= context,
        "\(model.summary): the input is \(x.dataType.rawValue)\(x.shape), expected integers [batch, time] with time up to "
            + "\(context)")
}
