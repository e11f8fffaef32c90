public import ThalwegEngine

/// Batch normalization: y = (x - mean) / sqrt(variance + epsilon) · weight + bias, for each feature.
///
/// Training uses the mean and (biased) variance of the batch and declares new running statistics in the context;
/// inference uses the running ones. A dense layer before it needs no bias.
/// - Shapes: input `[batch, …, features]`, channels last; the same out. Statistics run over all axes but the last.
/// - Start: weight ones, bias zeros, running mean 0 and variance 1.
///
///       let norm = BatchNorm(64)
///       let y = norm(x, context)
///       context.commit()                      // eager use; a trainer returns the new statistics from its step
///
/// Source: Ioffe and Szegedy 2015. State names, the unbiased running variance and `momentum` are PyTorch's.
public struct BatchNorm: Layer {
    /// How the statistics for inference are gathered from the batches.
    public enum Statistics: Hashable, Sendable {
        /// running = (1 - momentum)·running + momentum·batch
        case exponential(momentum: Double)
        /// The plain average over all batches since the last reset (PyTorch's `momentum=None`).
        case cumulative
        /// The exact mean and variance of all examples since the last reset: after training, reset and pass over the
        /// training set.
        case population
    }

    public let weight: Parameter
    public let bias: Parameter
    public let runningMean: RunningValue
    public let runningVariance: RunningValue
    /// Batches (or, for `.population`, examples) that the running statistics have seen.
    public let count: RunningValue
    public let statistics: Statistics
    public let epsilon: Double

    public init(
        _ features: Int, statistics: Statistics = .exponential(momentum: 0.1), epsilon: Double = 1e-5,
        dataType: DataType = .float32
    ) {
        weight = Parameter(.ones([features], dataType: dataType), role: .gain)
        bias = Parameter(.zeros([features], dataType: dataType), role: .bias)
        runningMean = RunningValue(.zeros([features], dataType: dataType))
        runningVariance = RunningValue(.ones([features], dataType: dataType))
        count = RunningValue(Tensor(0))
        self.statistics = statistics
        self.epsilon = epsilon
    }

    public var features: Int { weight.shape[0] }

    public func visit(_ visitor: Visitor) {
        visitor.parameter("weight", weight)
        visitor.parameter("bias", bias)
        visitor.running("running_mean", runningMean)
        visitor.running("running_var", runningVariance)
        visitor.running(statistics == .population ? "num_examples_tracked" : "num_batches_tracked", count)
    }

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        requireFeatures(x, features, self)
        require(x.rank >= 2, "\(summary): the input has shape \(x.shape), expected [batch, …, features]")
        var mean = context.value(of: runningMean)
        var variance = context.value(of: runningVariance)
        if context.usesBatchStatistics {
            let axes = Axes(Array(0..<x.rank - 1))
            mean = x.mean(along: axes)  // [features]
            variance = (x - mean).square().mean(along: axes)
            if context.isTraining { track(mean, variance, examples: x.elementCount / features, context) }
        }
        let y = (x - mean) * ((variance + epsilon).rsqrt() * weight.value) + bias.value
        return context.record(self, x, y)
    }

    private func track(_ mean: Tensor, _ variance: Tensor, examples: Int, _ context: Context) {
        let (oldMean, oldVariance) = (context.value(of: runningMean), context.value(of: runningVariance))
        let seen = context.value(of: count)
        // A batch of one has no unbiased variance; its biased one, 0, stands in.
        let unbiased = variance * (Double(examples) / Double(max(examples - 1, 1)))
        switch statistics {
        case .exponential(let momentum):
            context.update(runningMean, to: (1 - momentum) * oldMean + momentum * mean)
            context.update(runningVariance, to: (1 - momentum) * oldVariance + momentum * unbiased)
            context.update(count, to: seen + Tensor(1))
        case .cumulative:
            let share = (seen + Tensor(1)).cast(to: mean.dataType).reciprocal()
            context.update(runningMean, to: oldMean + share * (mean - oldMean))
            context.update(runningVariance, to: oldVariance + share * (unbiased - oldVariance))
            context.update(count, to: seen + Tensor(1))
        case .population:
            let total = seen + Tensor(examples)
            let share = Double(examples) / total.cast(to: mean.dataType)
            let difference = mean - oldMean
            context.update(runningMean, to: oldMean + share * difference)
            context.update(
                runningVariance,
                to: oldVariance + share * (variance - oldVariance) + share * (1 - share) * difference.square())
            context.update(count, to: total)
        }
    }

    /// Forgets the running statistics (before a pass that gathers those of the population).
    public func resetStatistics() {
        runningMean.value = .zeros(runningMean.value.shape, dataType: runningMean.value.dataType)
        runningVariance.value = .ones(runningVariance.value.shape, dataType: runningVariance.value.dataType)
        count.value = Tensor(0)
    }

    public func operations(input: Shape, output: Shape) -> Int { 2 * output.elementCount }

    public var summary: String { "BatchNorm(\(features))" }
}
