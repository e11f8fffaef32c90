public import ThalwegEngine

/// How a weight starts, chosen by name: `Initializer.he`, or `normal(scale=0.01)` in a configuration.
///
/// Shapes are PyTorch's, `[out, in, …]`: fan-in is the product of all axes but the first, fan-out that of all but the
/// second. N is the normal distribution, U the uniform one between -limit and limit.
public enum Initializer: Hashable, Sendable {
    case zeros, ones
    case constant(Double)
    /// N·scale: the courses' 0.01.
    case normal(scale: Double)
    /// U with limit `limit`.
    case uniform(limit: Double)
    /// N·sqrt(1/fan-in), the courses' Xavier; for tanh.
    case xavier
    case xavierUniform
    /// N·sqrt(2/(fan-in + fan-out)) (Glorot and Bengio 2010).
    case glorot
    case glorotUniform
    /// N·sqrt(2/fan-in) (He et al. 2015); for ReLU.
    case he
    case heUniform
    /// N·sqrt(1/fan-in) (LeCun et al. 1998); for SELU.
    case lecun
    case lecunUniform
    /// A random rotation times `gain`: orthonormal rows or columns, whichever are fewer (Saxe et al. 2013).
    case orthogonal(gain: Double)
    /// Ones where output and input have the same number: y = x, the start of a residual block.
    case identity

    public func callAsFunction(_ shape: Shape, dataType: DataType = .float32, key: RandomKey) -> Tensor {
        func normal(_ scale: Double) -> Tensor {
            .randomNormal(shape, standardDeviation: scale, key: key, dataType: dataType)
        }
        func uniform(_ limit: Double) -> Tensor {
            .randomUniform(shape, in: -limit..<limit, key: key, dataType: dataType)
        }
        let (fanIn, fanOut) = Self.fans(shape)
        return switch self {
        case .zeros: .zeros(shape, dataType: dataType)
        case .ones: .ones(shape, dataType: dataType)
        case .constant(let value): .full(shape, value, dataType: dataType)
        case .normal(let scale): normal(scale)
        case .uniform(let limit): limit == 0 ? .zeros(shape, dataType: dataType) : uniform(limit)
        case .xavier, .lecun: normal((1 / fanIn).squareRoot())
        case .xavierUniform, .lecunUniform: uniform((3 / fanIn).squareRoot())
        case .glorot: normal((2 / (fanIn + fanOut)).squareRoot())
        case .glorotUniform: uniform((6 / (fanIn + fanOut)).squareRoot())
        case .he: normal((2 / fanIn).squareRoot())
        case .heUniform: uniform((6 / fanIn).squareRoot())
        case .orthogonal(let gain): Self.orthogonal(shape, gain: gain, dataType: dataType, key: key)
        case .identity: Self.identity(shape, dataType: dataType)
        }
    }

    static func fans(_ shape: Shape) -> (input: Double, output: Double) {
        guard shape.rank >= 2 else { return (Double(shape.elementCount), Double(shape.elementCount)) }
        let field = shape[2...].reduce(1, *)
        return (Double(shape[1] * field), Double(shape[0] * field))
    }

    private static func identity(_ shape: Shape, dataType: DataType) -> Tensor {
        require(shape.rank == 2, "the identity initializer needs a matrix, found shape \(shape)")
        return Tensor.identity(max(shape[0], shape[1]), dataType: dataType)[0..<shape[0], 0..<shape[1]]
    }

    /// Gram-Schmidt on random normal vectors, twice for accuracy: uniform over all rotations.
    private static func orthogonal(_ shape: Shape, gain: Double, dataType: DataType, key: RandomKey) -> Tensor {
        require(shape.rank >= 2, "the orthogonal initializer needs a matrix, found shape \(shape)")
        let (rows, columns) = (shape[0], shape[1...].reduce(1, *))
        let (count, length) = (min(rows, columns), max(rows, columns))
        let draws = Tensor.randomNormal([count, length], key: key, dataType: .float64).doubles()
        var vectors = (0..<count).map { Array(draws[$0 * length..<($0 + 1) * length]) }
        for index in 0..<count {
            for _ in 0..<2 {
                for earlier in 0..<index {
                    let overlap = zip(vectors[index], vectors[earlier]).reduce(0) { $0 + $1.0 * $1.1 }
                    for position in 0..<length { vectors[index][position] -= overlap * vectors[earlier][position] }
                }
            }
            let norm = vectors[index].reduce(0) { $0 + $1 * $1 }.squareRoot()
            for position in 0..<length { vectors[index][position] *= 1 / norm }
        }
        let matrix = Tensor(vectors)
        let oriented = rows <= columns ? matrix : matrix.transposed()
        return (oriented * gain).reshaped(to: shape).cast(to: dataType)
    }
}

extension Initializer: Choice {
    public static let kind = "initializer"

    private static let plain: [(name: String, initializer: Initializer)] = [
        ("zeros", .zeros), ("ones", .ones), ("xavier", .xavier), ("xavier_uniform", .xavierUniform),
        ("glorot", .glorot),
        ("glorot_uniform", .glorotUniform), ("he", .he), ("he_uniform", .heUniform), ("lecun", .lecun),
        ("lecun_uniform", .lecunUniform), ("identity", .identity),
    ]

    public static let names = plain.map(\.name) + ["constant", "normal", "uniform", "orthogonal"]

    public init(name: String, settings: inout SettingReader) throws(ChoiceError) {
        switch name {
        case "constant": self = .constant(try settings.number("value", default: 0))
        case "normal": self = .normal(scale: try settings.number("scale", default: 0.01, in: 0...1e30))
        case "uniform": self = .uniform(limit: try settings.number("limit", default: 0.05, in: 0...1e30))
        case "orthogonal": self = .orthogonal(gain: try settings.number("gain", default: 1))
        default:
            guard let found = Self.plain.first(where: { $0.name == name })?.initializer else {
                throw .unknown(kind: Self.kind, name: name, known: Self.names)
            }
            self = found
        }
    }

    public var specification: Specification {
        switch self {
        case .constant(let value): Specification("constant", ["value": value])
        case .normal(let scale): Specification("normal", ["scale": scale])
        case .uniform(let limit): Specification("uniform", ["limit": limit])
        case .orthogonal(let gain): Specification("orthogonal", ["gain": gain])
        default: Specification(Self.plain.first { $0.initializer == self }?.name ?? "zeros")
        }
    }
}
