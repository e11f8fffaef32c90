internal import Foundation
public import ThalwegEngine

/// A rule that turns a gradient into a new parameter value: a pure function that records ordinary operations, so that a
/// training step can be captured with it. What the rule remembers between steps is declared state.
///
/// The rate and the number of the step (1 for the first) are tensors, arguments of the captured step: a constant would
/// be baked in.
public protocol Optimizer: Sendable {
    /// Canonical name and all hyper-parameters, as a configuration writes them.
    var specification: Specification { get }
    /// What is remembered, a tensor each.
    var stateNames: [String] { get }
    /// Pulls weights towards zero: added to the gradient as `weightDecay`·w (PyTorch's `weight_decay`), or, by a
    /// decoupled rule (AdamW), taken from the weight itself.
    var weightDecay: Double { get set }

    func initialState(for parameter: Tensor) -> [Tensor]

    /// One step. `rate` and `step` are scalars of the parameter's type.
    func update(
        parameter: Tensor, gradient: Tensor, state: [Tensor], rate: Tensor, step: Tensor
    ) -> (parameter: Tensor, state: [Tensor])
}

extension Optimizer {
    public func initialState(for parameter: Tensor) -> [Tensor] {
        stateNames.map { _ in .zeros(parameter.shape, dataType: parameter.dataType) }
    }

    /// The gradient with coupled weight decay.
    func decayed(_ gradient: Tensor, _ parameter: Tensor) -> Tensor {
        weightDecay == 0 ? gradient : gradient + weightDecay * parameter
    }
}

/// decay·average + (1 - decay)·value
func mixed(_ average: Tensor, _ value: Tensor, _ decay: Double) -> Tensor { decay * average + (1 - decay) * value }

/// 1 - decay^step. Through expm1: in float32 the plain difference loses half the digits for decays near 1.
func biasCorrection(_ decay: Double, _ step: Tensor) -> Tensor {
    decay == 0 ? Tensor.ones([], dataType: step.dataType) : -(step * log(decay)).expm1()
}

/// sqrt(square) + epsilon, or sqrt(square + epsilon) where epsilon stands inside the root.
func root(_ square: Tensor, _ epsilon: Double, inside: Bool) -> Tensor {
    inside ? (square + epsilon).sqrt() : square.sqrt() + epsilon
}
