import ThalwegDataSets
import ThalwegFormats
public import ThalwegTraining

/// What a threshold of two classes costs on examples, and what others would.
public struct ThresholdChoice: Codable, Sendable, Hashable {
    /// Chosen on the run's own dev examples, or, where these are gone or missing, on the judged ones themselves.
    public var chosen: DecisionThreshold
    /// False where the examples that chose the threshold are those that judge it: the cost flatters it then.
    public var isIndependent: Bool
    /// The mean cost of a judged example at the chosen threshold, at a half, and at the model's own threshold.
    public var cost: Double
    public var costAtHalf: Double
    public var costOfModel: Double
}

extension TrainedModel {
    /// The threshold of least cost where a false negative costs `falseNegativeCost` false positives, judged on `outcomes`.
    ///
    /// - Throws: `ConfigurationError` for a task of other than two classes, `DataError` where no example counts.
    public func threshold(
        falseNegativeCost: Double, judging outcomes: PredictedOutcomes, threads: Int? = nil
    ) throws -> ThresholdChoice {
        guard outcomes.task == .binary else {
            throw ConfigurationError(
                key: "false-negative-cost", problem: "is for two classes; the task is \(outcomes.task.rawValue)")
        }
        let dev = try? ownData().partition.dev.map { try self.outcomes($0, threads: threads) }
        guard
            let chosen = (dev ?? outcomes).threshold(falseNegativeCost: falseNegativeCost)
                ?? outcomes.threshold(falseNegativeCost: falseNegativeCost)
        else { throw DataError(.empty, "no example to choose a threshold on") }
        return ThresholdChoice(
            chosen: chosen, isIndependent: dev != nil,
            cost: outcomes.answered(above: chosen.probability).cost(falseNegative: falseNegativeCost),
            costAtHalf: outcomes.answered(above: 0.5).cost(falseNegative: falseNegativeCost),
            costOfModel: outcomes.cost(falseNegative: falseNegativeCost))
    }
}

extension PredictedOutcomes {
    /// The threshold of least cost on these outcomes of two classes; nil without examples.
    public func threshold(falseNegativeCost: Double) -> DecisionThreshold? {
        DecisionThreshold(
            probabilities: wanted.indices.map { probability($0, 1) }, isPositive: wanted.map { $0 == 1 },
            weights: weights, falseNegativeCost: falseNegativeCost)
    }

    /// The mean cost of an example of two classes, where a false positive costs 1.
    public func cost(falseNegative: Double) -> Double {
        mean { wanted[$0] == answered[$0] ? 0 : wanted[$0] == 1 ? falseNegative : 1 } ?? 0
    }
}
