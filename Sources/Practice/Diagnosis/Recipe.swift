internal import ThalwegDataSets
internal import ThalwegTraining

/// What to do against each kind of error, in the order of the courses' recipe: each knob serves one of them (orthogonal controls).
/// What can be estimated to bring much comes first.
public enum Recipe {
    /// Knobs in their order, in general terms.
    public static let controls: [(question: Gap.Question, knobs: [String])] = [
        (
            .avoidableBias,
            [
                "bigger network", "train longer, better optimizer", "less regularization",
                "other architecture, better features",
            ]
        ),
        (
            .variance,
            [
                "more data", "regularization (early stopping, L2, batch norm, dropout, augmentation)",
                "other architecture",
            ]
        ),
        (.dataMismatch, ["error analysis of dev", "training data more like dev (collect, synthesize)"]),
        (.devOverfitting, ["larger dev set"]),
    ]

    /// The remedies for one gap of a run, the most promising first.
    public static func remedies(for gap: Gap, of facts: RunFacts) -> [Remedy] {
        let remedies =
            switch gap.question {
            case .avoidableBias: bias(facts, gap)
            case .variance: variance(facts)
            case .dataMismatch: mismatch(facts)
            case .devOverfitting: overfitting(facts, needed: gap.examplesNeeded)
            }
        // Stable: what nothing is known about keeps its place.
        let known = remedies.filter { ($0.gain ?? 0) >= 0.05 }.sorted { ($0.gain ?? 0) > ($1.gain ?? 0) }
        return known + remedies.filter { ($0.gain ?? 0) < 0.05 }
    }

    // MARK: Avoidable bias

    private static func bias(_ facts: RunFacts, _ gap: Gap) -> [Remedy] {
        let configuration = facts.configuration
        var remedies: [Remedy] = []
        if let relief = lessRegularization(facts) { remedies.append(relief) }
        // A network below the usual size for so many examples is what the whole gap is put down to.
        let gain =
            isBelowUsual(facts.layers, examples: facts.train)
            ? facts.devError.map { min(gap.size / max($0, 1e-12), 1) } : nil
        remedies.append(biggerNetwork(facts, gain: gain))
        if let longer = longer(facts) { remedies.append(longer) }
        let optimizer = configuration.optimizer.prefix { $0 != "(" }
        if ["sgd", "momentum", "nesterov", "adagrad"].contains(optimizer) {
            remedies.append(
                facts.remedy(
                    "adam", "better optimizer: adam instead of \(optimizer), with its own rate",
                    [.init("optimizer", "adam"), .init("learning-rate", "auto")]))
        }
        if !configuration.batchNorm, !facts.layers.isEmpty {
            remedies.append(
                facts.remedy(
                    "batch-norm", "other architecture: batch norm lets deeper networks learn",
                    [.init("batch-norm", "true")]))
        }
        return remedies
    }

    static func biggerNetwork(_ facts: RunFacts, gain: Double? = nil) -> Remedy {
        let bigger = biggerLayers(facts)
        let now = facts.layers.isEmpty ? "no hidden layer" : facts.layers.text
        return facts.remedy(
            "bigger", "bigger network: layers \(bigger.text) instead of \(now)",
            [.init("layers", bigger.map(String.init).joined(separator: ","))], gain: gain)
    }

    /// A hidden layer of fewer than four units and than inputs; nil where there is none.
    static func narrowLayer(_ facts: RunFacts) -> Finding? {
        guard let place = facts.layers.indices.min(by: { facts.layers[$0] < facts.layers[$1] }),
            facts.layers[place] < min(4, facts.inputs)
        else { return nil }
        let units = facts.layers[place]
        return Finding(
            .narrowLayer,
            "all that the network learns of the \(grouped(facts.inputs)) inputs passes through \(counted(units, "number")), the "
                + "\(units == 1 ? "unit" : "units") of hidden layer \(place + 1)", place: "layers.\(place)")
    }

    /// The automatic network where the present one is smaller, else twice the units and at least two layers.
    static func biggerLayers(_ facts: RunFacts) -> [Int] {
        let present = facts.layers
        if isBelowUsual(present, examples: facts.train) { return usual(facts.train) }
        let doubled = present.map { min($0 * 2, 4096) }
        return doubled.count < 2 ? doubled + [max(doubled.last ?? 2, 2) / 2] : doubled
    }

    /// The automatic network (docs/defaults.md).
    private static func usual(_ examples: Int) -> [Int] { examples <= 500 ? [64, 32] : [256, 128] }

    static func isBelowUsual(_ layers: [Int], examples: Int) -> Bool {
        layers.reduce(0, +) < usual(examples).reduce(0, +)
    }

    private static func longer(_ facts: RunFacts) -> Remedy? {
        guard let curve = facts.curve, curve.isStillFalling, !facts.hasStoppedEarly, let twice = curve.twiceTrain else {
            return nil
        }
        let epochs = facts.configuration.epochs ?? curve.epochs
        var settings = [Remedy.Setting("epochs", "\(epochs * 2)")]
        if let steps = facts.configuration.steps { settings.append(.init("steps", "\(steps * 2)")) }
        if let patience = facts.configuration.earlyStopping, patience > 0 {
            settings.append(.init("early-stopping", "\(patience * 2)"))
        }
        let gain = curve.twiceDev.map { max(0, 1 - $0.factor) } ?? max(0, 1 - twice.factor)
        return facts.remedy(
            "longer",
            "train longer: the training cost still falls by \(percentText(curve.fallPerEpoch)) an epoch; twice the epochs "
                + "should bring it to \(percentText(twice.factor)) of what it is", settings, gain: gain)
    }

    private static func lessRegularization(_ facts: RunFacts) -> Remedy? {
        let configuration = facts.configuration
        var settings: [Remedy.Setting] = []
        var words: [String] = []
        let weight = (configuration.l2 + configuration.l1) / Double(max(facts.train, 1))
        if weight > 0.03 {
            settings += [.init("l2", "\(configuration.l2 / 10)"), .init("l1", "\(configuration.l1 / 10)")]
            words.append("a tenth of the penalty")
        }
        if let least = configuration.keepProbability?.min(), least <= 0.5, !facts.layers.isEmpty {
            settings.append(.init("keep-probability", "0.9"))
            words.append("dropout that keeps 0.9 instead of \(numberText(least))")
        }
        guard !settings.isEmpty else { return nil }
        return facts.remedy("less-regularization", "less regularization: " + words.joined(separator: " and "), settings)
    }

    // MARK: Variance

    private static func variance(_ facts: RunFacts) -> [Remedy] {
        let configuration = facts.configuration
        var remedies: [Remedy] = []
        if let early = earlyStopping(facts) { remedies.append(early) }
        remedies.append(moreData(facts))
        let l2 = facts.configuration.l2 > 0 ? facts.configuration.l2 * 3 : penalty(facts.train)
        let now = configuration.l2 > 0 ? numberText(configuration.l2) : "none"
        remedies.append(
            facts.remedy(
                "l2", "regularize: L2 penalty with lambda \(numberText(l2)) instead of \(now)",
                [.init("l2", numberText(l2))]))
        if !configuration.batchNorm, !facts.layers.isEmpty {
            remedies.append(
                facts.remedy("batch-norm", "batch norm, whose noise regularizes", [.init("batch-norm", "true")]))
        }
        if facts.isClassification, configuration.labelSmoothing == 0 {
            remedies.append(
                facts.remedy("smoothing", "label smoothing of 0.1", [.init("label-smoothing", "0.1")]))
        }
        if let keep = configuration.keepProbability?.min(), keep > 0.5, !facts.layers.isEmpty {
            let less = keep > 0.9 ? 0.8 : 0.5
            remedies.append(
                facts.remedy(
                    "dropout", "more dropout: keep \(numberText(less)) of the units instead of \(numberText(keep))",
                    [.init("keep-probability", numberText(less))]))
        }
        return remedies
    }

    /// The weight of the penalty that did well as a first guess: 1 for up to some thousand examples, 5 for 20,000 (docs/diagnosis.md).
    static func penalty(_ examples: Int) -> Double {
        max(1, (Double(examples) / 700).squareRoot().rounded())
    }

    private static func earlyStopping(_ facts: RunFacts) -> Remedy? {
        guard let curve = facts.curve, curve.hasOvertrained, facts.configuration.earlyStopping ?? 0 == 0,
            facts.dev > 0, let epoch = curve.bestDevEpoch, let rise = curve.devRise
        else { return nil }
        return facts.remedy(
            "early-stopping",
            "stop early: the dev cost was lowest at epoch \(epoch) of \(curve.epochs) and has risen by \(percentText(rise)) since",
            [.init("early-stopping", "\(max(5, curve.epochs / 10))")], gain: 1 - 1 / (1 + rise))
    }

    /// A search of all settings, where no gap says which of them to change; nil where the run was found by one, and without dev examples to
    /// judge by.
    static func search(_ facts: RunFacts) -> Remedy? {
        guard !facts.isOfSearch, facts.dev > 0 else { return nil }
        // The run's dev examples stay apart in the winner's run: its errors can be compared with the run's, and diagnosed.
        let keepsDev = facts.hasOwnDev ? "" : " --keep-dev"
        let changes = facts.tiedToTheRun.map { " --set \($0)=none" }.joined()
        return Remedy(
            "tune",
            "search the settings: no gap says which to change, so try many, told from chance by dev sets that chose none of them; "
                + "as much work as about 40 such trainings, less with fewer --trials",
            command: "thalweg tune --config \("\(facts.run)/config.toml".shellQuoted)\(changes)\(keepsDev) --out "
                + facts.unusedFolder("tune").shellQuoted)
    }

    /// A third of the rate, where the network was best while the rate was still high: the schedule had not come to its small steps.
    static func smallerSteps(_ facts: RunFacts) -> Remedy? {
        guard let rate = facts.configuration.learningRate, let best = facts.curve?.bestDevEpoch,
            let epochs = facts.configuration.epochs, facts.configuration.earlyStopping ?? 0 > 0, best * 2 < epochs
        else { return nil }
        return facts.remedy(
            "smaller-steps",
            "smaller steps: the dev cost was lowest at epoch \(best) of \(epochs) planned, before the rate had fallen; "
                + "a learning rate of \(numberText(rate / 3)) instead of \(numberText(rate))",
            [.init("learning-rate", numberText(rate / 3))])
    }

    private static func moreData(_ facts: RunFacts) -> Remedy {
        guard let learning = facts.learningCurve, let twice = learning.twice else {
            return Remedy(
                "more-data",
                "more data: \(counted(facts.train, "example")) train now; see what twice as many would bring",
                command: (["thalweg diagnose", facts.run.shellQuoted] + facts.options + ["--learning-curve"])
                    .joined(separator: " "))
        }
        let text = { (error: Double) in facts.isClassification ? percentText(error) : numberText(error) }
        let gain = facts.devError.map { $0 > 0 ? 1 - twice.error / $0 : 0 }
        if let gain, gain <= 0 {
            return Remedy(
                "more-data",
                "more data: by the learning curve twice the examples would bring nothing that can be told", gain: 0)
        }
        return Remedy(
            "more-data",
            "more data: with \(grouped(facts.train * 2)) training examples instead of \(grouped(facts.train)) the dev error should be "
                + "\(text(twice.error)) (\(text(twice.interval.low)) to \(text(twice.interval.high)))", gain: gain)
    }

    // MARK: Data mismatch, overfitting of dev

    private static func mismatch(_ facts: RunFacts) -> [Remedy] {
        var remedies: [Remedy] = []
        if facts.hasOwnDev, facts.configuration.trainDev ?? 0 == 0 {
            remedies.append(
                facts.remedy(
                    "train-dev",
                    "hold back a tenth of the training examples: their error tells how much of the gap is mismatch",
                    [.init("train-dev", "0.1")]))
        }
        remedies.append(
            Remedy(
                "error-analysis", "error analysis: look at the mistakes on dev and at what sets its examples apart",
                command: "thalweg errors \(facts.run.shellQuoted)"))
        remedies.append(
            Remedy(
                "similar-data",
                "training data more like dev: put a part of such examples into the training file, or collect or synthesize "
                    + "training examples with what is different (noise, light, other columns' values)"))
        return remedies
    }

    private static func overfitting(_ facts: RunFacts, needed: Int?) -> [Remedy] {
        let total = facts.train + facts.dev + facts.test
        let goal = max(needed ?? 0, facts.dev * 2)
        let advice = "larger dev set: \(grouped(goal)) examples instead of \(grouped(facts.dev)), and choose anew by it"
        guard !facts.hasOwnDev, facts.configuration.test == nil, total > 0 else {
            return [Remedy("larger-dev", advice)]
        }
        return [facts.remedy("larger-dev", advice, [.init("split", split(dev: goal, facts))])]
    }

    /// Shares with so many dev examples, at most a third of all.
    static func split(dev: Int, _ facts: RunFacts) -> String {
        let total = Double(facts.train + facts.dev + facts.test)
        let share = (min(Double(dev) / total, 1.0 / 3) * 100).rounded() / 100
        let test = (Double(facts.test) / total * 100).rounded() / 100
        return [1 - share - test, share, test].map { numberText(($0 * 100).rounded() / 100) }.joined(separator: ",")
    }
}

extension [Int] {
    /// `256, 128`.
    var text: String { map(String.init).joined(separator: ", ") }
}
