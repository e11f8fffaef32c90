import ThalwegEngine
public import ThalwegTraining

/// The error of one set of examples (the lower the better), and what the figure is worth.
///
/// Four kinds of evidence give an interval at any confidence: counts (Wilson), losses of the single examples (bootstrap of the mean
/// up to 2,000 examples, beyond that its normal limit), any statistic of the examples (bootstrap), and a figure with a 95 % interval
/// from elsewhere. A figure that was told and not measured (human-level error) is exact.
public struct MeasuredError: Sendable, Hashable {
    private enum Basis: Sendable, Hashable {
        case exact
        /// Wrong answers.
        case share(Double)
        /// Mean and standard error of the losses; `isRoot`: the error is the root of their mean.
        case mean(Double, deviation: Double, isRoot: Bool)
        /// Ascending.
        case replicates([Double])
        /// The distances to the ends of the 95 % interval.
        case interval(below: Double, above: Double)
    }

    public let value: Double
    /// nil for a figure that was not measured.
    public let examples: Int?
    private let basis: Basis

    /// A figure that is known, such as the error of people.
    public static func exact(_ value: Double) -> MeasuredError {
        MeasuredError(value: value, examples: nil, basis: .exact)
    }

    /// So many wrong answers.
    public static func counts(wrong: Int, of examples: Int) -> MeasuredError {
        precondition(examples > 0 && (0...examples).contains(wrong), "\(wrong) wrong answers of \(examples) examples")
        return MeasuredError(
            value: Double(wrong) / Double(examples), examples: examples, basis: .share(Double(wrong)))
    }

    /// The mean of the examples' losses.
    public static func mean(ofLosses losses: [Double]) -> MeasuredError { mean(losses, isRoot: false) }

    /// The root of the mean of the examples' squared errors.
    public static func root(ofSquares squares: [Double]) -> MeasuredError { mean(squares, isRoot: true) }

    /// A figure with a 95 % interval from elsewhere.
    public static func value(_ value: Double, interval: Interval, examples: Int) -> MeasuredError {
        MeasuredError(
            value: value, examples: examples,
            basis: .interval(below: max(value - interval.low, 0), above: max(interval.high - value, 0)))
    }

    /// Any error that is a function of the examples: `statistic` gets the places of a sample of them, drawn with replacement.
    public static func bootstrap(
        examples: Int, replicates: Int = 2000, seed: UInt64 = 0, statistic: ([Int]) -> Double
    ) -> MeasuredError {
        precondition(examples > 0, "no examples")
        var random = RandomSource(key: RandomKey(seed: seed))
        let values = (0..<replicates).map { _ in
            statistic((0..<examples).map { _ in Int.random(in: 0..<examples, using: &random) })
        }
        return MeasuredError(
            value: statistic(Array(0..<examples)), examples: examples,
            basis: .replicates(values.filter(\.isFinite).sorted()))
    }

    private static func mean(_ losses: [Double], isRoot: Bool) -> MeasuredError {
        precondition(!losses.isEmpty, "no examples")
        let n = Double(losses.count)
        let mean = losses.reduce(0, +) / n
        func error(_ mean: Double) -> Double { isRoot ? max(mean, 0).squareRoot() : mean }
        guard losses.count > 2000 else {
            let means = bootstrapMeans(losses, replicates: 1000)
            return MeasuredError(
                value: error(mean), examples: losses.count, basis: .replicates(means.map(error).sorted()))
        }
        let variance = losses.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)
        return MeasuredError(
            value: error(mean), examples: losses.count,
            basis: .mean(mean, deviation: (variance / n).squareRoot(), isRoot: isRoot))
    }

    private static func bootstrapMeans(_ losses: [Double], replicates: Int) -> [Double] {
        var random = RandomSource(key: RandomKey(seed: 0))
        let count = UInt64(losses.count)
        return losses.withUnsafeBufferPointer { losses in
            (0..<replicates).map { _ in
                var sum = 0.0
                for _ in 0..<count { sum += losses[Int(random.next().multipliedFullWidth(by: count).high)] }
                return sum / Double(count)
            }
        }
    }

    /// The interval that holds the true error with probability `confidence`.
    ///
    /// - Parameter factor: as if there were so many times the examples, with the same outcomes.
    public func interval(confidence: Double = 0.95, examplesTimes factor: Double = 1) -> Interval {
        let z = Normal.quantile(0.5 + confidence / 2)
        let shrink = 1 / factor.squareRoot()
        switch basis {
        case .exact: return Interval(low: value, high: value)
        case .share(let wrong):
            return .wilson(wrong: wrong * factor, of: Double(examples ?? 1) * factor, z: z)
        case .mean(let mean, let deviation, let isRoot):
            let half = z * deviation * shrink
            return isRoot
                ? Interval(low: max(0, mean - half).squareRoot(), high: (mean + half).squareRoot())
                : Interval(low: mean - half, high: mean + half)
        case .interval(let below, let above):
            let scale = z / Normal.quantile(0.975) * shrink
            return Interval(low: value - below * scale, high: value + above * scale)
        case .replicates(let values):
            guard !values.isEmpty else { return Interval(low: -.infinity, high: .infinity) }
            let ends = [0.5 - confidence / 2, 0.5 + confidence / 2].map { values.quantile($0) }
            return Interval(
                low: min(value + (ends[0] - value) * shrink, value),
                high: max(value + (ends[1] - value) * shrink, value))
        }
    }
}

extension Interval {
    /// Wilson's interval for a share at any confidence.
    static func wilson(wrong: Double, of n: Double, z: Double) -> Interval {
        let share = wrong / n
        let center = (share + z * z / (2 * n)) / (1 + z * z / n)
        let half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
        // The ends of none and all are 0 and 1; rounding would miss them by a hair.
        return Interval(low: wrong == 0 ? 0 : max(0, center - half), high: wrong == n ? 1 : min(1, center + half))
    }

    /// Of the difference `second - first` of two independent figures, from the interval of each: Newcombe's hybrid score interval
    /// where those are Wilson's, in general the method of variance estimates recovery (Zou and Donner 2008).
    ///
    /// - Parameters: as `MeasuredError.interval(confidence:examplesTimes:)`, for both.
    public static func difference(
        from before: MeasuredError, to after: MeasuredError, confidence: Double = 0.95, examplesTimes factor: Double = 1
    ) -> Interval {
        let first = (value: before.value, interval: before.interval(confidence: confidence, examplesTimes: factor))
        let second = (value: after.value, interval: after.interval(confidence: confidence, examplesTimes: factor))
        func root(_ a: Double, _ b: Double) -> Double { (a * a + b * b).squareRoot() }
        let size = second.value - first.value
        return Interval(
            low: size - root(second.value - second.interval.low, first.interval.high - first.value),
            high: size + root(second.interval.high - second.value, first.value - first.interval.low))
    }
}
