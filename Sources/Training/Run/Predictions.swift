import Foundation
public import ThalwegDataSets

/// What a model says about a number of examples.
public struct Predictions: Sendable {
    /// One of an example.
    public enum Prediction: Sendable, Equatable {
        /// The class and the probability of every class, in the model's order.
        case label(String, probabilities: [Double])
        /// Numbers in the target's unit.
        case numbers([Double])
    }

    public let task: Task
    public let classes: [String]
    public let predictions: [Prediction]

    static func positiveProbability(logit: Double) -> Double { 1 / (1 + exp(-logit)) }

    /// Whether the second of two classes is answered: its probability is above the threshold, a half when nil.
    static func isPositive(logit: Double, threshold: Double?) -> Bool {
        threshold.map { positiveProbability(logit: logit) > $0 } ?? (logit > 0)
    }

    init(outputs: [Double], task: Task, preprocessing: Preprocessing, threshold: Double? = nil) {
        self.task = task
        classes = preprocessing.classes
        let width = max(preprocessing.outputWidth, 1)
        let classes = classes
        let values = task == .regression ? preprocessing.unscaled(outputs) : outputs
        predictions = stride(from: 0, to: values.count, by: width).map { start in
            let row = Array(values[start..<start + width])
            switch task {
            case .regression: return .numbers(row)
            case .binary:
                let positive = Self.positiveProbability(logit: row[0])
                return .label(
                    classes[Self.isPositive(logit: row[0], threshold: threshold) ? 1 : 0],
                    probabilities: [1 - positive, positive])
            case .multiclass:
                let greatest = row.max() ?? 0
                let exponentials = row.map { exp($0 - greatest) }
                let sum = exponentials.reduce(0, +)
                let winner = row.firstIndex(of: greatest) ?? 0
                return .label(classes[winner], probabilities: exponentials.map { $0 / sum })
            }
        }
    }

    /// The header of the CSV form.
    public var header: String {
        switch task {
        case .regression:
            if case .numbers(let row)? = predictions.first, row.count > 1 {
                return row.indices.map { "prediction_\($0 + 1)" }.joined(separator: ",")
            }
            return "prediction"
        case .binary, .multiclass:
            return (["prediction"] + classes.map { "p(\($0))" }).map(\.csvCell).joined(separator: ",")
        }
    }

    /// The rows of the CSV form, in the order of the examples.
    public var rows: some Sequence<String> {
        predictions.lazy.map { prediction in
            switch prediction {
            case .numbers(let row): row.map { "\($0)" }.joined(separator: ",")
            case .label(let label, let probabilities):
                ([label.csvCell] + probabilities.map { String(format: "%.6g", $0) }).joined(separator: ",")
            }
        }
    }
}

extension String {
    /// Quoted where a CSV reader would misunderstand it.
    package var csvCell: String {
        contains(where: { $0 == "," || $0 == "\"" || $0.isNewline }) || first == " " || last == " "
            ? "\"" + replacingOccurrences(of: "\"", with: "\"\"") + "\"" : self
    }
}
