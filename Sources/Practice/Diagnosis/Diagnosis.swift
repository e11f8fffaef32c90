public import ThalwegTraining

/// What the errors of a model say: where the error comes from, how sure that is, and what is not known.
///
/// Bias, variance, data mismatch and overfitting of the dev set are the gaps between neighboring levels. The intervals are
/// Bonferroni's: with k questions each has confidence 1 - 0.05/k, so that all hold together with 95 %. A gap is named when its
/// size lies above the smallest that matters and its interval above half of that. Formulas and sources: docs/diagnosis.md.
public struct Diagnosis: Codable, Sendable, Hashable {
    /// One error, in order from human level to test.
    public struct Level: Codable, Sendable, Hashable {
        public var name: String
        public var error: Double
        /// 95 %, for this figure alone; for an estimated human level the two ends of the estimate.
        public var interval: Interval?
        public var examples: Int?
    }

    public enum Outcome: String, Codable, Sendable {
        /// At least one gap is large.
        case gaps
        /// Every gap is small.
        case fine
        /// No gap is large, some cannot be told with so few examples.
        case tooFew = "too-few"
        /// No gap is large, and bias depends on the human-level error.
        case unknown
    }

    public var unit: ErrorLevels.Unit
    public var levels: [Level]
    /// In the order of the levels.
    public var gaps: [Gap]
    public var outcome: Outcome
    /// The large ones, the largest first.
    public var largest: [Gap.Question]
    public var bayesSource: ErrorLevels.Bayes.Source
    public var bayesMethod: String

    init(_ levels: ErrorLevels) {
        let comparisons = levels.comparisons
        let confidence = 1 - 0.05 / Double(comparisons.count + 1)
        func gap(
            _ question: Gap.Question, _ from: (String, MeasuredError), _ to: (String, MeasuredError),
            paired: MeasuredError? = nil
        ) -> Gap {
            Gap(
                question, from: from, to: to, confidence: confidence,
                smallest: max(levels.absolute * levels.unit.scale, levels.relative * max(from.1.value, to.1.value)),
                paired: paired)
        }
        unit = levels.unit
        let bayes = levels.bayes
        var bias = gap(.avoidableBias, ("human", bayes.high), ("train", levels.train), paired: bayes.paired)
        if bayes.low != bayes.high {
            let most = gap(.avoidableBias, ("human", bayes.low), ("train", levels.train))
            bias.most = most.size
            if bias.verdict != .large {
                bias.verdict = most.verdict == .small ? .small : most.verdict == .tooFew ? .tooFew : .unknown
                bias.examplesNeeded = most.verdict == .tooFew ? most.examplesNeeded : nil
                bias.interval.high = max(most.interval.high, bias.interval.high)
            }
        }
        // A training error at human level is none to avoid, however few the examples.
        if bias.verdict == .tooFew, bias.most ?? bias.size <= 0, levels.train.examples ?? 0 >= Gap.fewest {
            bias.verdict = .small
            bias.examplesNeeded = nil
        }
        gaps = [bias] + comparisons.map { gap($0.question, $0.from, $0.to) }
        largest = gaps.filter { $0.verdict == .large }.sorted { $0.size > $1.size }.map(\.question)
        // Whether the dev set is overfitted can wait: it says nothing against the model.
        let causes = gaps.filter { $0.question != .devOverfitting }
        outcome =
            !largest.isEmpty
            ? .gaps
            : causes.contains { $0.verdict == .tooFew }
                ? .tooFew : causes.contains { $0.verdict == .unknown } ? .unknown : .fine
        bayesSource = bayes.source
        bayesMethod = bayes.method
        self.levels = [
            Level(
                name: "human", error: bayes.high.value,
                interval: bayes.low == bayes.high ? nil : Interval(low: bayes.low.value, high: bayes.high.value))
        ]
        for (name, error) in [
            ("train", levels.train), ("train-dev", levels.trainDev), ("dev", levels.dev), ("test", levels.test),
        ] {
            guard let error else { continue }
            self.levels.append(
                Level(name: name, error: error.value, interval: error.interval(), examples: error.examples))
        }
    }

    public subscript(question: Gap.Question) -> Gap? { gaps.first { $0.question == question } }
}
