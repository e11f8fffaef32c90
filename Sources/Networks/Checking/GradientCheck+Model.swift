public import ThalwegEngine

/// Why a model cannot be checked as it is.
public enum GradientCheckError: Error, Equatable, CustomStringConvertible {
    /// Dropout draws a new mask in every evaluation, so differences mean nothing.
    case dropout(layer: String, keepProbability: Double)

    public var description: String {
        switch self {
        case .dropout(let layer, let keep):
            "the layer '\(layer)' drops units (keeps \(keep)): a gradient check needs dropout off, keepProbability 1, "
                + "or ask to check without dropout"
        }
    }
}

extension GradientCheck {
    /// Checks the gradient of a model's cost at all its trainable parameters, with batch statistics as in training. Everything in the
    /// model is converted to float64 meanwhile and is as before afterwards.
    ///
    /// - Parameters:
    ///   - regularization: its penalty is part of the cost.
    ///   - examples: the training set's size, which the penalty is divided by.
    ///   - ignoringDropout: leaves dropout out instead of refusing the check.
    ///   - cost: the scalar cost; its data must be float64 (`cast(to: .float64)`).
    public func callAsFunction(
        _ model: some Module, regularization: Regularization = .none, examples: Int = 1, ignoringDropout: Bool = false,
        cost: @escaping (Context) -> Tensor
    ) throws(GradientCheckError) -> GradientReport {
        let inventory = model.inventory()
        for (path, module) in inventory.modules where !ignoringDropout {
            guard let dropout = module as? Dropout, dropout.keepProbability < 1 else { continue }
            throw .dropout(layer: path, keepProbability: dropout.keepProbability)
        }
        let parameters = inventory.parameters.map { (box: $0.parameter, value: $0.parameter.value) }
        let running = inventory.runningValues.map { (box: $0.running, value: $0.running.value) }
        defer {
            for entry in parameters { entry.box.value = entry.value }
            for entry in running { entry.box.value = entry.value }
        }
        model.cast(to: .float64)
        let points = inventory.trainable.map { (name: $0.name, value: $0.parameter.value) }
        return self(points) { values in
            inventory.substituting(parameters: values) {
                let value = cost(Context(.gradientCheck))
                return regularization.penalty(inventory, examples: examples).map { value + $0 } ?? value
            }
        }
    }

    /// Checks a layer at its parameters and its input: the function is a fixed random combination of its outputs.
    public func callAsFunction(layer: some Layer, input: Tensor) throws(GradientCheckError) -> GradientReport {
        guard input.dataType.isFloatingPoint else {
            return try self(layer) { context in combined(layer(input, context)) }
        }
        let wrapped = WithInput(layer: layer, input: Parameter(input.cast(to: .float64)))
        return try self(wrapped) { context in combined(layer(wrapped.input.value, context)) }
    }

    /// Weights that distinguish all elements: a plain sum would hide mistakes that cancel.
    func combined(_ output: Tensor) -> Tensor {
        let weights = Tensor.randomNormal(output.shape, key: RandomKey(seed: 77), dataType: .float64)
        return (output.cast(to: .float64) * weights).sum()
    }
}

private struct WithInput<L: Layer>: Module {
    let layer: L
    let input: Parameter

    func visit(_ visitor: Visitor) {
        layer.visit(visitor)
        visitor.parameter("input", input)
    }
}
