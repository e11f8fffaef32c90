public import ThalwegEngine

/// Adam (Kingma and Ba 2014): v = beta1·v + (1 - beta1)·g, s = beta2·s + (1 - beta2)·g², both divided by 1 - beta^step,
/// then w = w - rate·v / (sqrt(s) + epsilon).
public struct Adam: Optimizer {
    public enum Variant: String, Sendable {
        case plain = "adam"
        /// AdamW: weight decay shrinks the weight by rate·weightDecay·w, past the averages (Loshchilov and Hutter
        /// 2017).
        case decoupled = "adamw"
        /// AMSGrad: divides by the greatest s so far (Reddi et al. 2018).
        case amsgrad
    }

    public let variant: Variant
    public var beta1: Double
    public var beta2: Double
    public var epsilon: Double
    /// Divides by sqrt(s + epsilon) instead.
    public var isEpsilonInsideRoot: Bool
    public var weightDecay: Double

    /// - Parameter weightDecay: by default 0, and 0.01 for `.decoupled`.
    public init(
        _ variant: Variant = .plain, beta1: Double = 0.9, beta2: Double = 0.999, epsilon: Double = 1e-8,
        isEpsilonInsideRoot: Bool = false, weightDecay: Double? = nil
    ) {
        self.variant = variant
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon
        self.isEpsilonInsideRoot = isEpsilonInsideRoot
        self.weightDecay = weightDecay ?? Self.usualDecay(variant)
    }

    init(_ variant: Variant, _ settings: inout SettingReader) throws(ChoiceError) {
        self.variant = variant
        beta1 = try settings.number("beta1", default: 0.9, in: 0...1)
        beta2 = try settings.number("beta2", default: 0.999, in: 0...1)
        epsilon = try settings.number("epsilon", default: 1e-8, in: 0...1)
        isEpsilonInsideRoot = try settings.flag("epsilon_inside_root", default: false)
        weightDecay = try settings.number("weight_decay", default: Self.usualDecay(variant), in: 0...1e30)
    }

    private static func usualDecay(_ variant: Variant) -> Double { variant == .decoupled ? 0.01 : 0 }

    public var specification: Specification {
        Specification(
            variant.rawValue,
            [
                "beta1": beta1, "beta2": beta2, "epsilon": epsilon, "epsilon_inside_root": isEpsilonInsideRoot,
                "weight_decay": weightDecay,
            ])
    }

    public var stateNames: [String] {
        ["first_moment", "second_moment"] + (variant == .amsgrad ? ["greatest_second_moment"] : [])
    }

    public func update(
        parameter: Tensor, gradient: Tensor, state: [Tensor], rate: Tensor, step: Tensor
    ) -> (parameter: Tensor, state: [Tensor]) {
        let isDecoupled = variant == .decoupled
        let gradient = isDecoupled ? gradient : decayed(gradient, parameter)
        let shrunk = isDecoupled && weightDecay > 0 ? parameter * (1 - weightDecay * rate) : parameter
        let first = mixed(state[0], gradient, beta1)
        let second = mixed(state[1], gradient.square(), beta2)
        var (newState, spread) = ([first, second], second)
        if variant == .amsgrad {
            spread = maximum(state[2], second)
            newState.append(spread)
        }
        // The scalars first: an element then costs one product less.
        let scale = rate / biasCorrection(beta1, step)
        let divisor = root(spread * biasCorrection(beta2, step).reciprocal(), epsilon, inside: isEpsilonInsideRoot)
        return (shrunk - scale * first / divisor, newState)
    }
}
