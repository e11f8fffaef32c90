import Foundation
public import ThalwegTraining

/// What the curves of a run say: whether it was still learning at its end, and whether it had learned too long.
public struct CurveReading: Codable, Sendable, Hashable {
    /// One epoch's end.
    public struct Point: Codable, Sendable, Hashable {
        public var epoch: Int
        public var train: Double?
        public var dev: Double?
        public var devMetric: Double?
    }

    /// Costs at the ends of the epochs, at most 200 of them.
    public var points: [Point]
    public var epochs: Int
    /// The share of its cost that training loses with one more epoch, by the same law as `twiceTrain`; below 0 where it rises.
    public var fallPerEpoch: Double
    /// The training cost at twice the epochs as a multiple of the present one, if it goes on falling as in its last half: a power of
    /// the epochs, with 95 %.
    public var twiceTrain: Projection?
    /// The same of the dev cost.
    public var twiceDev: Projection?
    /// The epoch of the lowest dev cost.
    public var bestDevEpoch: Int?
    /// How much the dev cost rose from there to the end, as a share of it.
    public var devRise: Double?
    /// The dev metric at the lowest dev cost and at the end.
    public var devMetrics: [Double]?

    public struct Projection: Codable, Sendable, Hashable {
        public var factor: Double
        public var interval: Interval
    }

    /// nil for fewer than four epochs.
    public init?(_ rows: [MetricsRow]) {
        var ends: [Int: MetricsRow] = [:]
        for row in rows where row.epoch > 0 { ends[row.epoch] = row }
        let all = ends.keys.sorted().compactMap { epoch in
            ends[epoch].map {
                Point(epoch: epoch, train: $0.trainCost?.finite, dev: $0.devCost?.finite, devMetric: $0.devMetric)
            }
        }
        guard all.count >= 4, let last = all.last else { return nil }
        epochs = last.epoch
        let step = (all.count + 199) / 200
        points = all.enumerated().filter { $0.offset % step == 0 || $0.offset == all.count - 1 }.map(\.element)
        let train = all.compactMap { point in point.train.map { (Double(point.epoch), $0) } }
        let dev = all.compactMap { point in point.dev.map { (Double(point.epoch), $0) } }
        twiceTrain = Self.projection(train)
        fallPerEpoch = twiceTrain.map { -log2($0.factor) / Double(last.epoch) } ?? 0
        twiceDev = Self.projection(dev)
        guard let best = all.filter({ $0.dev != nil }).min(by: { ($0.dev ?? 0) < ($1.dev ?? 0) }), let lowest = best.dev
        else { return }
        bestDevEpoch = best.epoch
        // The end is the mean of the last few epochs: one of them may stand out.
        let tail = dev.suffix(max(dev.count / 20, 1)).map(\.1)
        devRise = lowest > 0 ? tail.reduce(0, +) / Double(tail.count) / lowest - 1 : nil
        if let least = best.devMetric, let end = last.devMetric { devMetrics = [least, end] }
    }

    /// A line through log cost against log epochs over the last half.
    private static func projection(_ curve: [(Double, Double)]) -> Projection? {
        let half = curve.suffix((curve.count + 1) / 2).filter { $0.1 > 0 && $0.0 > 0 }
        guard half.count >= 4 else { return nil }
        let (x, y) = (half.map { log($0.0) }, half.map { log($0.1) })
        guard let line = Line(x, y) else { return nil }
        let change = { (slope: Double) in pow(2, slope) }
        return Projection(
            factor: change(line.slope),
            interval: Interval(low: change(line.slope - 2 * line.error), high: change(line.slope + 2 * line.error)))
    }

    /// Whether training was still getting somewhere: by more than 5 % of its cost at twice the epochs, and certainly.
    public var isStillFalling: Bool { twiceTrain.map { $0.factor < 0.95 && $0.interval.high < 1 } ?? false }

    /// Whether dev costs rose again by more than a tenth after their lowest in the first 70 % of the epochs.
    public var hasOvertrained: Bool {
        guard let bestDevEpoch, let devRise else { return false }
        return devRise > 0.1 && Double(bestDevEpoch) < 0.7 * Double(epochs)
    }
}

/// The straight line of least squares, with the standard error of its slope.
struct Line {
    let slope: Double
    let intercept: Double
    let error: Double

    /// nil where all x are the same.
    init?(_ x: [Double], _ y: [Double]) {
        let (mx, my) = (x.mean, y.mean)
        let spread = x.reduce(0) { $0 + ($1 - mx) * ($1 - mx) }
        guard x.count > 2, spread > 0 else { return nil }
        let slope = zip(x, y).reduce(0) { $0 + ($1.0 - mx) * ($1.1 - my) } / spread
        let residual = zip(x, y).reduce(0) { sum, point in
            let error = point.1 - my - slope * (point.0 - mx)
            return sum + error * error
        }
        self.slope = slope
        intercept = my - slope * mx
        error = (residual / Double(x.count - 2) / spread).squareRoot()
    }
}

extension [Double] {
    var mean: Double { isEmpty ? 0 : reduce(0, +) / Double(count) }
}

extension Double {
    var finite: Double? { isFinite ? self : nil }
}
