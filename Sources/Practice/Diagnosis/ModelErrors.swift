internal import ThalwegDataSets
internal import ThalwegEngine
internal import ThalwegNetworks
public import ThalwegTraining

/// The error of a model on encoded examples: the share of wrong answers, the root of the mean squared error in the target's unit, or
/// whatever a metric makes an error of. Examples count by their weights.
public struct ModelErrors {
    private let network: DenseNetwork
    private let preprocessing: Preprocessing
    private let threshold: Double
    private let metric: Metric?

    /// - Parameter metric: nil for the share of wrong answers or the root mean squared error.
    public init(_ model: TrainedModel, metric: Metric? = nil) {
        network = model.network
        preprocessing = model.description.preprocessing
        threshold = model.description.threshold?.probability ?? 0.5
        self.metric = metric
    }

    public func callAsFunction(_ part: PreparedData.Part) -> MeasuredError { error(outcomes(part)) }

    /// What is wanted and what the model says.
    public func outcomes(_ part: PreparedData.Part) -> PredictedOutcomes {
        var outputs: [Double] = []
        for start in stride(from: 0, to: part.count, by: 2048) {
            let scores = network(part.x[start..<min(start + 2048, part.count)]).cast(to: .float64)
            switch preprocessing.task {
            case .regression: outputs += preprocessing.unscaled(scores.doubles())
            case .binary: outputs += scores.sigmoid().doubles().flatMap { [1 - $0, $0] }
            case .multiclass: outputs += scores.softmax().doubles()
            }
        }
        let (wanted, weights) = part.targets(preprocessing)
        guard preprocessing.task != .regression else {
            return PredictedOutcomes(
                wanted: preprocessing.unscaled(wanted), predicted: outputs, outputs: max(preprocessing.outputWidth, 1),
                weights: weights)
        }
        let answered =
            preprocessing.task == .binary
            ? stride(from: 1, to: outputs.count, by: 2).map { outputs[$0] > threshold ? 1 : 0 } : nil
        return PredictedOutcomes(
            classes: preprocessing.classes, wanted: wanted.map { Int($0) }, probabilities: outputs, answered: answered,
            weights: weights)
    }

    /// The error these outcomes come to.
    public func error(_ outcomes: PredictedOutcomes) -> MeasuredError {
        if let metric { return Self.error(outcomes, metric) }
        let losses = ErrorMeasure(outcomes).errors
        let isRegression = outcomes.task == .regression
        guard let weights = outcomes.weights else {
            return isRegression
                ? .root(ofSquares: losses) : .counts(wrong: losses.count { $0 > 0 }, of: losses.count)
        }
        if isRegression { return .root(ofSquares: losses, weights: weights) }
        let mean = zip(losses, weights).reduce(0) { $0 + $1.0 * $1.1 } / weights.reduce(0, +)
        return .value(
            mean, interval: .wilson(share: mean, effectiveCount: weights.effectiveCount), examples: losses.count)
    }

    /// How much larger the error of the second outcomes is than that of the first, both of the same examples: bootstrap of the pairs.
    static func difference(from first: PredictedOutcomes, to second: PredictedOutcomes) -> MeasuredError {
        let losses = [first, second].map { ErrorMeasure($0).errors }
        let weights = first.weights
        let isRegression = first.task == .regression
        return .bootstrap(examples: first.count, replicates: 1000) { rows in
            let total = weights.map { weights in rows.reduce(0) { $0 + weights[$1] } } ?? Double(rows.count)
            let errors = losses.map { losses -> Double in
                let mean = rows.reduce(0) { $0 + losses[$1] * (weights?[$1] ?? 1) } / total
                return isRegression ? mean.squareRoot() : mean
            }
            return errors[1] - errors[0]
        }
    }

    /// 1 - value for a share that should be high, - value for another number that should be, the value itself else.
    private static func error(_ outcomes: PredictedOutcomes, _ metric: Metric) -> MeasuredError {
        func error(_ outcomes: PredictedOutcomes) -> Double {
            guard let value = metric(outcomes) else { return .nan }
            return metric.isHigherBetter ? 1 - value : value
        }
        return .bootstrap(examples: outcomes.count, replicates: 300) { rows in error(outcomes.selecting(rows)) }
    }
}

extension PreparedData.Part {
    /// The numbers of the targets row by row, and the weights of the examples where they have some.
    func targets(_ preprocessing: Preprocessing) -> (numbers: [Double], weights: [Double]?) {
        (y.doubles(), weights)
    }
}

extension Assessment {
    /// The error this figure tells: for a model whose data are gone.
    func measuredError(task: Task) -> MeasuredError {
        let unknown = Interval(low: 0, high: .infinity)
        switch task {
        case .binary, .multiclass:
            let range = interval.map { Interval(low: 1 - $0.high, high: 1 - $0.low) }
            return .value(1 - score.metric, interval: range ?? Interval(low: 0, high: 1), examples: score.count)
        case .regression: return .value(score.metric, interval: interval ?? unknown, examples: score.count)
        }
    }
}
