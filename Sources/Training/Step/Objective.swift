public import ThalwegDataSets
import ThalwegEngine
import ThalwegNetworks

/// What a run minimizes and what it reports, by task.
struct Objective: Sendable {
    var task: Task
    var labelSmoothing = 0.0
    var regressionLoss = RegressionLoss.squared
    /// How a regression's outputs come back to the data's unit, in which errors are reported.
    var targets = TargetUnit()
    /// Numbers of an output row.
    var outputs = 1

    /// Factors on the losses of the classes; all 1 when nil.
    var classWeights: [Double]?
    /// Whether the last column of a target is the example's weight (of mean 1).
    var isWeighted = false

    /// The mean loss of a batch: of w loss, where classes or examples have weights w.
    func loss(_ output: Tensor, _ target: Tensor) -> Tensor {
        let (target, own) = parts(target)
        var weights = own?.cast(to: output.dataType)
        if let classWeights {
            let factors = Tensor(classWeights).cast(to: output.dataType)
            let byClass = factors.gathered(at: task == .binary ? target.cast(to: .int64) : target)
            weights = weights.map { $0 * byClass } ?? byClass
        }
        guard let weights else { return losses(output, target, reduction: .mean) }
        return (losses(output, target, reduction: .none) * weights).mean()
    }

    private func losses(_ output: Tensor, _ target: Tensor, reduction: LossReduction) -> Tensor {
        switch task {
        case .binary:
            let smooth = labelSmoothing > 0 ? target * (1 - labelSmoothing) + labelSmoothing / 2 : target
            return logisticLoss(logits: output, targets: smooth, reduction: reduction)
        case .multiclass where target.dataType.isFloatingPoint:
            // Distributions over the classes: of mixed examples.
            return softmaxCrossEntropy(
                logits: output, targets: target, smoothing: labelSmoothing, reduction: reduction)
        case .multiclass:
            return softmaxCrossEntropy(
                logits: output, classes: target, smoothing: labelSmoothing, reduction: reduction)
        case .regression:
            switch regressionLoss {
            case .squared: return squaredError(output, target, reduction: reduction)
            case .absolute: return absoluteError(output, target, reduction: reduction)
            case .huber: return huberLoss(output, target, reduction: reduction)
            }
        }
    }

    /// What is to be learned, and the weights of the examples: `[n, 1]`, or `[n]` beside places of classes.
    private func parts(_ target: Tensor) -> (target: Tensor, weights: Tensor?) {
        guard isWeighted else { return (target, nil) }
        let width = target.shape[1] - 1
        let weights = target[.all, width..<(width + 1)]
        let wanted = target[.all, 0..<width]
        guard task == .multiclass else { return (wanted, weights) }
        return (wanted.reshaped(to: [target.shape[0]]).cast(to: .int64), weights.reshaped(to: [target.shape[0]]))
    }

    /// The number of right answers, or the sum of squared errors in the data's unit, by weight.
    func measure(_ output: Tensor, _ target: Tensor) -> Tensor {
        let (target, weights) = parts(target)
        let measures =
            switch task {
            case .binary: ((output .> 0.0) .== (target .> 0.5)).cast(to: output.dataType)
            case .multiclass:
                (output.argmax(along: -1) .== (target.dataType.isFloatingPoint ? target.argmax(along: -1) : target))
                    .cast(to: output.dataType)
            case .regression: targets.difference(output, target).square().cast(to: output.dataType)
            }
        return (weights.map { measures * $0.cast(to: output.dataType) } ?? measures).sum()
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

/// The data's unit of what a regression learns.
struct TargetUnit: Sendable {
    var mean: [Double] = []
    var deviation: [Double] = []
    var transform: TargetTransform?

    init() {}

    init(_ preprocessing: Preprocessing) {
        mean = preprocessing.targetScaling.mean
        deviation = preprocessing.targetScaling.deviation
        transform = preprocessing.options.targetTransform
    }

    /// Of two sets of outputs.
    func difference(_ first: Tensor, _ second: Tensor) -> Tensor {
        guard transform != nil else { return (first - second) * Tensor(deviation).cast(to: first.dataType) }
        // What is added to 1 or left out of 1 cancels in a difference; exponentials want the range of float64.
        func value(_ output: Tensor) -> Tensor {
            let number = output.cast(to: .float64) * Tensor(deviation) + Tensor(mean)
            return minimum(number, TargetTransform.largestExponent).exp()
        }
        return value(first) - value(second)
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
