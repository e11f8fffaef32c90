public import ThalwegEngine

/// A trainable tensor in a box with an identity.
///
/// Layers are values, parameters are not: copying a layer shares its parameters, and `clone()` makes new ones. The
/// identity is what ties weights, what optimizer state belongs to, and what an update changes in place.
///
/// A parameter may be computed from others (a low-rank adapter, de-quantized weights); layers never know:
///
///     let adapted = Parameter(from: [("base", base), ("a", a), ("b", b)]) { p in p[0] + matmul(p[1], p[2]) }
///
/// Its sources are what is trained and saved, under `weight.base`, `weight.a`, `weight.b`.
public final class Parameter {
    /// What the tensor does in its layer: regularization applies to weights only, unless asked otherwise.
    public enum Role: String, Sendable {
        /// Multiplies inputs.
        case weight
        /// Is added.
        case bias
        /// The factor of a normalization.
        case gain
    }

    private enum Storage {
        case tensor(Tensor)
        case expression(([Tensor]) -> Tensor)
    }

    public let role: Role
    /// False keeps the parameter out of gradients and updates (a frozen layer).
    public var isTrainable: Bool
    /// What a computed parameter is made of; empty for a plain one.
    public let sources: [(name: String, parameter: Parameter)]
    /// Declared by `shared()`: this box may stand at several places of a model.
    public private(set) var isShared = false
    private var storage: Storage

    public init(_ value: Tensor, role: Role = .weight, isTrainable: Bool = true) {
        self.role = role
        self.isTrainable = isTrainable
        sources = []
        storage = .tensor(value)
    }

    /// A parameter computed from `sources` each time it is read.
    public init(
        from sources: [(name: String, parameter: Parameter)], role: Role = .weight,
        _ expression: @escaping (_ values: [Tensor]) -> Tensor
    ) {
        self.role = role
        isTrainable = false
        self.sources = sources
        storage = .expression(expression)
    }

    public var isComputed: Bool { !sources.isEmpty }

    public var value: Tensor {
        get {
            switch storage {
            case .tensor(let tensor): tensor
            case .expression(let expression): expression(sources.map(\.parameter.value))
            }
        }
        set {
            guard !isComputed else {
                fatalError("a computed parameter cannot be set; set its sources (\(sources.map(\.name)))")
            }
            storage = .tensor(newValue)
        }
    }

    public var shape: Shape { value.shape }
    public var dataType: DataType { value.dataType }

    /// Declares that this parameter is used at several places of the model (tied weights). Without the declaration the
    /// same box under two names is a mistake: usually a layer copied where a new one was meant.
    public func shared() -> Parameter {
        isShared = true
        return self
    }
}

/// A tensor that belongs to a model but is not trained: the running statistics of a batch normalization, a connection
/// mask. It is saved with the model. A call does not change it; the call declares its new value in the context.
public final class RunningValue {
    public var value: Tensor

    public init(_ value: Tensor) { self.value = value }
}
