internal import Foundation

/// v = beta·v + (1 - beta)·x, an average over about 1/(1 - beta) values; bias correction divides by 1 - beta^n, so that
/// the first values are averages too.
///
///     var average = ExponentiallyWeightedAverage(beta: 0.9)
///     average.add(40)      // 40
///     average.add(49)      // 44.7368…
public struct ExponentiallyWeightedAverage: Codable, Hashable, Sendable {
    public let beta: Double
    public let correctsBias: Bool
    public private(set) var count = 0
    private var sum = 0.0

    public init(beta: Double, correctsBias: Bool = true) {
        self.beta = beta
        self.correctsBias = correctsBias
    }

    /// The average so far; NaN before the first value.
    public var value: Double {
        guard count > 0 else { return .nan }
        return correctsBias ? sum / -expm1(Double(count) * log(beta)) : sum
    }

    @discardableResult
    public mutating func add(_ x: Double) -> Double {
        sum = beta * sum + (1 - beta) * x
        count += 1
        return value
    }

    /// The averages along a series.
    public static func smoothed(_ series: [Double], beta: Double, correctsBias: Bool = true) -> [Double] {
        var average = ExponentiallyWeightedAverage(beta: beta, correctsBias: correctsBias)
        return series.map { average.add($0) }
    }
}
