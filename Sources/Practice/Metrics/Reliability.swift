import ThalwegDataSets

/// How often a model is right when it says how sure it is: the reliability curve, and how far it lies from the diagonal.
///
/// Of two classes the probability of the positive one is compared with the share of positive examples; of more, the probability
/// of the likeliest class with the share of right answers.
public struct Reliability: Codable, Sendable, Hashable {
    /// The examples whose probability lies above `low` and up to `high` (the first takes 0 as well).
    public struct Bin: Codable, Sendable, Hashable {
        public var low: Double
        public var high: Double
        /// Examples, by weight.
        public var weight: Double
        /// The mean of what was said.
        public var probability: Double
        /// How often it was so.
        public var share: Double
    }

    /// Those with examples, in ascending order.
    public var bins: [Bin]

    /// nil for a regression.
    public init?(_ outcomes: PredictedOutcomes, bins count: Int = 15) {
        guard outcomes.task != .regression else { return nil }
        precondition(count >= 1, "\(count) bins")
        let edges = (0...count).map { Double($0) / Double(count) }
        var sums = [(weight: Double, probability: Double, right: Double)](repeating: (0, 0, 0), count: count)
        for row in 0..<outcomes.count where outcomes.weight(row) > 0 {
            let place: Int
            if outcomes.task == .binary {
                place = 1
            } else {
                place =
                    outcomes.classes.indices.max { outcomes.probability(row, $0) < outcomes.probability(row, $1) } ?? 0
            }
            let probability = outcomes.probability(row, place)
            let bin = (1..<count).first { probability <= edges[$0] }.map { $0 - 1 } ?? count - 1
            let weight = outcomes.weight(row)
            sums[bin].weight += weight
            sums[bin].probability += weight * probability
            if outcomes.wanted[row] == place { sums[bin].right += weight }
        }
        bins = sums.indices.compactMap { bin in
            let sum = sums[bin]
            guard sum.weight > 0 else { return nil }
            return Bin(
                low: edges[bin], high: edges[bin + 1], weight: sum.weight, probability: sum.probability / sum.weight,
                share: sum.right / sum.weight)
        }
    }

    /// The mean distance of what was said from what was so, by weight (expected calibration error; Naeini 2015, Guo 2017); nil
    /// without examples.
    public var expectedError: Double? {
        let total = bins.reduce(0) { $0 + $1.weight }
        guard total > 0 else { return nil }
        return bins.reduce(0) { $0 + $1.weight * abs($1.probability - $1.share) } / total
    }
}
