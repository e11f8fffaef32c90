public import ThalwegEngine

/// Descent with momentum: w = w - rate·v, in one of two forms of the velocity v.
public struct Momentum: Optimizer {
    public enum Form: String, Sendable, CaseIterable {
        /// v = beta·v + (1 - beta)·g: an exponentially weighted average, the courses' form.
        case ewma
        /// v = beta·v + g: PyTorch's form; rates are 1 - beta times those of the other.
        case classical
    }

    public var beta: Double
    public var form: Form
    public var weightDecay: Double

    public init(beta: Double = 0.9, form: Form = .ewma, weightDecay: Double = 0) {
        self.beta = beta
        self.form = form
        self.weightDecay = weightDecay
    }

    init(_ settings: inout SettingReader) throws(ChoiceError) {
        beta = try settings.number("beta", default: 0.9, in: 0...1)
        form = try settings.word("form", default: .ewma)
        weightDecay = try settings.number("weight_decay", default: 0, in: 0...1e30)
    }

    public var specification: Specification {
        Specification("momentum", ["beta": beta, "form": form.rawValue, "weight_decay": weightDecay])
    }
    public var stateNames: [String] { ["velocity"] }

    public func update(
        parameter: Tensor, gradient: Tensor, state: [Tensor], rate: Tensor, step: Tensor
    ) -> (parameter: Tensor, state: [Tensor]) {
        let gradient = decayed(gradient, parameter)
        let velocity =
            switch form {
            case .ewma: mixed(state[0], gradient, beta)
            case .classical: beta * state[0] + gradient
            }
        return (parameter - rate * velocity, [velocity])
    }
}
