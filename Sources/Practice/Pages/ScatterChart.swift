import ThalwegDataSets
import ThalwegTraining

/// Points by two measures: predicted against wanted, a search's trials, calibration.
public struct ScatterChart: Sendable {
    /// Points of one kind.
    public struct Group: Sendable {
        public var name: String
        public var points: [ChartPoint]

        public init(_ name: String, _ points: [ChartPoint]) {
            self.name = name
            self.points = points
        }
    }

    public var title: String
    public var x: Axis
    public var y: Axis
    public var groups: [Group]
    /// Draws the line where y equals x, on which a perfect model's points lie.
    public var hasDiagonal: Bool

    public init(_ title: String, x: Axis, y: Axis, groups: [Group], hasDiagonal: Bool = false) {
        self.title = title
        self.x = x
        self.y = y
        self.groups = groups
        self.hasDiagonal = hasDiagonal
    }

    /// The drawing, its legend and the data as a table. Of points that would cover each other one is drawn.
    public var html: HTML {
        let visible = groups.map { group in
            Group(group.name, group.points.filter { x.shows($0.x) && y.shows($0.y) })
        }
        let points = visible.flatMap(\.points)
        let total = points.count
        let frame = ChartFrame(
            title: title,
            summary: visible.map { "\($0.name): \(counted($0.points.count, "point"))." }.joined(separator: " "),
            x: x, y: y, xs: points.map(\.x), ys: points.flatMap { [$0.y, $0.low ?? $0.y, $0.high ?? $0.y] })
        let svg = frame.svg {
            if hasDiagonal, let ends = Self.diagonal(frame) { ends }
            for (index, group) in visible.enumerated() {
                for point in Self.distinct(group.points, frame) {
                    if let low = point.low, let high = point.high {
                        let at = pixel(frame.x.position(point.x))
                        line(at, pixel(frame.y.position(low)), at, pixel(frame.y.position(high)), class: "axis")
                    }
                    Self.marker(point, index, frame, name: group.name)
                }
            }
        }
        let rows = visible.flatMap { group in
            group.points.map { [group.name, numberText($0.x), numberText($0.y)] }
        }
        let every = max(1, rows.count / 100)
        let shown = rows.enumerated().filter { $0.offset % every == 0 }.map(\.element)
        return chartFigure(
            title: title, svg: svg, legend: groups.count > 1 ? Self.legend(groups.map(\.name)) : HTML(),
            table: DataTable(
                shown.count < total ? "Every \(grouped(every))th of \(grouped(total)) points" : "All points",
                columns: ["", x.label, y.label], rows: shown))
    }

    private static func diagonal(_ frame: ChartFrame) -> HTML? {
        let low = max(frame.x.low, frame.y.low)
        let high = min(frame.x.high, frame.y.high)
        guard low < high, frame.x.axis.scale == .linear, frame.y.axis.scale == .linear else { return nil }
        return line(
            pixel(frame.x.position(low)), pixel(frame.y.position(low)), pixel(frame.x.position(high)),
            pixel(frame.y.position(high)), class: "mark")
    }

    /// A point for every three pixels.
    private static func distinct(_ points: [ChartPoint], _ frame: ChartFrame) -> [ChartPoint] {
        guard points.count > 2000 else { return points }
        var taken: Set<SIMD2<Int32>> = []
        return points.filter { point in
            let place = SIMD2(Int32(frame.x.position(point.x) / 3), Int32(frame.y.position(point.y) / 3))
            return taken.insert(place).inserted
        }
    }

    /// Groups differ in color and form.
    private static func marker(_ point: ChartPoint, _ index: Int, _ frame: ChartFrame, name: String) -> HTML {
        let (x, y) = (frame.x.position(point.x), frame.y.position(point.y))
        let title = element("title") {
            "\(name.isEmpty ? "" : name + ": ")\(numberText(point.x)), \(numberText(point.y))"
        }
        return shape(index, x, y, title)
    }

    private static func shape(_ index: Int, _ x: Double, _ y: Double, _ title: HTML = HTML()) -> HTML {
        let color = "f\(index % 8 + 1)"
        func path(_ steps: String) -> HTML {
            element("path", ["class": color, "fill-opacity": "0.7", "d": "M\(pixel(x)) \(pixel(y))" + steps]) { title }
        }
        switch index % 4 {
        case 0:
            return element("circle", ["class": color, "fill-opacity": "0.7", "cx": pixel(x), "cy": pixel(y), "r": "3"])
            { title }
        case 1: return path("m-3-3h6v6h-6z")
        case 2: return path("m0-4l4 7h-8z")
        default: return path("m0-4l4 4l-4 4l-4-4z")
        }
    }

    private static func legend(_ names: [String]) -> HTML {
        element("ul", ["class": "legend"]) {
            for (index, name) in names.enumerated() {
                element("li") {
                    element("svg", ["viewBox": "0 0 38 12", "aria-hidden": "true"]) { shape(index, 19, 6) }
                    name
                }
            }
        }
    }
}
