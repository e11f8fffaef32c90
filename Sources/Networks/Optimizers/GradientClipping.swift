public import ThalwegEngine

/// Holds gradients within bounds before the update.
public enum GradientClipping: Hashable, Sendable {
    /// Each component between -limit and limit.
    case value(Double)
    /// All gradients together scaled down so that their common Euclidean norm is at most the limit (Pascanu et al.
    /// 2013).
    case norm(Double)

    public func callAsFunction(_ gradients: [Tensor]) -> [Tensor] {
        switch self {
        case .value(let limit): return gradients.map { $0.clamped(to: -limit...limit) }
        case .norm(let limit):
            guard !gradients.isEmpty else { return [] }
            let scale = (limit / (globalNorm(gradients) + 1e-6)).clamped(max: 1)
            return gradients.map { $0 * scale.cast(to: $0.dataType) }
        }
    }
}

/// The Euclidean norm of all tensors taken as one vector.
public func globalNorm(_ tensors: [Tensor]) -> Tensor {
    guard let first = tensors.first else { return .zeros([]) }
    return tensors.dropFirst().reduce(first.square().sum()) { $0 + $1.square().sum().cast(to: $0.dataType) }.sqrt()
}

extension GradientClipping: Choice {
    public static let kind = "gradient clipping"
    public static let names = ["value", "norm"]

    public init(name: String, settings: inout SettingReader) throws(ChoiceError) {
        let limit = try settings.number("limit", default: name == "value" ? 5 : 1, in: 1e-30...1e30)
        self = name == "value" ? .value(limit) : .norm(limit)
    }

    public var specification: Specification {
        switch self {
        case .value(let limit): Specification("value", ["limit": limit])
        case .norm(let limit): Specification("norm", ["limit": limit])
        }
    }
}
