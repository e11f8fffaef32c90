public import ThalwegEngine

/// RMSprop: s = beta·s + (1 - beta)·g², w = w - rate·g / (sqrt(s) + epsilon) (Hinton 2012).
///
/// `isCentered` divides by the deviation instead (s minus the square of the mean gradient); `momentum` above 0 keeps a
/// velocity of the scaled gradients. Both as in PyTorch.
public struct RMSprop: Optimizer {
    public var beta: Double
    public var epsilon: Double
    public var isEpsilonInsideRoot: Bool
    public var momentum: Double
    public var isCentered: Bool
    public var weightDecay: Double

    public init(
        beta: Double = 0.9, epsilon: Double = 1e-8, isEpsilonInsideRoot: Bool = false, momentum: Double = 0,
        isCentered: Bool = false, weightDecay: Double = 0
    ) {
        self.beta = beta
        self.epsilon = epsilon
        self.isEpsilonInsideRoot = isEpsilonInsideRoot
        self.momentum = momentum
        self.isCentered = isCentered
        self.weightDecay = weightDecay
    }

    init(_ settings: inout SettingReader) throws(ChoiceError) {
        beta = try settings.number("beta", default: 0.9, in: 0...1)
        epsilon = try settings.number("epsilon", default: 1e-8, in: 0...1)
        isEpsilonInsideRoot = try settings.flag("epsilon_inside_root", default: false)
        momentum = try settings.number("momentum", default: 0, in: 0...1)
        isCentered = try settings.flag("centered", default: false)
        weightDecay = try settings.number("weight_decay", default: 0, in: 0...1e30)
    }

    public var specification: Specification {
        Specification(
            "rmsprop",
            [
                "beta": beta, "epsilon": epsilon, "epsilon_inside_root": isEpsilonInsideRoot, "momentum": momentum,
                "centered": isCentered, "weight_decay": weightDecay,
            ])
    }

    public var stateNames: [String] {
        ["square_average"] + (isCentered ? ["average"] : []) + (momentum > 0 ? ["velocity"] : [])
    }

    public func update(
        parameter: Tensor, gradient: Tensor, state: [Tensor], rate: Tensor, step: Tensor
    ) -> (parameter: Tensor, state: [Tensor]) {
        let gradient = decayed(gradient, parameter)
        let square = mixed(state[0], gradient.square(), beta)
        var (newState, spread) = ([square], square)
        if isCentered {
            let average = mixed(state[1], gradient, beta)
            newState.append(average)
            spread = square - average.square()
        }
        var direction = gradient / root(spread, epsilon, inside: isEpsilonInsideRoot)
        if momentum > 0 {
            direction = momentum * state[state.count - 1] + direction
            newState.append(direction)
        }
        return (parameter - rate * direction, newState)
    }
}
