internal import Foundation
import ThalwegDataSets

/// What a network costs that has learned nothing: the levels that a cost curve is judged by.
public struct CostLevels: Codable, Sendable, Hashable {
    /// Of a network that answers at random about equally often, as an untrained one does; nil where it depends on the data.
    public var untrained: Double?
    /// Of the best answer that does not look at the inputs: the classes by their frequency, or the mean.
    public var constant: Double?

    public init(untrained: Double?, constant: Double?) {
        self.untrained = untrained
        self.constant = constant
    }

    /// Penalties are not counted: with them an untrained network's cost depends on its weights.
    public init(_ targets: TargetStatistics, configuration: TrainingConfiguration) {
        if targets.counts.isEmpty {
            // Targets of mean 0 and deviation 1.
            let level: Double? =
                switch configuration.regressionLoss {
                case _ where !configuration.normalizeTarget: nil
                case .squared: 1
                case .absolute: 0.8
                case .huber: 0.4
                }
            self.init(untrained: level, constant: level)
        } else {
            let total = Double(max(targets.counts.reduce(0, +), 1))
            let shares = targets.counts.filter { $0 > 0 }.map { Double($0) / total }
            self.init(
                untrained: log(Double(max(targets.counts.count, 2))),
                constant: shares.reduce(0) { $0 - $1 * log($1) })
        }
        // Weights move the level of a constant answer.
        if configuration.classWeights != nil || configuration.weightColumn != nil { constant = nil }
        if configuration.l1 > 0 || configuration.l2 > 0 { untrained = nil }
    }
}
