public import ThalwegEngine

/// AdaGrad: s = s + g², w = w - rate·g / (sqrt(s) + epsilon) (Duchi et al. 2011).
public struct AdaGrad: Optimizer {
    public var epsilon: Double
    public var isEpsilonInsideRoot: Bool
    /// What s starts with.
    public var initial: Double
    public var weightDecay: Double

    public init(
        epsilon: Double = 1e-10, isEpsilonInsideRoot: Bool = false, initial: Double = 0, weightDecay: Double = 0
    ) {
        self.epsilon = epsilon
        self.isEpsilonInsideRoot = isEpsilonInsideRoot
        self.initial = initial
        self.weightDecay = weightDecay
    }

    init(_ settings: inout SettingReader) throws(ChoiceError) {
        epsilon = try settings.number("epsilon", default: 1e-10, in: 0...1)
        isEpsilonInsideRoot = try settings.flag("epsilon_inside_root", default: false)
        initial = try settings.number("initial", default: 0, in: 0...1e30)
        weightDecay = try settings.number("weight_decay", default: 0, in: 0...1e30)
    }

    public var specification: Specification {
        Specification(
            "adagrad",
            [
                "epsilon": epsilon, "epsilon_inside_root": isEpsilonInsideRoot, "initial": initial,
                "weight_decay": weightDecay,
            ])
    }
    public var stateNames: [String] { ["square_sum"] }

    public func initialState(for parameter: Tensor) -> [Tensor] {
        [.full(parameter.shape, initial, dataType: parameter.dataType)]
    }

    public func update(
        parameter: Tensor, gradient: Tensor, state: [Tensor], rate: Tensor, step: Tensor
    ) -> (parameter: Tensor, state: [Tensor]) {
        let gradient = decayed(gradient, parameter)
        let sum = state[0] + gradient.square()
        return (parameter - rate * gradient / root(sum, epsilon, inside: isEpsilonInsideRoot), [sum])
    }
}
