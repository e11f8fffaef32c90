public import ThalwegEngine

/// One optimization step over all trainable parameters: clipping, the optimizer with its parameter groups, the L1 rule
/// and the max-norm limit. Records ordinary operations: called inside the captured training step.
public struct UpdateRule: Sendable {
    public let optimizer: any Optimizer
    public let groups: [ParameterGroup]
    public let clipping: GradientClipping?
    public let regularization: Regularization
    /// The size of the training set, which L1 is divided by.
    public let examples: Int

    public init(
        _ optimizer: any Optimizer, groups: [ParameterGroup] = [], clipping: GradientClipping? = nil,
        regularization: Regularization = .none, examples: Int = 1
    ) {
        self.optimizer = optimizer
        self.groups = groups
        self.clipping = clipping
        self.regularization = regularization
        self.examples = examples
    }

    /// State of every trainable parameter, flat and in order; names as `adam.first_moment.layers.0.weight`.
    public func initialState(for inventory: Inventory) -> [(name: String, tensor: Tensor)] {
        inventory.trainable.flatMap { entry in
            zip(optimizer.stateNames, optimizer.initialState(for: entry.parameter.value)).map { name, tensor in
                ("\(optimizer.specification.name).\(name).\(entry.name)", tensor)
            }
        }
    }

    /// New parameters and state.
    ///
    /// - Parameters:
    ///   - parameters: values of the trainable parameters, in order.
    ///   - gradients: one for each of them.
    ///   - state: as `initialState(for:)` ordered it.
    ///   - rate: scalar.
    ///   - step: scalar, 1 for the first step.
    /// - Returns: also the norm of all gradients before clipping.
    public func callAsFunction(
        _ inventory: Inventory, parameters: [Tensor], gradients: [Tensor], state: [Tensor], rate: Tensor, step: Tensor
    ) -> (parameters: [Tensor], state: [Tensor], gradientNorm: Tensor) {
        let entries = inventory.trainable
        let stateCount = optimizer.stateNames.count
        require(
            parameters.count == entries.count && gradients.count == entries.count
                && state.count == entries.count * stateCount,
            "\(parameters.count) parameters, \(gradients.count) gradients, \(state.count) state tensors for "
                + "\(entries.count) trainable parameters and \(stateCount) state tensors each")
        let norm = globalNorm(gradients)
        let clipped = clipping?(gradients) ?? gradients
        var (newParameters, newState): ([Tensor], [Tensor]) = ([], [])
        for (index, entry) in entries.enumerated() {
            let own = Array(state[index * stateCount..<(index + 1) * stateCount])
            let result = update(entry, parameters[index], clipped[index], own, rate, step)
            newParameters.append(result.parameter)
            newState += result.state
        }
        return (newParameters, newState, norm)
    }

    private func update(
        _ entry: (name: String, parameter: Parameter), _ old: Tensor, _ gradient: Tensor, _ state: [Tensor],
        _ rate: Tensor,
        _ step: Tensor
    ) -> (parameter: Tensor, state: [Tensor]) {
        let group = groups.first { $0.matches(entry.name) }
        let isRegularized = regularization.applies(to: entry.parameter)
        var rule = optimizer
        // As all regularization, weight decay leaves biases alone unless a group or the settings say otherwise.
        rule.weightDecay = group?.weightDecay ?? (isRegularized ? optimizer.weightDecay : 0)
        let strength = isRegularized ? regularization.l1 / Double(examples) : 0
        let gradient = strength > 0 ? Regularization.l1Gradient(gradient, at: old, strength: strength) : gradient
        var scaledRate = rate.cast(to: old.dataType)
        if let multiplier = group?.rateMultiplier, multiplier != 1 { scaledRate = scaledRate * multiplier }
        var (new, newState) = rule.update(
            parameter: old, gradient: gradient, state: state, rate: scaledRate, step: step.cast(to: old.dataType))
        if strength > 0 { new = Regularization.stoppedAtZero(new, from: old, gradient: gradient) }
        if let limit = regularization.maxNorm, isRegularized { new = Regularization.limited(new, norm: limit) }
        return (new, newState)
    }
}
