public import ThalwegEngine

/// Gradient descent: w = w - rate·g.
public struct SGD: Optimizer {
    public var weightDecay: Double

    public init(weightDecay: Double = 0) { self.weightDecay = weightDecay }

    init(_ settings: inout SettingReader) throws(ChoiceError) {
        weightDecay = try settings.number("weight_decay", default: 0, in: 0...1e30)
    }

    public var specification: Specification { Specification("sgd", ["weight_decay": weightDecay]) }
    public var stateNames: [String] { [] }

    public func update(
        parameter: Tensor, gradient: Tensor, state: [Tensor], rate: Tensor, step: Tensor
    ) -> (parameter: Tensor, state: [Tensor]) {
        (parameter - rate * decayed(gradient, parameter), [])
    }
}
