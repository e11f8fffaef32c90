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

extension [ChartPoint] {
    /// Few enough points to draw, without hiding anything that could be seen: of every column of the drawing the first, the last,
    /// the lowest and the highest point are kept (the M4 aggregation of Jugel et al., 2014), and so is a first point that is not
    /// finite, where the line breaks.
    ///
    /// - Parameters:
    ///   - columns: of the drawing; at most five times as many points are left.
    ///   - axis: decides which points share a column.
    public func downSampled(columns: Int, along axis: Axis = Axis("")) -> [ChartPoint] {
        guard count > 5 * columns, columns > 0 else { return self }
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
        var chosen = Column()
        for (index, point) in enumerated() where axis.shows(point.x) {
            let place = Swift.min(Int((axis.transformed(point.x) - low) * scale), columns - 1)
            if place != column {
                kept += chosen.places.map { self[$0] }
                (column, chosen) = (place, Column())
            }
            chosen.take(index, point.y)
        }
        return kept + chosen.places.map { self[$0] }
    }

    /// What is kept of one column.
    private struct Column {
        private var first: Int?
        private var last: Int?
        private var lowest: (place: Int, y: Double)?
        private var highest: (place: Int, y: Double)?
        private var broken: Int?

        mutating func take(_ place: Int, _ y: Double) {
            guard y.isFinite else {
                broken = broken ?? place
                return
            }
            first = first ?? place
            last = place
            if y < lowest?.y ?? .infinity { lowest = (place, y) }
            if y > highest?.y ?? -.infinity { highest = (place, y) }
        }

        var places: [Int] { Set([first, last, lowest?.place, highest?.place, broken].compactMap { $0 }).sorted() }
    }
}
