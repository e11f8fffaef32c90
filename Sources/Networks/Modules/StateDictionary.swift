public import ThalwegEngine

/// A tensor that does not fit the model it is loaded into.
public enum StateError: Error, Equatable, CustomStringConvertible {
    case missing(name: String)
    case unexpected(name: String)
    case shape(name: String, expected: Shape, found: Shape)
    case type(name: String, expected: DataType, found: DataType)

    public var description: String {
        switch self {
        case .missing(let name): "tensor '\(name)' is missing"
        case .unexpected(let name): "tensor '\(name)' has no place in the model"
        case .shape(let name, let expected, let found):
            "tensor '\(name)' has shape \(found), the model expects \(expected)"
        case .type(let name, let expected, let found):
            "tensor '\(name)' holds \(found.rawValue) numbers, the model expects \(expected.rawValue)"
        }
    }
}

extension Module {
    /// All parameters and running values by name, parameters first, each in order of declaration.
    public func stateDictionary() -> [(name: String, tensor: Tensor)] {
        let inventory = inventory()
        return inventory.parameters.map { ($0.name, $0.parameter.value) }
            + inventory.runningValues.map { ($0.name, $0.running.value) }
    }

    /// Replaces parameters and running values by the tensors of those names. Floating-point types are converted to the
    /// model's own. Nothing is changed when a tensor does not fit.
    ///
    /// - Parameter isStrict: when false, missing and unexpected tensors are passed over (replacing the head of a
    ///   model).
    public func load(_ tensors: [String: Tensor], isStrict: Bool = true) throws(StateError) {
        let inventory = inventory()
        var assignments: [() -> Void] = []
        for (name, parameter) in inventory.parameters {
            guard let tensor = try fitting(name, parameter.value, in: tensors, isStrict: isStrict) else { continue }
            assignments.append { parameter.value = tensor }
        }
        for (name, running) in inventory.runningValues {
            guard let tensor = try fitting(name, running.value, in: tensors, isStrict: isStrict) else { continue }
            assignments.append { running.value = tensor }
        }
        if isStrict {
            let known = Set(inventory.parameters.map(\.name)).union(inventory.runningValues.map(\.name))
                .union(inventory.aliases.keys)
            if let extra = tensors.keys.filter({ !known.contains($0) }).min() { throw .unexpected(name: extra) }
        }
        for assign in assignments { assign() }
    }

    private func fitting(
        _ name: String, _ current: Tensor, in tensors: [String: Tensor], isStrict: Bool
    ) throws(StateError) -> Tensor? {
        guard let tensor = tensors[name] else {
            if isStrict { throw .missing(name: name) }
            return nil
        }
        guard tensor.shape == current.shape else {
            throw .shape(name: name, expected: current.shape, found: tensor.shape)
        }
        if tensor.dataType == current.dataType { return tensor }
        guard tensor.dataType.isFloatingPoint == current.dataType.isFloatingPoint else {
            throw .type(name: name, expected: current.dataType, found: tensor.dataType)
        }
        return tensor.cast(to: current.dataType)
    }
}
