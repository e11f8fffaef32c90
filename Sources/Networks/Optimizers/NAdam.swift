public import ThalwegEngine

/// NAdam: Adam with Nesterov's look ahead and a momentum that grows with the steps (Dozat 2016), PyTorch's schedule:
/// muₜ = beta1·(1 - 0.5·0.96^(t·momentumDecay)).
public struct NAdam: Optimizer {
    public var beta1: Double
    public var beta2: Double
    public var epsilon: Double
    public var momentumDecay: Double
    public var weightDecay: Double

    public init(
        beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8, momentumDecay: Double = 0.004,
        weightDecay: Double = 0
    ) {
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.momentumDecay = momentumDecay
        self.weightDecay = weightDecay
    }

    init(_ settings: inout SettingReader) throws(ChoiceError) {
        beta1 = try settings.number("beta1", default: 0.9, in: 0...1)
        beta2 = try settings.number("beta2", default: 0.999, in: 0...1)
        epsilon = try settings.number("epsilon", default: 1e-8, in: 0...1)
        momentumDecay = try settings.number("momentum_decay", default: 0.004, in: 0...1e30)
        weightDecay = try settings.number("weight_decay", default: 0, in: 0...1e30)
    }

    public var specification: Specification {
        Specification(
            "nadam",
            [
                "beta1": beta1, "beta2": beta2, "epsilon": epsilon, "momentum_decay": momentumDecay,
                "weight_decay": weightDecay,
            ])
    }

    /// The product of all mu so far is the same for every parameter, a scalar.
    public var stateNames: [String] { ["first_moment", "second_moment", "momentum_product"] }

    public func initialState(for parameter: Tensor) -> [Tensor] {
        let zeros = Tensor.zeros(parameter.shape, dataType: parameter.dataType)
        return [zeros, zeros, .ones([], dataType: parameter.dataType)]
    }

    public func update(
        parameter: Tensor, gradient: Tensor, state: [Tensor], rate: Tensor, step: Tensor
    ) -> (parameter: Tensor, state: [Tensor]) {
        let gradient = decayed(gradient, parameter)
        let first = mixed(state[0], gradient, beta1)
        let second = mixed(state[1], gradient.square(), beta2)
        let exponent = momentumDecay * -0.040821994520255166  // log 0.96
        func mu(_ step: Tensor) -> Tensor { beta1 * (1 - 0.5 * (step * exponent).exp()) }
        let (now, next) = (mu(step), mu(step + 1))
        let product = state[2] * now
        let divisor = (second * biasCorrection(beta2, step).reciprocal()).sqrt() + epsilon
        let fromGradient = (rate * (1 - now) / (1 - product)) * gradient / divisor
        let fromMoment = (rate * next / (1 - product * next)) * first / divisor
        return (parameter - fromGradient - fromMoment, [first, second, product])
    }
}
