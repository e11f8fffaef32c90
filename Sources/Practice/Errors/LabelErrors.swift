import ThalwegDataSets

/// Labels that are probably wrong, by confident learning (Northcutt, Jiang and Chuang 2021).
///
/// A class's threshold is the mean probability it gets on the examples labeled with it. An example is counted for the likeliest class
/// that reaches its threshold; where that is not its label, the label is doubted. Examples counted so estimate how many labels of
/// each class belong to each other one.
///
/// The probabilities must come from models that did not see the labels: held-out examples, or folds
/// (`TrainedModel.outOfFoldOutcomes`).
public struct LabelErrors: Sendable, Codable, Hashable {
    /// One doubted label.
    public struct Suspect: Sendable, Codable, Hashable {
        /// The example, counted from 0 in the outcomes.
        public var row: Int
        /// The class it is labeled with, and the one it probably is, by place.
        public var label: Int
        public var suggestion: Int
        /// The probabilities of the two.
        public var labelProbability: Double
        public var suggestionProbability: Double
    }

    public var classes: [String]
    /// The mean probability of each class on its own examples; nil for a class without any.
    public var thresholds: [Double?]
    /// The estimated number of examples by label (outer) and true class: each label's examples, divided as its confident ones are.
    public var joint: [[Double]]
    /// The doubted ones, the surest first: by the margin between the suggestion's probability and the label's.
    public var suspects: [Suspect]
    public var count: Int
    /// How far the model's answers agree with the labels beyond chance (Cohen's kappa); nil where that is not defined.
    public var agreement: Double?

    /// Whether the model knows enough for its doubts to count: it agrees substantially (kappa of 0.6 at least) with 50 labels or
    /// more. Doubts of a weaker model are its own mistakes.
    public var isTelling: Bool { count >= 50 && (agreement ?? 0) >= 0.6 }

    /// The estimated share of wrong labels.
    public var rate: Double {
        let wrong = joint.indices.reduce(0) { sum, label in
            sum + joint[label].indices.reduce(0) { $0 + ($1 == label ? 0 : joint[label][$1]) }
        }
        return count > 0 ? wrong / Double(count) : 0
    }

    /// nil for a regression, and without examples.
    public init?(_ outcomes: PredictedOutcomes) {
        guard outcomes.task != .regression, outcomes.count > 0 else { return nil }
        classes = outcomes.classes
        count = outcomes.count
        agreement = ConfusionMatrix(outcomes)?.kappa
        let places = outcomes.classes.indices
        var sums = places.map { _ in (probability: 0.0, count: 0) }
        for row in 0..<outcomes.count {
            let label = outcomes.wanted[row]
            sums[label].probability += outcomes.probability(row, label)
            sums[label].count += 1
        }
        let thresholds = sums.map { $0.count > 0 ? $0.probability / Double($0.count) : nil }
        self.thresholds = thresholds
        var confident = places.map { _ in places.map { _ in 0.0 } }
        var suspects: [Suspect] = []
        for row in 0..<outcomes.count {
            let label = outcomes.wanted[row]
            var best: Int?
            for place in places {
                guard let threshold = thresholds[place], outcomes.probability(row, place) >= threshold else { continue }
                if best.map({ outcomes.probability(row, place) > outcomes.probability(row, $0) }) ?? true {
                    best = place
                }
            }
            guard let best else { continue }
            confident[label][best] += 1
            guard best != label else { continue }
            suspects.append(
                Suspect(
                    row: row, label: label, suggestion: best, labelProbability: outcomes.probability(row, label),
                    suggestionProbability: outcomes.probability(row, best)))
        }
        joint = places.map { label in
            let total = confident[label].reduce(0, +)
            guard total > 0 else { return places.map { $0 == label ? Double(sums[label].count) : 0 } }
            return confident[label].map { $0 / total * Double(sums[label].count) }
        }
        func margin(_ suspect: Suspect) -> Double { suspect.suggestionProbability - suspect.labelProbability }
        self.suspects = suspects.sorted { (margin($1), $0.row) < (margin($0), $1.row) }
    }
}
