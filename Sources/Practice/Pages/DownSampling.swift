/// A point of a series, with the ends of its interval where it has one.
public struct ChartPoint: Sendable, Hashable {
    public var x: Double
    public var y: Double
    public var low: Double?
    public var high: Double?

    public init(_ x: Double, _ y: Double, low: Double? = nil, high: Double? = nil) {
        self.x = x
        self.y = y
        self.low = low
        self.high = high
    }
}

extension Collection<ChartPoint> {
    /// Few enough points to draw, without hiding anything that could be seen: of every column of the drawing the first, the last,
    /// the lowest and the highest point are kept (the M4 aggregation of Jugel et al., 2014), and so is a first point that is not
    /// finite, where the line breaks.
    ///
    /// - Parameters:
    ///   - columns: of the drawing; at most five times as many points are left.
    ///   - axis: decides which points share a column.
    public func downSampled(columns: Int, along axis: Axis = Axis("")) -> [ChartPoint] {
        guard count > 5 * columns, columns > 0 else { return Array(self) }
        var (first, last) = (Double.infinity, -Double.infinity)
        for point in self where axis.shows(point.x) {
            (first, last) = (Swift.min(first, point.x), Swift.max(last, point.x))
        }
        guard first < last else { return Array(prefix(1)) }
        let (low, high) = (axis.transformed(first), axis.transformed(last))
        let scale = Double(columns) / (high - low)
        var kept: [ChartPoint] = []
        kept.reserveCapacity(5 * columns)
        var column = -1
        var chosen = ColumnOfPoints()
        for (number, point) in enumerated() where axis.shows(point.x) {
            let place = Swift.min(Int((axis.transformed(point.x) - low) * scale), columns - 1)
            if place != column {
                kept += chosen.points
                (column, chosen) = (place, ColumnOfPoints())
            }
            chosen.take(number, point)
        }
        return kept + chosen.points
    }
}

/// What is kept of the points that share a column.
private struct ColumnOfPoints {
    private typealias Numbered = (number: Int, point: ChartPoint)
    private var first: Numbered?
    private var last: Numbered?
    private var lowest: Numbered?
    private var highest: Numbered?
    private var broken: Numbered?

    mutating func take(_ number: Int, _ point: ChartPoint) {
        guard point.y.isFinite else {
            broken = broken ?? (number, point)
            return
        }
        first = first ?? (number, point)
        last = (number, point)
        if point.y < lowest?.point.y ?? .infinity { lowest = (number, point) }
        if point.y > highest?.point.y ?? -.infinity { highest = (number, point) }
    }

    /// In their order, each once.
    var points: [ChartPoint] {
        let all = [first, last, lowest, highest, broken].compactMap { $0 }.sorted { $0.number < $1.number }
        return all.enumerated().filter { $0.offset == 0 || $0.element.number != all[$0.offset - 1].number }
            .map(\.element.point)
    }
}
