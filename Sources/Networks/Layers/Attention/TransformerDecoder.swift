public import ThalwegEngine

/// Causal self-attention, attention to the encoder's output (the memory), then a feed-forward part.
///
/// - Shapes: `[batch, time, width]` and memory `[batch, steps, width]` to `[batch, time, width]`. State names are PyTorch's
///   (`self_attn.…`, `multihead_attn.…`, `linear1.…`, `norm3.…`).
/// - Start: as the encoder's.
///
/// Source: Vaswani et al. 2017.
public struct TransformerDecoderLayer: Module {
    public let attention: MultiHeadAttention
    public let memoryAttention: MultiHeadAttention
    public let norm1: LayerNorm
    public let norm2: LayerNorm
    public let norm3: LayerNorm
    let feedForward: FeedForward
    let around: Around

    /// What the next steps need of the ones before: theirs, and the memory's keys and values.
    public struct Cache {
        public let steps: KeyValueCache
        public let memory: KeyValues

        public init(steps: KeyValueCache, memory: KeyValues) {
            self.steps = steps
            self.memory = memory
        }
    }

    public init(_ configuration: TransformerConfiguration, key: RandomKey) {
        attention = configuration.attention(rotary: configuration.rotary, key: key.split(0))
        memoryAttention = configuration.attention(rotary: nil, key: key.split(1))
        feedForward = FeedForward(configuration, key: key.split(2))
        norm1 = configuration.norm()
        norm2 = configuration.norm()
        norm3 = configuration.norm()
        around = Around(
            isNormFirst: configuration.isNormFirst, dropout: Dropout(keepProbability: configuration.keepProbability))
    }

    /// - Parameters:
    ///   - mask: of the self-attention, which is causal besides.
    ///   - present: `bool` `[batch, time]`, false where a step is padding: what stands there changes no other value.
    ///   - memoryMask, memoryPresent: the same for the memory.
    public func callAsFunction(
        _ x: Tensor, memory: Tensor, mask: Tensor? = nil, present: Tensor? = nil, isCausal: Bool = true,
        memoryMask: Tensor? = nil, memoryPresent: Tensor? = nil, context: Context
    ) -> Tensor {
        let seen = around(x.cleared(outsideSteps: present), norm1, context) {
            attention($0, mask: mask, present: present, isCausal: isCausal, context: context)
        }
        let informed = around(seen, norm2, context) {
            memoryAttention($0, key: memory, mask: memoryMask, present: memoryPresent, context: context)
        }
        return around(informed, norm3, context) { feedForward($0, context) }
    }

    /// An empty cache for `capacity` steps. Padding of the memory is zeroed here and hidden by `memoryPresent` later.
    public func makeCache(memory: Tensor, memoryPresent: Tensor? = nil, capacity: Int) -> Cache {
        let steps = KeyValueCache(
            batch: memory.shape[0], heads: attention.keyHeads, capacity: capacity, depth: attention.depth,
            dataType: memory.dataType)
        let clean = memory.cleared(outsideSteps: memoryPresent)
        return Cache(steps: steps, memory: memoryAttention.keyValues(clean))
    }

    /// The next steps, which see those in the cache.
    public func callAsFunction(
        next x: Tensor, cache: Cache, memoryPresent: Tensor? = nil, context: Context
    ) -> Tensor {
        let seen = around(x, norm1, context) { attention($0, cache: cache.steps, context: context) }
        let informed = around(seen, norm2, context) {
            memoryAttention.attend(
                $0, to: cache.memory, mask: memoryPresent.map { $0[.all, .newAxis, .newAxis] }, context: context)
        }
        return around(informed, norm3, context) { feedForward($0, context) }
    }

    public func visit(_ visitor: Visitor) {
        visitor.module("self_attn", attention)
        visitor.module("multihead_attn", memoryAttention)
        feedForward.visit(visitor)
        visitor.module("norm1", norm1)
        visitor.module("norm2", norm2)
        visitor.module("norm3", norm3)
    }
}

/// Decoder layers one after the other, and a normalization at the end where one is wanted.
///
/// State names: `layers.0.…`, `norm.weight`. Parameters as in `TransformerDecoderLayer`.
public struct TransformerDecoder: Module {
    public let layers: [TransformerDecoderLayer]
    public let norm: LayerNorm?

    public init(_ configuration: TransformerConfiguration, layers count: Int, hasNorm: Bool = true, key: RandomKey) {
        layers = (0..<count).map { TransformerDecoderLayer(configuration, key: key.split($0)) }
        norm = hasNorm ? configuration.norm() : nil
    }

    public func callAsFunction(
        _ x: Tensor, memory: Tensor, mask: Tensor? = nil, present: Tensor? = nil, isCausal: Bool = true,
        memoryMask: Tensor? = nil, memoryPresent: Tensor? = nil, context: Context
    ) -> Tensor {
        let decoded = layers.reduce(x) {
            $1(
                $0, memory: memory, mask: mask, present: present, isCausal: isCausal, memoryMask: memoryMask,
                memoryPresent: memoryPresent, context: context)
        }
        return norm?(decoded, context) ?? decoded
    }

    public func makeCaches(
        memory: Tensor, memoryPresent: Tensor? = nil, capacity: Int
    ) -> [TransformerDecoderLayer.Cache] {
        layers.map { $0.makeCache(memory: memory, memoryPresent: memoryPresent, capacity: capacity) }
    }

    /// The next steps, which see those in the caches.
    public func callAsFunction(
        next x: Tensor, caches: [TransformerDecoderLayer.Cache], memoryPresent: Tensor? = nil, context: Context
    ) -> Tensor {
        let decoded = zip(layers, caches).reduce(x) {
            $1.0(next: $0, cache: $1.1, memoryPresent: memoryPresent, context: context)
        }
        return norm?(decoded, context) ?? decoded
    }
}

/// Encoder and decoder: the whole transformer, from vectors to vectors.
///
/// - Shapes: source `[batch, steps, width]` and target `[batch, time, width]` to `[batch, time, width]`. State names are
///   PyTorch's: `encoder.layers.0.…`, `encoder.norm.…`, `decoder.…`.
public struct Transformer: Module {
    public let encoder: TransformerEncoder
    public let decoder: TransformerDecoder

    public init(
        _ configuration: TransformerConfiguration, encoderLayers: Int = 6, decoderLayers: Int = 6, key: RandomKey
    ) {
        encoder = TransformerEncoder(configuration, layers: encoderLayers, key: key.split(0))
        decoder = TransformerDecoder(configuration, layers: decoderLayers, key: key.split(1))
    }

    /// - Parameter sourcePresent, targetPresent: `bool` `[batch, …]`, false where a step is padding.
    public func callAsFunction(
        source: Tensor, target: Tensor, sourcePresent: Tensor? = nil, targetPresent: Tensor? = nil, context: Context
    ) -> Tensor {
        let memory = encoder(source, present: sourcePresent, context: context)
        return decoder(
            target, memory: memory, present: targetPresent, memoryPresent: sourcePresent, context: context)
    }
}
