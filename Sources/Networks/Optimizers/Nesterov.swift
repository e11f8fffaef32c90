public import ThalwegEngine

/// Nesterov's momentum: v = beta·v + g, w = w - rate·(g + beta·v): the gradient as if taken one step ahead (PyTorch's
/// form).
public struct Nesterov: Optimizer {
    public var beta: Double
    public var weightDecay: Double

    public init(beta: Double = 0.9, weightDecay: Double = 0) {
        self.beta = beta
        self.weightDecay = weightDecay
    }

    init(_ settings: inout SettingReader) throws(ChoiceError) {
        beta = try settings.number("beta", default: 0.9, in: 0...1)
        weightDecay = try settings.number("weight_decay", default: 0, in: 0...1e30)
    }

    public var specification: Specification { Specification("nesterov", ["beta": beta, "weight_decay": weightDecay]) }
    public var stateNames: [String] { ["velocity"] }

    public func update(
        parameter: Tensor, gradient: Tensor, state: [Tensor], rate: Tensor, step: Tensor
    ) -> (parameter: Tensor, state: [Tensor]) {
        let gradient = decayed(gradient, parameter)
        let velocity = beta * state[0] + gradient
        return (parameter - rate * (gradient + beta * velocity), [velocity])
    }
}
