/// The optimizer of a configuration: `adam(beta1=0.95, epsilon_inside_root=true)`.
public struct OptimizerChoice: Choice {
    public let optimizer: any Optimizer

    public init(_ optimizer: any Optimizer) { self.optimizer = optimizer }

    /// Every rule: adding one is a file, a case and a line here.
    private enum Rule: String, CaseIterable {
        case sgd, momentum, nesterov, adagrad, rmsprop, adam, adamw, amsgrad, nadam

        func make(_ settings: inout SettingReader) throws(ChoiceError) -> any Optimizer {
            switch self {
            case .sgd: try SGD(&settings)
            case .momentum: try Momentum(&settings)
            case .nesterov: try Nesterov(&settings)
            case .adagrad: try AdaGrad(&settings)
            case .rmsprop: try RMSprop(&settings)
            case .adam: try Adam(.plain, &settings)
            case .adamw: try Adam(.decoupled, &settings)
            case .amsgrad: try Adam(.amsgrad, &settings)
            case .nadam: try NAdam(&settings)
            }
        }
    }

    public static let kind = "optimizer"
    public static let names = Rule.allCases.map(\.rawValue)

    public init(name: String, settings: inout SettingReader) throws(ChoiceError) {
        guard let rule = Rule(rawValue: name) else {
            throw .unknown(kind: Self.kind, name: name, known: Self.names)
        }
        optimizer = try rule.make(&settings)
    }

    public var specification: Specification { optimizer.specification }
}
