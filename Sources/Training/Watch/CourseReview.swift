import ThalwegDataSets

/// Judges a run by its cost curve alone: rates too high or too low, costs that explode or stand still.
///
/// It works while a run trains and afterwards, from `metrics.csv`, whether or not the layers were watched.
public struct CourseReview: Sendable {
    public enum State: Sendable, Equatable {
        case running
        case finished
        /// The cost became infinite or not a number at this step.
        case diverged(step: Int)
    }

    public var curve: CostCurve
    public var configuration: TrainingConfiguration
    public var levels: CostLevels
    public var state: State

    /// - Parameters:
    ///   - configuration: with every choice filled in, as a run folder keeps it.
    ///   - levels: what learning nothing costs.
    public init(_ curve: CostCurve, configuration: TrainingConfiguration, levels: CostLevels, state: State) {
        self.curve = curve
        self.configuration = configuration
        self.levels = levels
        self.state = state
    }

    /// The clearest first.
    public var findings: [Finding] {
        if let exploding { return [exploding] }
        if let tooHigh = diverging ?? rising ?? swinging { return [tooHigh] }
        return [tooLow ?? standing].compactMap { $0 }
    }

    // MARK: Too large from the start

    /// An untrained network costs some times what a guess costs; tens of times mean that its answers are huge.
    static let explodingFactor = 10.0

    private var exploding: Finding? {
        if case .diverged(0) = state {
            return Finding(
                .explodingGradients, "the cost of the untrained network is not finite: its signals overflow",
                actions: Remedies(configuration).smallerSignals, step: 0)
        }
        guard let initial = curve.initialCost, let level = levels.untrained, initial > Self.explodingFactor * level
        else { return nil }
        return Finding(
            .explodingGradients,
            "the untrained network costs \(numberText(initial)), where a guess costs \(numberText(level)): its signals, and "
                + "with them its gradients, are far too large", actions: Remedies(configuration).smallerSignals, step: 0
        )
    }

    // MARK: A rate too high

    private func tooHigh(_ evidence: String, step: Int) -> Finding {
        Finding(.rateTooHigh, evidence, actions: Remedies(configuration).lowerRate, step: step)
    }

    private var diverging: Finding? {
        guard case .diverged(let step) = state else { return nil }
        return tooHigh(
            "the cost, \(numberText(curve.initialCost ?? .nan)) at first, was no longer finite at step \(grouped(step)) "
                + "with a learning rate of \(rateText)", step: step)
    }

    private var rateText: String { numberText(configuration.learningRate ?? 0) }

    /// How many times the first cost a cost must reach to be called a rise: of batches, and of the whole training set.
    static let riseFactor = (batches: 2.5, measured: 1.3)

    /// The cost leaps up before it falls, if it does.
    private var rising: Finding? {
        guard let initial = curve.initialCost else { return nil }
        let level = max(initial, levels.constant ?? initial, levels.untrained ?? initial)
        let costs = curve.points.dropFirst()
        // Two neighbors, so that one odd batch is no rise.
        let peaks =
            curve.isMeasured
            ? costs.map { ($0.step, $0.cost) } : zip(costs, costs.dropFirst()).map { ($0.step, min($0.cost, $1.cost)) }
        guard let (step, peak) = peaks.max(by: { $0.1 < $1.1 }),
            peak > level * (curve.isMeasured ? Self.riseFactor.measured : Self.riseFactor.batches)
        else { return nil }
        return tooHigh(
            "the cost rose from \(numberText(initial)) to \(numberText(peak)) by step \(grouped(step)) with a learning rate "
                + "of \(rateText)", step: step)
    }

    /// Means of the curve that swings are looked for in.
    static let bins = 30

    /// The cost goes up and down by as much as it falls.
    private var swinging: Finding? {
        guard state == .finished, let initial = curve.initialCost else { return nil }
        // A mean of less than four batches is mostly noise.
        guard curve.isMeasured || curve.points.count >= Self.bins * 4 else { return nil }
        let highest = curve.points.map(\.rate).max() ?? 0
        // The first fall is always steep: it says nothing about what comes after.
        let bins = curve.smoothed(to: Self.bins).dropFirst().filter { $0.rate > highest * 0.3 }
        guard let start = bins.first, let least = bins.map(\.cost).min() else { return nil }
        let rises = zip(bins, bins.dropFirst()).map { max(0, $1.cost - $0.cost) }
        let total = rises.reduce(0, +)
        let fall = max(start.cost - least, 0)
        let scale = max(initial, levels.constant ?? 0)
        let (ofFall, ofScale) = curve.isMeasured ? (0.5, 0.03) : (1, 0.2)
        guard total > ofFall * fall, total > ofScale * scale, rises.count(where: { $0 > 0.005 * scale }) >= 3 else {
            return nil
        }
        return tooHigh(
            "the cost swings: after the first fall its rises add up to \(numberText(total)), its falls bring it down by "
                + "\(numberText(fall)), with a learning rate of \(rateText)", step: bins.last?.step ?? 0)
    }

    // MARK: Too slow

    /// The part of the optimizer's usual rate from which on a rate is not called too low: the network may be too small.
    static let lowRateFactor = 1.0 / 3

    private var isRateLow: Bool {
        (configuration.learningRate ?? .infinity) < Self.lowRateFactor * Defaults.learningRate(configuration)
    }

    private var tooLow: Finding? {
        guard state == .finished, isRateLow, let initial = curve.initialCost, curve.points.count >= 8 else {
            return nil
        }
        let highest = curve.points.map(\.rate).max() ?? 0
        let bins = curve.smoothed(to: 20)
        guard let last = bins.last else { return nil }
        let steps = zip(bins, bins.dropFirst())
        let falls = steps.map { $0.cost - $1.cost }
        guard initial > last.cost, last.cost > 0.3 * initial, falls.count(where: { $0 > 0 }) * 10 >= falls.count * 9
        else { return nil }
        // How much a unit of rate and step brings: constant where steps are tiny, soon much less where training goes well.
        let speeds = steps.compactMap { from, to -> Double? in
            let path = Double(to.step - from.step) * (from.rate + to.rate) / 2
            return from.rate > 0.05 * highest && path > 0 ? (from.cost - to.cost) / path : nil
        }
        guard speeds.count >= 6 else { return nil }
        let part = speeds.count / 3
        let early = speeds.prefix(part).reduce(0, +) / Double(part)
        let late = speeds.suffix(part).reduce(0, +) / Double(part)
        guard late > 0.3 * early else { return nil }
        return Finding(
            .rateTooLow,
            "the cost fell evenly from \(numberText(initial)) to \(numberText(last.cost)) and was still falling at the end "
                + "as fast as the rate let it: the steps are tiny (learning rate \(rateText))",
            actions: Remedies(configuration).higherRate, step: last.step)
    }

    /// The part of a constant answer's cost below which something was learned.
    static let learnedFactor = 0.98

    private var standing: Finding? {
        guard state == .finished, let level = levels.constant, curve.points.count >= 8 else { return nil }
        let half = curve.smoothed(to: 20).suffix(10)
        guard half.allSatisfy({ $0.cost > Self.learnedFactor * level }), let last = half.last else { return nil }
        if isRateLow, let initial = curve.initialCost, last.cost < initial {
            return Finding(
                .rateTooLow,
                "the cost fell from \(numberText(initial)) to \(numberText(last.cost)) only, no better than always the same "
                    + "answer: the steps are tiny (learning rate \(rateText))",
                actions: Remedies(configuration).higherRate,
                step: last.step)
        }
        return Finding(
            .plateau,
            "the training cost stands at \(numberText(last.cost)), and always the same answer costs \(numberText(level)): "
                + "nothing was learned from the inputs", actions: Remedies(configuration).leavingPlateau,
            step: last.step)
    }
}
