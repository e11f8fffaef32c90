import Foundation

/// A 95 % confidence interval.
public struct Interval: Codable, Sendable, Hashable {
    public var low: Double
    public var high: Double

    public init(low: Double, high: Double) {
        self.low = low
        self.high = high
    }

    /// Wilson's interval for a share of right answers: sound for few examples and shares near 0 and 1, where the usual
    /// plus-minus is not.
    ///
    /// - Parameters:
    ///   - share: from 0 to 1.
    ///   - count: examples, at least 1.
    public static func wilson(share: Double, count: Int) -> Interval {
        wilson(share: share, effectiveCount: Double(max(count, 1)))
    }

    /// - Parameters:
    ///   - n: where examples have weights, the number of equal ones that would tell as much (`effectiveCount`).
    ///   - z: half the width of the interval, in standard deviations of a normal distribution.
    public static func wilson(share: Double, effectiveCount n: Double, z: Double = usual) -> Interval {
        let center = (share + z * z / (2 * n)) / (1 + z * z / n)
        let half = z / (1 + z * z / n) * (share * (1 - share) / n + z * z / (4 * n * n)).squareRoot()
        // The ends of none and all are 0 and 1; rounding would miss them by a hair.
        return Interval(low: share == 0 ? 0 : max(0, center - half), high: share == 1 ? 1 : min(1, center + half))
    }

    /// The z of 95 %.
    public static let usual = 1.959963984540054
}

/// The root of the mean of squared errors, and how well some examples tell it.
public struct RootMeanSquare: Sendable, Hashable {
    public let value: Double
    /// The standard error of the value's logarithm: half of the mean square's, relative to it.
    public let deviation: Double

    /// - Parameters:
    ///   - squares: squared errors of the examples.
    ///   - weights: of the examples; empty where all count the same.
    public init(squares: [Double], weights: [Double] = []) {
        let n = weights.isEmpty ? Double(max(squares.count, 1)) : weights.effectiveCount
        let total = weights.isEmpty ? n : weights.reduce(0, +)
        func sum(_ number: (Double) -> Double) -> Double {
            squares.indices.reduce(0) { $0 + (weights.isEmpty ? 1 : weights[$1]) * number(squares[$1]) }
        }
        let mean = sum { $0 } / total
        let variance = sum { ($0 - mean) * ($0 - mean) } / total * n / max(n - 1, 1)
        value = mean.squareRoot()
        deviation = mean > 0 ? (variance / n).squareRoot() / mean / 2 : 0
    }

    /// The interval that is normal for the logarithm. It holds the true error more often than that of the mean square itself or its
    /// bootstrap, most of all where few examples have large errors, and its ends are never below 0.
    ///
    /// - Parameters:
    ///   - z: half the width of the interval, in standard deviations of a normal distribution.
    ///   - factor: as if there were so many times the examples, with the same errors.
    public func interval(z: Double = Interval.usual, examplesTimes factor: Double = 1) -> Interval {
        let ratio = exp(z * deviation / factor.squareRoot())
        return Interval(low: value / ratio, high: value * ratio)
    }
}

extension [Double] {
    /// How many equal weights tell as much as these (Kish): (sum of w)^2 / sum of w^2.
    public var effectiveCount: Double {
        let squares = reduce(0) { $0 + $1 * $1 }
        return squares > 0 ? Swift.max(1, reduce(0, +) * reduce(0, +) / squares) : 1
    }
}
