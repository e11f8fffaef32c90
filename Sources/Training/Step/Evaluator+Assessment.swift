import ThalwegDataSets
import ThalwegEngine

extension Evaluator {
    /// The cost and the metric over all examples of a part, by weight.
    func callAsFunction(_ part: PreparedData.Part) -> Score {
        precondition((part.weights != nil) == objective.isWeighted, "some parts have weights and some have not")
        return self(part.x, part.learned)
    }

    /// What the model, and the baseline where `targets` are known, answer for all examples of a part.
    ///
    /// - Parameter threshold: the probability above which the second of two classes is answered; a half when nil.
    func outcomes(
        _ part: PreparedData.Part, preprocessing: Preprocessing, targets: TargetStatistics?, threshold: Double? = nil
    ) -> Outcomes {
        let score = self(part)
        var outcomes = Outcomes()
        outcomes.count = score.count
        outcomes.loss = score.loss * Double(score.count)
        outcomes.cost = score.cost * Double(score.count)
        let predicted = outputs(for: part.x)
        let wanted = part.y.doubles()
        outcomes.weights = part.weights ?? []
        switch objective.task {
        case .regression:
            let width = max(objective.outputs, 1)
            let (answers, truths) = (preprocessing.unscaled(predicted), preprocessing.unscaled(wanted))
            let means = targets?.means ?? []
            func square(_ error: Double) -> Double { error * error / Double(width) }
            outcomes.squares = [Double](repeating: 0, count: predicted.count / width)
            outcomes.baselineSquares = outcomes.squares
            for index in predicted.indices {
                outcomes.squares[index / width] += square(answers[index] - truths[index])
                guard !means.isEmpty else { continue }
                outcomes.baselineSquares[index / width] += square(means[index % width] - truths[index])
            }
        case .binary, .multiclass:
            outcomes.wanted = wanted.map { Int($0) }
            outcomes.answered = Self.classes(
                predicted, task: objective.task, count: preprocessing.classes.count, threshold: threshold)
            if let usual = targets?.mostFrequent {
                outcomes.baselineAnswers = [Int](repeating: usual, count: outcomes.wanted.count)
            }
        }
        return outcomes
    }

    /// The place of the answer of each row of outputs.
    private static func classes(_ outputs: [Double], task: Task, count: Int, threshold: Double?) -> [Int] {
        guard task == .multiclass else {
            return outputs.map { Predictions.isPositive(logit: $0, threshold: threshold) ? 1 : 0 }
        }
        return stride(from: 0, to: outputs.count, by: count).map { start in
            var best = 0
            for place in 1..<count where outputs[start + place] > outputs[start + best] { best = place }
            return best
        }
    }
}
