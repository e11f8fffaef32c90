public import ThalwegEngine
public import ThalwegNetworks

/// A dense network of any depth: embeddings for categories, hidden layers with normalization, activation and dropout, and a linear
/// output. Without hidden layers it is linear, logistic or softmax regression.
///
/// - Shapes: input `[n, inputs]` whose last columns are category numbers, one for each embedding; output `[n, outputs]`.
/// - State names: `embeddings.0.weight`, `layers.0.weight` `[out, in]`, `layers.0.bias`, `norms.0.weight` and so on; the last of
///   `layers` is the output.
public struct DenseNetwork: Layer {
    /// Everything needed to build the network anew: stored in `model.json`.
    public struct Architecture: Codable, Sendable, Hashable {
        public struct Embedding: Codable, Sendable, Hashable {
            public var count: Int
            public var width: Int
        }

        /// Numbers of an example, the category numbers at the end included.
        public var inputs: Int
        public var embeddings: [Embedding]
        /// Units of each hidden layer.
        public var hidden: [Int]
        public var outputs: Int
        public var activation: Activation
        /// For each hidden layer; 1 is no dropout.
        public var keepProbabilities: [Double]
        public var batchNorm: Bool
        public var normalizesBeforeActivation: Bool
        public var layerNorm: Bool
        public var dataType: DataType
    }

    public let architecture: Architecture
    let embeddings: [Embedding]
    let layers: [Dense]
    let norms: [any Layer]

    /// - Parameters:
    ///   - initializer: of the hidden layers' weights; nil picks one that suits the activation.
    ///   - scale: multiplies all initial weights.
    public init(_ architecture: Architecture, initializer: Initializer? = nil, scale: Double? = nil, seed: UInt64 = 0) {
        self.architecture = architecture
        let keys = KeyStream(seed: seed)
        let type = architecture.dataType
        let normalizes = architecture.batchNorm || architecture.layerNorm
        embeddings = architecture.embeddings.map {
            Embedding($0.count, $0.width, initializer: .normal(scale: 0.1), dataType: type, key: keys.next())
        }
        var width =
            architecture.inputs - architecture.embeddings.count + architecture.embeddings.reduce(0) { $0 + $1.width }
        var layers: [Dense] = []
        var norms: [any Layer] = []
        for units in architecture.hidden {
            layers.append(
                Dense(
                    width, units, bias: !(normalizes && architecture.normalizesBeforeActivation),
                    initializer: initializer ?? architecture.activation.suitableInitializer, dataType: type,
                    key: keys.next()))
            if architecture.batchNorm { norms.append(BatchNorm(units, dataType: type)) }
            if architecture.layerNorm { norms.append(LayerNorm([units], dataType: type)) }
            width = units
        }
        layers.append(
            Dense(width, architecture.outputs, initializer: initializer ?? .xavier, dataType: type, key: keys.next()))
        self.layers = layers
        self.norms = norms
        if let scale {
            for layer in layers { layer.weight.value = layer.weight.value * scale }
        }
    }

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        var h = embedded(x, context)
        let normsPerLayer = (architecture.batchNorm ? 1 : 0) + (architecture.layerNorm ? 1 : 0)
        for (index, layer) in layers.dropLast().enumerated() {
            h = layer(h, context)  // [n, units]
            if !architecture.normalizesBeforeActivation { h = architecture.activation(h, context) }
            for norm in norms[index * normsPerLayer..<(index + 1) * normsPerLayer] { h = norm(h, context) }
            if architecture.normalizesBeforeActivation { h = architecture.activation(h, context) }
            let keep = architecture.keepProbabilities[index]
            if keep < 1 { h = Dropout(keepProbability: keep)(h, context) }
        }
        return layers[layers.count - 1](h, context)  // [n, outputs]
    }

    /// The numbers beside the vectors of the categories: `[n, inputs]` in, `[n, width of the first layer]` out.
    private func embedded(_ x: Tensor, _ context: Context) -> Tensor {
        guard !embeddings.isEmpty else { return x }
        let numbers = architecture.inputs - embeddings.count
        var parts = numbers > 0 ? [x[.all, 0..<numbers]] : []
        for (index, embedding) in embeddings.enumerated() {
            parts.append(embedding(x[.all, numbers + index].cast(to: .int64), context))  // [n, width]
        }
        return parts.count == 1 ? parts[0] : Tensor.concatenate(parts, along: 1)
    }

    public func visit(_ visitor: Visitor) {
        for (index, embedding) in embeddings.enumerated() { visitor.module("embeddings.\(index)", embedding) }
        for (index, layer) in layers.enumerated() { visitor.module("layers.\(index)", layer) }
        for (index, norm) in norms.enumerated() { visitor.module("norms.\(index)", norm) }
    }
}

extension Activation {
    /// The initial weights that keep the size of signals through layers with this activation.
    var suitableInitializer: Initializer {
        switch self {
        case .relu, .relu6, .leakyReLU, .elu, .gelu, .geluTanh, .silu, .mish, .softplus, .hardSwish: .he
        case .selu: .lecun
        case .identity, .sigmoid, .tanh, .softsign, .hardSigmoid, .hardTanh, .softmax, .logSoftmax: .xavier
        }
    }
}
