import ThalwegEngine
public import ThalwegTraining

/// The error of one set of examples (the lower the better), and what the figure is worth.
///
/// Five kinds of evidence give an interval at any confidence: counts (Wilson), squared errors of the single examples (`RootMeanSquare`),
/// their losses (bootstrap of the mean up to 2,000 examples, beyond that its normal limit), any statistic of the examples (bootstrap),
/// and a figure with a 95 % interval from elsewhere. A figure that was told and not measured (human-level error) is exact.
public struct MeasuredError: Sendable, Hashable {
    private enum Basis: Sendable, Hashable {
        case exact
        /// Wrong answers.
        case share(Double)
        /// The standard error of the mean of the losses.
        case mean(deviation: Double)
        case root(RootMeanSquare)
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
    public static func mean(ofLosses losses: [Double]) -> MeasuredError {
        precondition(!losses.isEmpty, "no examples")
        let n = Double(losses.count)
        let mean = losses.reduce(0, +) / n
        guard losses.count > 2000 else {
            return MeasuredError(
                value: mean, examples: losses.count,
                basis: .replicates(bootstrapMeans(losses, replicates: 1000).sorted()))
        }
        let variance = losses.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / (n - 1)
        return MeasuredError(
            value: mean, examples: losses.count, basis: .mean(deviation: (variance / n).squareRoot()))
    }

    /// The root of the mean of the examples' squared errors.
    ///
    /// - Parameter weights: of the examples; empty where all count the same.
    public static func root(ofSquares squares: [Double], weights: [Double] = []) -> MeasuredError {
        precondition(!squares.isEmpty, "no examples")
        let root = RootMeanSquare(squares: squares, weights: weights)
        return MeasuredError(value: root.value, examples: squares.count, basis: .root(root))
    }

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
            let n = Double(examples ?? 1)
            return .wilson(share: wrong / n, effectiveCount: n * factor, z: z)
        case .mean(let deviation):
            let half = z * deviation * shrink
            return Interval(low: value - half, high: value + half)
        case .root(let root): return root.interval(z: z, examplesTimes: factor)
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
