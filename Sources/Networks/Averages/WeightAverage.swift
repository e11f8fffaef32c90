public import ThalwegEngine

/// An exponentially weighted average of a model's weights, for evaluation: it is often better than the last weights.
///
/// The update is a pure function that can be recorded into a training step.
///
///     let averages = WeightAverage(decay: 0.999)
///     var state = averages.initialState(for: inventory)
///     state = averages.update(state, parameters: newParameters)
///     inventory.substituting(parameters: averages.values(state, step: step)) { evaluate(model) }
public struct WeightAverage: Hashable, Sendable {
    public let decay: Double

    public init(decay: Double = 0.999) { self.decay = decay }

    /// Zeros: the bias correction of `values` makes the first average the first weights.
    public func initialState(for inventory: Inventory) -> [Tensor] {
        inventory.trainable.map { .zeros($0.parameter.shape, dataType: $0.parameter.dataType) }
    }

    public func update(_ state: [Tensor], parameters: [Tensor]) -> [Tensor] {
        zip(state, parameters).map { mixed($0, $1, decay) }
    }

    /// The averages after `step` updates (a scalar tensor).
    public func values(_ state: [Tensor], step: Tensor) -> [Tensor] {
        state.map { $0 / biasCorrection(decay, step.cast(to: $0.dataType)) }
    }
}
