import ThalwegDataSets

/// How positive and negative examples stand when they are ranked by a score: what ROC and precision-recall curves are drawn from.
public struct RankingCurve: Sendable {
    /// All examples of a score of at least `threshold` are answered positive.
    public struct Point: Codable, Sendable, Hashable {
        public var threshold: Double
        /// Positive and negative examples among them, by weight.
        public var truePositives: Double
        public var falsePositives: Double
    }

    /// One a different score, the highest first.
    public let points: [Point]
    /// By weight.
    public let positives: Double
    public let negatives: Double

    /// - Parameters:
    ///   - scores: any numbers, the higher the likelier positive.
    ///   - weights: not negative; 1 each when nil.
    public init(scores: [Double], isPositive: [Bool], weights: [Double]? = nil) {
        precondition(scores.count == isPositive.count, "\(scores.count) scores for \(isPositive.count) examples")
        let order = scores.indices.filter { (weights?[$0] ?? 1) > 0 }.sorted { scores[$0] > scores[$1] }
        var points: [Point] = []
        var (positives, negatives) = (0.0, 0.0)
        for row in order {
            let weight = weights?[row] ?? 1
            if isPositive[row] { positives += weight } else { negatives += weight }
            let point = Point(threshold: scores[row], truePositives: positives, falsePositives: negatives)
            if points.last?.threshold == scores[row] {
                points[points.count - 1] = point
            } else {
                points.append(point)
            }
        }
        self.points = points
        self.positives = positives
        self.negatives = negatives
    }

    /// The class at `place` against all others; nil for a regression.
    public init?(_ outcomes: PredictedOutcomes, place: Int = 1) {
        guard outcomes.task != .regression else { return nil }
        self.init(
            scores: (0..<outcomes.count).map { outcomes.probability($0, place) },
            isPositive: outcomes.wanted.map { $0 == place }, weights: outcomes.weights)
    }

    /// The area under the curve of true over false positive rates: the probability that a positive example has a higher score
    /// than a negative one, equal scores counting half. nil where one of the two is missing.
    public var rocArea: Double? {
        guard positives > 0, negatives > 0 else { return nil }
        var area = 0.0
        var (lastTrue, lastFalse) = (0.0, 0.0)
        for point in points {
            area += (point.falsePositives - lastFalse) * (point.truePositives + lastTrue) / 2
            (lastTrue, lastFalse) = (point.truePositives, point.falsePositives)
        }
        return area / (positives * negatives)
    }

    /// Average precision, the sum over the points of precision times gain in recall: the area under the precision-recall curve
    /// without interpolation, which would flatter. nil without positive examples.
    public var averagePrecision: Double? {
        guard positives > 0 else { return nil }
        var area = 0.0
        var lastTrue = 0.0
        for point in points {
            area +=
                (point.truePositives - lastTrue) / positives
                * (point.truePositives / (point.truePositives + point.falsePositives))
            lastTrue = point.truePositives
        }
        return area
    }
}
