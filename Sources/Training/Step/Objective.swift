public import ThalwegDataSets
import ThalwegEngine
import ThalwegNetworks

/// What a run minimizes and what it reports, by task.
struct Objective: Sendable {
    var task: Task
    var labelSmoothing = 0.0
    var regressionLoss = RegressionLoss.squared
    /// A regression's deviation for each output: errors are reported in the data's unit.
    var deviations: [Double] = []
    /// Numbers of an output row.
    var outputs = 1

    /// The mean loss of a batch.
    func loss(_ output: Tensor, _ target: Tensor) -> Tensor {
        switch task {
        case .binary:
            let smooth = labelSmoothing > 0 ? target * (1 - labelSmoothing) + labelSmoothing / 2 : target
            return logisticLoss(logits: output, targets: smooth)
        case .multiclass: return softmaxCrossEntropy(logits: output, classes: target, smoothing: labelSmoothing)
        case .regression:
            switch regressionLoss {
            case .squared: return squaredError(output, target)
            case .absolute: return absoluteError(output, target)
            case .huber: return huberLoss(output, target)
            }
        }
    }

    /// The number of right answers, or the sum of squared errors in the data's unit.
    func measure(_ output: Tensor, _ target: Tensor) -> Tensor {
        switch task {
        case .binary: ((output .> 0.0) .== (target .> 0.5)).cast(to: output.dataType).sum()
        case .multiclass: (output.argmax(along: -1) .== target).cast(to: output.dataType).sum()
        case .regression:
            ((output - target) * Tensor(deviations).cast(to: output.dataType)).square().sum()
        }
    }

    /// The metric from the sum of `measure` over all examples: the share of right answers, or the root of the mean squared error.
    func metric(sum: Double, examples: Int) -> Double {
        switch task {
        case .binary, .multiclass: sum / Double(max(examples, 1))
        case .regression: (sum / Double(max(examples, 1) * outputs)).squareRoot()
        }
    }

    /// The metric's name in files.
    var metricName: String { task.metricName }
}

extension Task {
    /// The metric's name in files: `accuracy` (a fraction) or `rmse` (in the target's unit).
    public var metricName: String {
        switch self {
        case .binary, .multiclass: "accuracy"
        case .regression: "rmse"
        }
    }
}

/// How a model does on a set of examples.
public struct Score: Codable, Sendable, Hashable {
    /// The mean loss, penalties included.
    public var cost: Double
    /// The mean loss alone.
    public var loss: Double
    /// A fraction (accuracy), or an error in the target's unit (rmse).
    public var metric: Double
    /// The number of examples.
    public var count: Int
}
