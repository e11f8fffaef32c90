public import ThalwegEngine
public import ThalwegNetworks

/// How the units of a model's layers answer to a sample of examples: which never do, and how many answers lie at the bounds.
///
/// Captured once for each shape of sample; a call only runs the model forward, without dropout.
public final class UnitActivity {
    /// Of one layer.
    public struct Shares: Codable, Sendable, Hashable {
        /// Units that answer 0 to every example; nil where the activation has no flat side at 0.
        public var dead: Double?
        /// Answers beyond 0.95 of the activation's range; nil where it has no bounds.
        public var saturated: Double?
    }

    private let model: any Layer
    private let inventory: Inventory
    private let threads: Int?
    private var captured: [Shape: (function: CompiledFunction, layers: [Entry])] = [:]

    private struct Entry {
        var layer: String
        var hasDead: Bool
        var hasSaturated: Bool
    }

    public init(_ model: some Layer, threads: Int? = nil) {
        self.model = model
        self.threads = threads
        inventory = model.inventory()
    }

    /// By the name of the layer that feeds the activation, as `layers.0`.
    public func callAsFunction(_ x: Tensor) -> [String: Shares] {
        let (function, layers) = captured[x.shape] ?? capture(x)
        captured[x.shape] = (function, layers)
        guard !layers.isEmpty else { return [:] }
        let numbers = function(values + [x])[0].doubles()
        var shares: [String: Shares] = [:]
        for (place, entry) in layers.enumerated() {
            shares[entry.layer] = Shares(
                dead: entry.hasDead ? numbers[place * 2] : nil,
                saturated: entry.hasSaturated ? numbers[place * 2 + 1] : nil)
        }
        return shares
    }

    private var values: [Tensor] {
        inventory.trainable.map(\.parameter.value) + inventory.runningValues.map(\.running.value)
    }

    private func capture(_ x: Tensor) -> (CompiledFunction, [Entry]) {
        let names = Dictionary(
            inventory.parameters.filter { $0.parameter.role == .weight }
                .map { (ObjectIdentifier($0.parameter), $0.name.layerName) }, uniquingKeysWith: { first, _ in first })
        let count = inventory.trainable.count
        var entries: [Entry] = []
        let function = CompiledFunction(
            inputs: (values + [x]).map { ($0.shape, $0.dataType) }, threads: threads
        ) { arguments in
            var numbers: [Tensor] = []
            var current: String?
            let context = Context(.inference)
            context.observe { layer, _, output in
                if let activation = layer as? Activation {
                    guard let current, let (entry, pair) = Self.shares(activation, output, layer: current) else {
                        return
                    }
                    entries.append(entry)
                    numbers += pair
                } else if let weight = layer.parameters.last(where: { $0.parameter.role == .weight }) {
                    current = names[ObjectIdentifier(weight.parameter)] ?? current
                }
            }
            _ = inventory.substituting(
                parameters: Array(arguments.prefix(count)), running: Array(arguments[count...].dropLast())
            ) { model(arguments[arguments.count - 1], context) }
            return [numbers.isEmpty ? .zeros([0], dataType: .float64) : .stack(numbers)]
        }
        return (function, entries)
    }

    private static func shares(
        _ activation: Activation, _ output: Tensor, layer: String
    ) -> (Entry, [Tensor])? {
        let units = output.rank - 1
        guard units >= 1 else { return nil }
        let none = Tensor.zeros([], dataType: .float64)
        var (dead, saturated) = (none, none)
        if activation.isFlatBelowZero {
            let most = output.max(along: Axes(Array(0..<units)))  // [units]
            dead = (most .<= 0.0).cast(to: .float64).mean()
        }
        if let (low, high) = activation.bounds {
            let margin = (high - low) * 0.025
            saturated = ((output .< low + margin) .| (output .> high - margin)).cast(to: .float64).mean()
        }
        guard activation.isFlatBelowZero || activation.bounds != nil else { return nil }
        return (
            Entry(layer: layer, hasDead: activation.isFlatBelowZero, hasSaturated: activation.bounds != nil),
            [dead, saturated]
        )
    }
}

extension Activation {
    /// Whether a unit below 0 answers 0 and gets no gradient.
    var isFlatBelowZero: Bool {
        switch self {
        case .relu, .relu6: true
        case .identity, .sigmoid, .tanh, .selu, .gelu, .geluTanh, .silu, .mish, .softplus, .softsign, .hardSigmoid,
            .hardTanh, .hardSwish, .softmax, .logSoftmax, .leakyReLU, .elu:
            false
        }
    }

    /// The ends of its range, where both are flat.
    var bounds: (low: Double, high: Double)? {
        switch self {
        case .sigmoid, .hardSigmoid: (0, 1)
        case .tanh, .softsign, .hardTanh: (-1, 1)
        case .identity, .relu, .relu6, .selu, .gelu, .geluTanh, .silu, .mish, .softplus, .hardSwish, .softmax,
            .logSoftmax, .leakyReLU, .elu:
            nil
        }
    }
}
