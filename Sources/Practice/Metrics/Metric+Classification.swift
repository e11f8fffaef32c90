import Foundation
import ThalwegDataSets

extension Metric {
    static let classification: [Metric] =
        [
            Metric("accuracy", "accuracy", isHigherBetter: true, tasks: classes, unit: .share) { outcomes in
                outcomes.mean { outcomes.wanted[$0] == outcomes.answered[$0] ? 1 : 0 }
            },
            Metric("balanced-accuracy", "balanced accuracy", isHigherBetter: true, tasks: classes, unit: .share) {
                ConfusionMatrix($0)?.balancedAccuracy
            },
            top(3),
        ] + precisionAndRecall + [
            Metric("roc-auc", "ROC AUC", isHigherBetter: true, tasks: classes) { area($0, \.rocArea) },
            Metric("pr-auc", "PR AUC", isHigherBetter: true, tasks: classes) { area($0, \.averagePrecision) },
            Metric("log-loss", "log loss", isHigherBetter: false, tasks: classes) { outcomes in
                outcomes.mean { row in
                    let probability = outcomes.probability(row, outcomes.wanted[row])
                    return -log(min(max(probability, .ulpOfOne), 1 - .ulpOfOne))
                }
            },
            Metric("brier", "Brier score", isHigherBetter: false, tasks: classes) { outcomes in
                outcomes.mean { row in
                    let sum = outcomes.classes.indices.reduce(0) { sum, place in
                        let error = outcomes.probability(row, place) - (outcomes.wanted[row] == place ? 1 : 0)
                        return sum + error * error
                    }
                    return outcomes.task == .binary ? sum / 2 : sum
                }
            },
            Metric("calibration-error", "calibration error", isHigherBetter: false, tasks: classes) {
                Reliability($0)?.expectedError
            },
            Metric("kappa", "Cohen's kappa", isHigherBetter: true, tasks: classes) { ConfusionMatrix($0)?.kappa },
            Metric("matthews", "Matthews correlation", isHigherBetter: true, tasks: classes) {
                ConfusionMatrix($0)?.matthews
            },
        ]

    private static let classes: Set<Task> = [.binary, .multiclass]

    /// Plain names mean the positive class of two, and the mean over more.
    private static let precisionAndRecall: [Metric] = scores.flatMap { name, title, path in
        [
            Metric(name, title, isHigherBetter: true, tasks: classes, unit: .share) { outcomes in
                guard let matrix = ConfusionMatrix(outcomes), matrix.total > 0 else { return nil }
                return outcomes.task == .binary
                    ? matrix.scores(1)?[keyPath: path] ?? 0 : matrix.scores(.macro)?[keyPath: path]
            }
        ]
            + ConfusionMatrix.Average.allCases.map { average in
                Metric(
                    "\(name)-\(average.rawValue)", "\(title), \(average.rawValue)", isHigherBetter: true,
                    tasks: classes, unit: .share
                ) { ConfusionMatrix($0)?.scores(average)?[keyPath: path] }
            }
    }

    private typealias ScorePath = any KeyPath<ConfusionMatrix.Scores, Double> & Sendable

    private static let scores: [(name: String, title: String, path: ScorePath)] = [
        ("precision", "precision", \.precision), ("recall", "recall", \.recall), ("f1", "F1", \.f1),
    ]

    /// The share of examples whose class is among the `k` likeliest. Of equal probabilities, later classes come first.
    static func top(_ k: Int) -> Metric {
        Metric("top-\(k)", "top-\(k) accuracy", isHigherBetter: true, tasks: [.multiclass], unit: .share) { outcomes in
            outcomes.mean { row in
                let own = outcomes.probability(row, outcomes.wanted[row])
                let ahead = outcomes.classes.indices.count { place in
                    let other = outcomes.probability(row, place)
                    return other > own || (other == own && place > outcomes.wanted[row])
                }
                return ahead < k ? 1 : 0
            }
        }
    }

    /// Precision, recall or F1 of the class called `label`; nil for another family. Not defined for models without that class.
    static func ofClass(_ family: String, _ label: String) -> Metric? {
        guard let (name, title, path) = scores.first(where: { $0.name == family }) else { return nil }
        return Metric(
            "\(name):\(label)", "\(title) of '\(label)'", isHigherBetter: true, tasks: classes, unit: .share
        ) { outcomes in
            outcomes.classes.firstIndex(of: label).flatMap { ConfusionMatrix(outcomes)?.scores($0)?[keyPath: path] }
        }
    }

    /// Of the positive class; of more than two, the mean over each against all others, where that is defined.
    private static func area(_ outcomes: PredictedOutcomes, _ path: KeyPath<RankingCurve, Double?>) -> Double? {
        let places = outcomes.task == .binary ? [1] : Array(outcomes.classes.indices)
        let areas = places.compactMap { RankingCurve(outcomes, place: $0)?[keyPath: path] }
        return areas.isEmpty ? nil : areas.reduce(0, +) / Double(areas.count)
    }
}
