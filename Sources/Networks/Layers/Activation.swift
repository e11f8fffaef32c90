public import ThalwegEngine

/// An activation function as a layer, chosen by name: `Activation.relu`, or `leaky_relu(slope=0.1)` in a configuration.
///
/// Formulas stand with the functions in `Tensor+Activations.swift`. Shapes: any in, the same out; softmax runs along
/// the last axis.
///
///     let network = Sequential([Dense(2, 4, key: keys.next()), Activation.tanh, Dense(4, 1, key: keys.next())])
public enum Activation: Hashable, Layer {
    case identity, sigmoid, tanh, relu, relu6, selu, gelu, geluTanh, silu, mish, softplus, softsign
    case hardSigmoid, hardTanh, hardSwish, softmax, logSoftmax
    case leakyReLU(slope: Double)
    case elu(alpha: Double)

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor { context.record(self, x, apply(x)) }

    public func apply(_ x: Tensor) -> Tensor {
        switch self {
        case .identity: x
        case .sigmoid: x.sigmoid()
        case .tanh: x.tanh()
        case .relu: x.relu()
        case .relu6: x.relu6()
        case .leakyReLU(let slope): x.leakyReLU(slope: slope)
        case .elu(let alpha): x.elu(alpha: alpha)
        case .selu: x.selu()
        case .gelu: x.gelu()
        case .geluTanh: x.geluTanh()
        case .silu: x.silu()
        case .mish: x.mish()
        case .softplus: x.softplus()
        case .softsign: x.softsign()
        case .hardSigmoid: x.hardSigmoid()
        case .hardTanh: x.hardTanh()
        case .hardSwish: x.hardSwish()
        case .softmax: x.softmax(along: -1)
        case .logSoftmax: x.logSoftmax(along: -1)
        }
    }

    public func visit(_ visitor: Visitor) {}

    /// One operation an element: the summary's convention, whatever the function costs.
    public func operations(input: Shape, output: Shape) -> Int { self == .identity ? 0 : output.elementCount }

    public var summary: String { description }
}

extension Activation: Choice {
    public static let kind = "activation"

    private static let plain: [(name: String, activation: Activation)] = [
        ("identity", .identity), ("sigmoid", .sigmoid), ("tanh", .tanh), ("relu", .relu), ("relu6", .relu6),
        ("selu", .selu), ("gelu", .gelu), ("gelu_tanh", .geluTanh), ("silu", .silu), ("mish", .mish),
        ("softplus", .softplus), ("softsign", .softsign), ("hard_sigmoid", .hardSigmoid), ("hard_tanh", .hardTanh),
        ("hard_swish", .hardSwish), ("softmax", .softmax), ("log_softmax", .logSoftmax),
    ]
    private static let otherNames: [String: Activation] = ["swish": .silu, "linear": .identity]

    public static let names = plain.map(\.name) + ["leaky_relu", "elu"] + otherNames.keys.sorted()

    public init(name: String, settings: inout SettingReader) throws(ChoiceError) {
        switch name {
        case "leaky_relu": self = .leakyReLU(slope: try settings.number("slope", default: 0.01))
        case "elu": self = .elu(alpha: try settings.number("alpha", default: 1))
        default:
            guard let found = Self.plain.first(where: { $0.name == name })?.activation ?? Self.otherNames[name] else {
                throw .unknown(kind: Self.kind, name: name, known: Self.names)
            }
            self = found
        }
    }

    public var specification: Specification {
        switch self {
        case .leakyReLU(let slope): Specification("leaky_relu", ["slope": slope])
        case .elu(let alpha): Specification("elu", ["alpha": alpha])
        default: Specification(Self.plain.first { $0.activation == self }?.name ?? "identity")
        }
    }
}
