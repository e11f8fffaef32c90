import ThalwegDataSets

/// How often each class was answered for each class, by weight.
public struct ConfusionMatrix: Codable, Sendable, Hashable {
    public var classes: [String]
    /// `counts[wanted][answered]`.
    public var counts: [[Double]]

    /// nil for a regression.
    public init?(_ outcomes: PredictedOutcomes) {
        guard outcomes.task != .regression else { return nil }
        classes = outcomes.classes
        var counts = [[Double]](
            repeating: [Double](repeating: 0, count: outcomes.classes.count), count: outcomes.classes.count)
        var isSeen = [Bool](repeating: false, count: outcomes.classes.count)
        for row in 0..<outcomes.count {
            counts[outcomes.wanted[row]][outcomes.answered[row]] += outcomes.weight(row)
            isSeen[outcomes.wanted[row]] = true
            isSeen[outcomes.answered[row]] = true
        }
        self.counts = counts
        present = isSeen.indices.filter { isSeen[$0] }
    }

    /// Places of the classes that stand among the wanted or the answered ones.
    public let present: [Int]

    public var total: Double { counts.reduce(0) { $0 + $1.reduce(0, +) } }

    /// Examples of the class at `place`.
    public func wanted(_ place: Int) -> Double { counts[place].reduce(0, +) }

    /// Answers of the class at `place`.
    public func answered(_ place: Int) -> Double { counts.reduce(0) { $0 + $1[place] } }

    /// Precision, recall and F1 of one class.
    public struct Scores: Codable, Sendable, Hashable {
        /// Of the answers, the share that is right; 0 without answers.
        public var precision: Double
        /// Of the examples, the share that is recognized; 0 without examples.
        public var recall: Double
        /// 2 precision recall / (precision + recall); 0 where both are 0.
        public var f1: Double
        /// Examples of the class, by weight.
        public var support: Double

        init(right: Double, answered: Double, wanted: Double) {
            precision = answered > 0 ? right / answered : 0
            recall = wanted > 0 ? right / wanted : 0
            f1 = answered + wanted > 0 ? 2 * right / (answered + wanted) : 0
            support = wanted
        }
    }

    /// Of the class at `place`; nil for one that is neither wanted nor answered.
    public func scores(_ place: Int) -> Scores? {
        guard present.contains(place) else { return nil }
        return Scores(right: counts[place][place], answered: answered(place), wanted: wanted(place))
    }

    /// How the scores of the classes become one.
    public enum Average: String, Sendable, CaseIterable {
        /// Over all answers, whatever their class.
        case micro
        /// Every class that is wanted or answered counts the same.
        case macro
        /// Every class counts by its examples.
        case weighted
    }

    /// nil without examples.
    public func scores(_ average: Average) -> Scores? {
        let total = total
        guard total > 0 else { return nil }
        if average == .micro {
            let right = counts.indices.reduce(0) { $0 + counts[$1][$1] }
            return Scores(right: right, answered: total, wanted: total)
        }
        var mean = Scores(right: 0, answered: 0, wanted: total)
        let all = present.compactMap { self.scores($0) }
        for one in all {
            let share = average == .macro ? 1 / Double(all.count) : one.support / total
            mean.precision += share * one.precision
            mean.recall += share * one.recall
            mean.f1 += share * one.f1
        }
        return mean
    }

    /// The mean recall of the classes that have examples; nil for none.
    public var balancedAccuracy: Double? {
        let recalls = counts.indices.compactMap { place in
            let wanted = wanted(place)
            return wanted > 0 ? counts[place][place] / wanted : nil
        }
        return recalls.isEmpty ? nil : recalls.reduce(0, +) / Double(recalls.count)
    }

    /// Cohen's kappa, (p - e) / (1 - e): agreement p beyond e, that of answers drawn by chance in the same proportions. nil where
    /// all examples and answers are of one class.
    public var kappa: Double? {
        let total = total
        guard total > 0 else { return nil }
        let (rows, columns) = (present.map(wanted), present.map(answered))
        var (disagreement, expected) = (0.0, 0.0)
        for (row, wanted) in present.enumerated() {
            for (column, answered) in present.enumerated() where answered != wanted {
                disagreement += counts[wanted][answered]
                expected += rows[row] * columns[column] / total
            }
        }
        return expected > 0 ? 1 - disagreement / expected : nil
    }

    /// Matthews' correlation of wanted and answered classes (for more than two, Gorodkin's R_K): 1 is perfect, 0 is chance, or
    /// one class only. nil without examples.
    public var matthews: Double? {
        let total = total
        guard total > 0 else { return nil }
        var (right, both, wantedSquares, answeredSquares) = (0.0, 0.0, 0.0, 0.0)
        for place in present {
            let (wanted, answered) = (wanted(place), answered(place))
            right += counts[place][place]
            both += wanted * answered
            wantedSquares += wanted * wanted
            answeredSquares += answered * answered
        }
        let product = (total * total - answeredSquares) * (total * total - wantedSquares)
        return product > 0 ? (right * total - both) / product.squareRoot() : 0
    }
}
