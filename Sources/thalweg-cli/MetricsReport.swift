import Thalweg
import ThalwegPractice

/// The metrics of one set of examples, as text and as JSON.
struct MetricsReport {
    var outcomes: PredictedOutcomes

    /// Those that say most about a task, in the order of the table.
    private var chief: [String] {
        switch outcomes.task {
        case .binary:
            ["precision", "recall", "f1", "roc-auc", "pr-auc", "log-loss", "brier", "calibration-error", "matthews"]
        case .multiclass:
            ["balanced-accuracy", "f1-macro", "roc-auc", "log-loss", "calibration-error", "kappa"]
                + (outcomes.classes.count > 3 ? ["top-3"] : [])
        case .regression: ["mae", "median-absolute-error", "absolute-error-p90", "mape", "r2"]
        }
    }

    /// - Parameter all: every metric, and every class.
    func lines(all: Bool) -> [String] {
        let metrics = Metric.fitting(outcomes.task).filter { all || chief.contains($0.name) }
        var lines = aligned(
            metrics.map { metric in [metric.title, metric(outcomes).map(metric.text) ?? "not defined here"] })
        if outcomes.task == .binary {
            lines.append("Precision, recall and F1 of '\(outcomes.classes[1])'.")
        }
        guard let matrix = ConfusionMatrix(outcomes) else { return lines }
        if all { lines += [""] + perClass(matrix) }
        if outcomes.classes.count <= (all ? 40 : 12) { lines += [""] + table(matrix) }
        if all, let reliability = Reliability(outcomes, bins: 10) { lines += [""] + table(reliability) }
        return lines
    }

    private func perClass(_ matrix: ConfusionMatrix) -> [String] {
        let rows = outcomes.classes.enumerated().map { place, name -> [String] in
            guard let scores = matrix.scores(place) else { return [name, "-", "-", "-", "0"] }
            return [
                name, percentText(scores.precision), percentText(scores.recall), percentText(scores.f1),
                numberText(scores.support),
            ]
        }
        return aligned([["class", "precision", "recall", "F1", "examples"]] + rows)
    }

    private func table(_ matrix: ConfusionMatrix) -> [String] {
        let head = ["wanted \\ answered"] + matrix.classes
        return aligned(
            [head] + zip(matrix.classes, matrix.counts).map { name, counts in [name] + counts.map(numberText) })
    }

    private func table(_ reliability: Reliability) -> [String] {
        let said = outcomes.task == .binary ? "probability of '\(outcomes.classes[1])'" : "probability of the answer"
        return aligned(
            [[said, "mean", outcomes.task == .binary ? "was so" : "was right", "examples"]]
                + reliability.bins.map {
                    [
                        "\(numberText($0.low)) to \(numberText($0.high))", percentText($0.probability),
                        percentText($0.share), numberText($0.weight),
                    ]
                })
    }
}

/// As `evaluate --json` holds them.
struct MetricsJSON: Encodable {
    struct ClassScores: Encodable {
        var label: String
        var precision: Double?
        var recall: Double?
        var f1: Double?
        var examples: Double
    }

    /// By name; null where it is not defined.
    var metrics: [String: Double?]
    /// Examples by wanted (outer) and answered class; absent beyond 100 classes.
    var confusionMatrix: [[Double]]?
    var perClass: [ClassScores]?
    var reliability: [Reliability.Bin]?

    init(_ outcomes: PredictedOutcomes) {
        metrics = Dictionary(
            uniqueKeysWithValues: Metric.fitting(outcomes.task).map {
                ($0.name, $0(outcomes).flatMap { $0.isFinite ? $0 : nil })
            })
        let matrix = ConfusionMatrix(outcomes)
        // Beyond that many classes nobody reads it, and it grows with their square.
        confusionMatrix = outcomes.classes.count <= 100 ? matrix?.counts : nil
        perClass = matrix.map { matrix in
            matrix.classes.enumerated().map { place, label in
                let scores = matrix.scores(place)
                return ClassScores(
                    label: label, precision: scores?.precision, recall: scores?.recall, f1: scores?.f1,
                    examples: matrix.wanted(place))
            }
        }
        reliability = Reliability(outcomes, bins: 10)?.bins
    }
}
