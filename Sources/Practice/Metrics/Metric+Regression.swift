import Foundation
import ThalwegDataSets

extension Metric {
    static let regression: [Metric] = [
        Metric("rmse", "RMSE", isHigherBetter: false, tasks: numbers, unit: .target) { outcomes in
            meanOverOutputs(outcomes) { $0 * $0 }.map { $0.squareRoot() }
        },
        Metric("mae", "MAE", isHigherBetter: false, tasks: numbers, unit: .target) { outcomes in
            meanOverOutputs(outcomes) { abs($0) }
        },
        Metric("mape", "MAPE", isHigherBetter: false, tasks: numbers, unit: .share) { outcomes in
            outcomes.mean { row in
                (0..<outcomes.outputs).reduce(0) { sum, output in
                    let index = row * outcomes.outputs + output
                    return sum + abs(outcomes.error(index)) / max(abs(outcomes.wantedNumbers[index]), .ulpOfOne)
                } / Double(outcomes.outputs)
            }
        },
        Metric("r2", "R2", isHigherBetter: true, tasks: numbers, r2),
        Metric("median-absolute-error", "median error", isHigherBetter: false, tasks: numbers, unit: .target) {
            percentile($0, 50)
        },
        absoluteErrorPercentile(90),
    ]

    private static let numbers: Set<Task> = [.regression]

    /// A percentile of the absolute errors; of several outputs, the mean of theirs.
    static func absoluteErrorPercentile(_ percent: Double) -> Metric {
        let number = percent == percent.rounded() ? "\(Int(percent))" : "\(percent)"
        return Metric(
            "absolute-error-p\(number)", "\(number) % of errors up to", isHigherBetter: false, tasks: numbers,
            unit: .target
        ) { percentile($0, percent) }
    }

    private static func percentile(_ outcomes: PredictedOutcomes, _ percent: Double) -> Double? {
        let all = (0..<outcomes.outputs).compactMap { output in
            quantile(
                (0..<outcomes.count).map { abs(outcomes.error($0 * outcomes.outputs + output)) }, percent / 100,
                weights: outcomes.weights)
        }
        return all.count == outcomes.outputs ? all.reduce(0, +) / Double(all.count) : nil
    }

    private static func meanOverOutputs(_ outcomes: PredictedOutcomes, _ of: (Double) -> Double) -> Double? {
        outcomes.mean { row in
            (0..<outcomes.outputs).reduce(0) { $0 + of(outcomes.error(row * outcomes.outputs + $1)) }
                / Double(outcomes.outputs)
        }
    }

    /// 1 - squared errors / squared deviations from the mean; of several outputs, the mean of theirs. A target that does not vary
    /// gives 1 when it is met and 0 when not; a single example gives nil.
    @Sendable private static func r2(_ outcomes: PredictedOutcomes) -> Double? {
        guard outcomes.count >= 2 else { return nil }
        var sum = 0.0
        for output in 0..<outcomes.outputs {
            func wanted(_ row: Int) -> Double { outcomes.wantedNumbers[row * outcomes.outputs + output] }
            guard let mean = outcomes.mean(wanted),
                let residual = outcomes.mean({ pow(outcomes.error($0 * outcomes.outputs + output), 2) }),
                let spread = outcomes.mean({ pow(wanted($0) - mean, 2) })
            else { return nil }
            sum += spread > 0 ? 1 - residual / spread : residual > 0 ? 0 : 1
        }
        return sum / Double(outcomes.outputs)
    }
}

extension PredictedOutcomes {
    /// Predicted minus wanted (regression); `index` counts row by row.
    func error(_ index: Int) -> Double { predictedNumbers[index] - wantedNumbers[index] }
}
