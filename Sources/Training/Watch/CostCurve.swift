/// The training cost along a run, in at most some hundred points however long it was.
///
/// Points are joined two by two when there are too many, so that a run of a million steps keeps its shape.
public struct CostCurve: Sendable, Equatable {
    public struct Point: Sendable, Equatable {
        /// Steps done before the first of its costs.
        public var step: Int
        /// The mean of its costs.
        public var cost: Double
        /// The mean learning rate.
        public var rate: Double
        /// Costs in the mean.
        public var count: Int
    }

    public private(set) var points: [Point] = []
    /// Of the untrained network.
    public private(set) var initialCost: Double?
    /// Whether costs were measured over the training set, an epoch apart: they have no noise of batches.
    public private(set) var isMeasured = false
    /// Costs that make one point; the last point may have fewer.
    private var stride = 1
    static let mostPoints = 512

    public init() {}

    /// From the rows of `metrics.csv`; rows without a training cost are left out.
    public init(_ rows: [MetricsRow]) {
        for row in rows { append(row) }
    }

    mutating func append(_ row: MetricsRow) {
        guard let cost = row.trainCost else { return }
        if points.count == 1, points[0].count == 1 { isMeasured = row.step > points[0].step + 1 }
        append(step: row.step, cost: cost, rate: row.learningRate)
    }

    public mutating func append(step: Int, cost: Double, rate: Double) {
        if points.isEmpty { initialCost = cost }
        let next = Point(step: step, cost: cost, rate: rate, count: 1)
        let last = points.count - 1
        guard last >= 0, points[last].count < stride else { return start(next) }
        points[last].join(next)
    }

    private mutating func start(_ point: Point) {
        if points.count == Self.mostPoints {
            points = Swift.stride(from: 0, to: points.count, by: 2).map { points[$0].joined(points[$0 + 1]) }
            stride *= 2
        }
        points.append(point)
    }

    /// Means of about equally many points each, at most `count`: what remains of a curve when its noise is averaged out.
    func smoothed(to count: Int) -> [Point] {
        guard points.count > count else { return points }
        return (0..<count).map { bin in
            let range = (bin * points.count / count)..<((bin + 1) * points.count / count)
            return points[range].dropFirst().reduce(points[range.lowerBound]) { $0.joined($1) }
        }
    }
}

extension CostCurve.Point {
    /// Takes the costs of a later point in.
    fileprivate mutating func join(_ other: Self) {
        let total = Double(count + other.count)
        cost = (cost * Double(count) + other.cost * Double(other.count)) / total
        rate = (rate * Double(count) + other.rate * Double(other.count)) / total
        count += other.count
    }

    fileprivate func joined(_ other: Self) -> Self {
        var point = self
        point.join(other)
        return point
    }
}
