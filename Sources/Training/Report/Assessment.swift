/// How a model does on one set of examples, and what that figure is worth.
public struct Assessment: Codable, Sendable, Hashable {
    /// How many examples of one class were recognized.
    public struct Recall: Codable, Sendable, Hashable {
        public var label: String
        public var right: Int
        /// Examples of the class.
        public var count: Int

        /// nil for a class without examples.
        public var share: Double? { count > 0 ? Double(right) / Double(count) : nil }
    }

    /// What the figure says about the model beside a rule that does not look at the inputs.
    public enum Gain: String, Codable, Sendable {
        case better
        /// The baseline lies within the interval.
        case unclear
        /// Not better than the baseline.
        case none
        /// Fewer than `fewest` examples.
        case tooFew = "too-few"
    }

    public var score: Score
    /// The 95 % interval of the metric; nil for fewer than `fewest` examples.
    public var interval: Interval?
    /// The metric of the rule that always answers the most frequent class of the training examples, or their mean, on these same
    /// examples.
    public var baseline: Double?
    /// One a class, in the model's order, counted without weights; empty for regression.
    public var recalls: [Recall]

    /// Examples below which no interval is given: it would hold for nothing.
    public static let fewest = 10

    public var isTooFew: Bool { score.count < Self.fewest }

    public init(score: Score, interval: Interval? = nil, baseline: Double? = nil, recalls: [Recall] = []) {
        self.score = score
        self.interval = interval
        self.baseline = baseline
        self.recalls = recalls
    }

    /// The mean recall of the classes that have examples: what an accuracy would be if all of them were equally frequent.
    public var balancedAccuracy: Double? {
        let shares = recalls.compactMap(\.share)
        return shares.isEmpty ? nil : shares.reduce(0, +) / Double(shares.count)
    }

    /// nil where no baseline is known.
    public var gain: Gain? {
        guard let baseline else { return nil }
        guard let interval, !isTooFew else { return .tooFew }
        let isShare = !recalls.isEmpty
        guard isShare ? score.metric > baseline : score.metric < baseline else { return Gain.none }
        return (isShare ? interval.low > baseline : interval.high < baseline) ? .better : .unclear
    }
}

/// What a model and the baseline answered, example by example: figures of one set, or of many put together.
struct Outcomes {
    /// Classes: wanted and answered, by place.
    var wanted: [Int] = []
    var answered: [Int] = []
    /// What the baseline answered; empty without one.
    var baselineAnswers: [Int] = []
    /// Regression: squared errors in the target's unit, the mean over an example's outputs.
    var squares: [Double] = []
    var baselineSquares: [Double] = []
    /// Of the examples; empty where all count the same.
    var weights: [Double] = []
    /// Sums over the examples.
    var loss = 0.0
    var cost = 0.0
    var count = 0

    static func += (sum: inout Outcomes, part: Outcomes) {
        sum.wanted += part.wanted
        sum.answered += part.answered
        sum.baselineAnswers += part.baselineAnswers
        sum.squares += part.squares
        sum.baselineSquares += part.baselineSquares
        sum.weights += part.weights
        sum.loss += part.loss
        sum.cost += part.cost
        sum.count += part.count
    }

    /// The figures of these examples.
    ///
    /// - Parameters:
    ///   - classes: names, in the order of the places; empty for regression.
    ///   - hasBaseline: whether the baseline answered.
    func assessment(classes: [String], hasBaseline: Bool) -> Assessment {
        let n = Double(max(count, 1))
        let isRegression = classes.isEmpty
        let total = weights.isEmpty ? n : weights.reduce(0, +)
        func mean(_ number: (Int) -> Double) -> Double {
            (0..<count).reduce(0) { $0 + (weights.isEmpty ? 1 : weights[$1]) * number($1) } / total
        }
        func right(_ answers: [Int]) -> Double { mean { wanted[$0] == answers[$0] ? 1 : 0 } }
        func root(_ squares: [Double]) -> Double { mean { squares[$0] }.squareRoot() }
        let metric = isRegression ? root(squares) : right(answered)
        var interval: Interval?
        if count >= Assessment.fewest {
            interval =
                isRegression
                ? RootMeanSquare(squares: squares, weights: weights).interval()
                : .wilson(share: metric, effectiveCount: weights.isEmpty ? n : weights.effectiveCount)
        }
        var recalls = classes.map { Assessment.Recall(label: $0, right: 0, count: 0) }
        for (wanted, answered) in zip(wanted, answered) {
            recalls[wanted].count += 1
            if wanted == answered { recalls[wanted].right += 1 }
        }
        let baseline = isRegression ? root(baselineSquares) : baselineAnswers.isEmpty ? 0 : right(baselineAnswers)
        return Assessment(
            score: Score(cost: cost / n, loss: loss / n, metric: metric, count: count), interval: interval,
            baseline: hasBaseline ? baseline : nil, recalls: recalls)
    }
}
