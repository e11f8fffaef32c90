public import ThalwegDataSets

/// What was wanted and what a model said, example by example: all that a `Metric` looks at.
///
/// Weights count an example as so many; without them every example counts as one. An example of weight 0 counts for nothing.
public struct PredictedOutcomes: Sendable {
    public let task: Task
    /// Names of the classes, in the order of their places; empty for regression. Of two, the second is the positive one.
    public let classes: [String]
    /// The place of each example's class; empty for regression.
    public let wanted: [Int]
    /// The place of the class that was answered; empty for regression.
    public let answered: [Int]
    /// Of every class for every example, row by row: `[count, classes]`; empty for regression.
    public let probabilities: [Double]
    /// Regression: the numbers wanted and predicted in the target's unit, row by row: `[count, outputs]`.
    public let wantedNumbers: [Double]
    public let predictedNumbers: [Double]
    /// Numbers of an example (regression).
    public let outputs: Int
    /// One an example; nil where all count the same.
    public let weights: [Double]?

    /// The number of examples.
    public var count: Int { task == .regression ? wantedNumbers.count / max(outputs, 1) : wanted.count }

    /// Outcomes of a classification.
    ///
    /// - Parameters:
    ///   - classes: two or more names.
    ///   - wanted: the place of each example's class.
    ///   - probabilities: `[wanted.count, classes.count]`, row by row.
    ///   - answered: the places of the answers; those of greatest probability (the first of equals) when nil.
    ///   - weights: finite and not negative, one an example.
    public init(
        classes: [String], wanted: [Int], probabilities: [Double], answered: [Int]? = nil, weights: [Double]? = nil
    ) {
        precondition(classes.count >= 2, "\(classes.count) classes: two are needed to tell apart")
        precondition(
            probabilities.count == wanted.count * classes.count,
            "\(probabilities.count) probabilities for \(wanted.count) examples of \(classes.count) classes")
        precondition(wanted.allSatisfy(classes.indices.contains), "a wanted class is none of the classes")
        precondition(
            answered.map { $0.count == wanted.count && $0.allSatisfy(classes.indices.contains) } ?? true,
            "the answers do not fit the examples")
        Self.check(weights, count: wanted.count)
        task = classes.count == 2 ? .binary : .multiclass
        self.classes = classes
        self.wanted = wanted
        self.probabilities = probabilities
        self.answered =
            answered ?? Self.likeliest(probabilities, classes: classes.count)
        self.weights = weights
        wantedNumbers = []
        predictedNumbers = []
        outputs = 1
    }

    /// Outcomes of a regression.
    ///
    /// - Parameters:
    ///   - wanted: `[count, outputs]`, row by row.
    ///   - predicted: as many.
    ///   - weights: finite and not negative, one an example.
    public init(wanted: [Double], predicted: [Double], outputs: Int = 1, weights: [Double]? = nil) {
        precondition(outputs >= 1 && wanted.count % outputs == 0, "\(wanted.count) numbers in rows of \(outputs)")
        precondition(wanted.count == predicted.count, "\(wanted.count) numbers wanted, \(predicted.count) predicted")
        Self.check(weights, count: wanted.count / outputs)
        task = .regression
        classes = []
        self.wanted = []
        answered = []
        probabilities = []
        wantedNumbers = wanted
        predictedNumbers = predicted
        self.outputs = outputs
        self.weights = weights
    }

    private static func check(_ weights: [Double]?, count: Int) {
        guard let weights else { return }
        precondition(weights.count == count, "\(weights.count) weights for \(count) examples")
        precondition(weights.allSatisfy { $0 >= 0 && $0.isFinite }, "a weight is negative or not finite")
    }

    private static func likeliest(_ probabilities: [Double], classes: Int) -> [Int] {
        stride(from: 0, to: probabilities.count, by: classes).map { start in
            var best = 0
            for place in 1..<classes where probabilities[start + place] > probabilities[start + best] { best = place }
            return best
        }
    }

    /// How much example `row` counts.
    func weight(_ row: Int) -> Double { weights?[row] ?? 1 }

    /// The sum of the weights; the number of examples without them.
    public var totalWeight: Double { weights?.reduce(0, +) ?? Double(count) }

    /// The probability that example `row` was given for class `place`.
    public func probability(_ row: Int, _ place: Int) -> Double { probabilities[row * classes.count + place] }

    /// The mean of a number over the examples, by weight; nil for none.
    func mean(_ number: (Int) -> Double) -> Double? {
        let total = totalWeight
        guard total > 0 else { return nil }
        var sum = 0.0
        for row in 0..<count where weight(row) > 0 { sum += weight(row) * number(row) }
        return sum / total
    }
}

extension PredictedOutcomes {
    /// Outcomes of several sets of the same task and classes as one, in their order; nil for none.
    public static func joined(_ parts: [PredictedOutcomes]) -> PredictedOutcomes? {
        guard let first = parts.first else { return nil }
        precondition(
            parts.allSatisfy { $0.classes == first.classes && $0.outputs == first.outputs && $0.task == first.task },
            "outcomes of different tasks")
        let weights =
            parts.contains { $0.weights != nil }
            ? parts.flatMap { part in part.weights ?? Array(repeating: 1, count: part.count) } : nil
        return first.task == .regression
            ? PredictedOutcomes(
                wanted: parts.flatMap(\.wantedNumbers), predicted: parts.flatMap(\.predictedNumbers),
                outputs: first.outputs, weights: weights)
            : PredictedOutcomes(
                classes: first.classes, wanted: parts.flatMap(\.wanted), probabilities: parts.flatMap(\.probabilities),
                answered: parts.flatMap(\.answered), weights: weights)
    }

    /// The outcomes of some examples, in the order of `rows`.
    public func selecting(_ rows: [Int]) -> PredictedOutcomes {
        let weights = weights.map { weights in rows.map { weights[$0] } }
        func pick<Value>(_ values: [Value], _ width: Int) -> [Value] {
            rows.flatMap { values[($0 * width)..<(($0 + 1) * width)] }
        }
        if task == .regression {
            return PredictedOutcomes(
                wanted: pick(wantedNumbers, outputs), predicted: pick(predictedNumbers, outputs), outputs: outputs,
                weights: weights)
        }
        return PredictedOutcomes(
            classes: classes, wanted: rows.map { wanted[$0] }, probabilities: pick(probabilities, classes.count),
            answered: rows.map { answered[$0] }, weights: weights)
    }

    /// The same with other weights: nil for none.
    public func weighted(_ weights: [Double]?) -> PredictedOutcomes {
        task == .regression
            ? PredictedOutcomes(
                wanted: wantedNumbers, predicted: predictedNumbers, outputs: outputs, weights: weights)
            : PredictedOutcomes(
                classes: classes, wanted: wanted, probabilities: probabilities, answered: answered, weights: weights)
    }

    /// The same with every weight multiplied by that of the example's class (classification).
    public func weighted(classes classWeights: [Double]) -> PredictedOutcomes {
        precondition(classWeights.count == classes.count, "\(classWeights.count) weights for \(classes.count) classes")
        return weighted(wanted.indices.map { weight($0) * classWeights[wanted[$0]] })
    }

    /// The answers of two classes where the second is answered from `threshold` on (its probability is above it).
    public func answered(above threshold: Double) -> PredictedOutcomes {
        precondition(task == .binary, "a threshold is for two classes")
        return PredictedOutcomes(
            classes: classes, wanted: wanted, probabilities: probabilities,
            answered: wanted.indices.map { probability($0, 1) > threshold ? 1 : 0 }, weights: weights)
    }
}
