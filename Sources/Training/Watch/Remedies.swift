import ThalwegDataSets

/// What to do about a finding, as settings for the run at hand.
struct Remedies {
    private let configuration: TrainingConfiguration

    init(_ configuration: TrainingConfiguration) { self.configuration = configuration }

    private var rate: Double { configuration.learningRate ?? Defaults.learningRate(configuration) }
    private var usualRate: Double { Defaults.learningRate(configuration) }

    private func rateAction(_ words: String, _ value: Double) -> Finding.Action {
        Finding.Action("\(words) \(numberText(value))", settings: [.init("learning-rate", "\(value)")])
    }

    /// The usual rate of the optimizer where that is lower, else a tenth.
    var lowerRate: [Finding.Action] {
        let isUsual = usualRate <= rate / 3
        let value = isUsual ? usualRate : rate / 10
        var actions = [
            rateAction(
                isUsual ? "take the optimizer's usual learning rate," : "take a tenth of the learning rate,", value)
        ]
        if configuration.clip == nil {
            actions.append(
                .init(
                    "bound the gradients and take three times that rate, if it is too slow",
                    settings: [.init("clip", "norm(limit=1)"), .init("learning-rate", "\(value * 3)")]))
        }
        return actions + [Finding.Action.findRate]
    }

    var higherRate: [Finding.Action] {
        let isUsual = usualRate >= rate * 3
        return [
            rateAction(
                isUsual ? "take the optimizer's usual learning rate," : "take ten times the learning rate,",
                isUsual ? usualRate : rate * 10), Finding.Action.findRate,
        ]
    }

    var smallerSignals: [Finding.Action] {
        var actions: [Finding.Action] = []
        if configuration.initialScale ?? 1 > 1 {
            actions.append(.init("do not scale the initial weights up", settings: [.init("init-scale", "none")]))
        }
        if configuration.initializer != nil || configuration.initialWeights != nil {
            actions.append(
                .init(
                    "start from weights that suit the activation",
                    settings: [.init("init", "auto")]
                        + (configuration.initialWeights == nil ? [] : [.init("initial-weights", "none")])))
        }
        if configuration.normalize == .none {
            actions.append(.init("bring the inputs to one scale", settings: [.init("normalize", "standard")]))
        }
        if configuration.task == .regression, !configuration.normalizeTarget {
            actions.append(.init("bring the targets to one scale", settings: [.init("normalize-target", "true")]))
        }
        if !configuration.batchNorm {
            actions.append(.init("normalize each layer", settings: [.init("batch-norm", "true")]))
        }
        if configuration.clip == nil {
            actions.append(.init("bound the gradients", settings: [.init("clip", "norm(limit=1)")]))
        }
        return actions
    }

    /// For gradients that get lost on their way through many layers.
    var strongerSignals: [Finding.Action] {
        var actions: [Finding.Action] = []
        if Self.squashing.contains(where: { configuration.activation.hasPrefix($0) }) {
            actions.append(
                .init(
                    "take an activation whose slope is 1",
                    settings: [.init("activation", "relu"), .init("init", "auto")]))
        } else if configuration.initializer != nil || configuration.initialScale != nil {
            actions.append(
                .init(
                    "start from weights that suit the activation",
                    settings: [.init("init", "auto"), .init("init-scale", "none")]))
        }
        if !configuration.batchNorm {
            actions.append(.init("normalize each layer", settings: [.init("batch-norm", "true")]))
        }
        let layers = configuration.layers ?? []
        if layers.count > 4 {
            actions.append(
                .init(
                    "take fewer layers",
                    settings: [.init("layers", layers.prefix(3).map(String.init).joined(separator: ","))]))
        }
        return actions
    }

    var randomWeights: [Finding.Action] {
        [
            .init(
                "start the weights at random",
                settings: [.init("init", "auto")]
                    + (configuration.initialWeights == nil ? [] : [.init("initial-weights", "none")]))
        ]
    }

    var livingUnits: [Finding.Action] {
        var actions: [Finding.Action] = []
        if rate > usualRate * 2 { actions += lowerRate.prefix(1) }
        if configuration.initializer != nil || configuration.initialWeights != nil { actions += randomWeights }
        actions.append(.init("let units below 0 learn too", settings: [.init("activation", "leaky_relu(slope=0.01)")]))
        if rate <= usualRate * 2 { actions += lowerRate.prefix(1) }
        return actions
    }

    var unsaturated: [Finding.Action] {
        var actions: [Finding.Action] = []
        if configuration.initializer != nil || configuration.initialScale ?? 1 > 1 {
            actions += smallerSignals.prefix(1)
        }
        if configuration.normalize == .none {
            actions.append(.init("bring the inputs to one scale", settings: [.init("normalize", "standard")]))
        }
        if rate > usualRate * 2 { actions += lowerRate.prefix(1) }
        actions.append(
            .init(
                "take an activation without upper bound",
                settings: [.init("activation", "relu"), .init("init", "auto")]))
        return actions
    }

    var leavingPlateau: [Finding.Action] {
        var actions: [Finding.Action] = []
        if configuration.l1 > 0 || configuration.l2 > 0 {
            actions.append(.init("take the penalties away", settings: [.init("l1", "0"), .init("l2", "0")]))
        }
        if rate > usualRate * 2 || rate < usualRate / 2 {
            actions.append(rateAction("take the optimizer's usual learning rate,", usualRate))
        }
        actions += strongerSignals.prefix(1)
        actions.append(Finding.Action.findRate)
        actions.append(
            .init("check that the inputs tell anything about the target, and that rows and targets belong together"))
        return actions
    }

    private static let squashing = ["sigmoid", "tanh", "softsign", "hard_sigmoid", "hard_tanh", "softmax"]
}
