import ThalwegDataSets
import ThalwegTraining

/// Curves over one axis: costs and metrics by step, learning curves with intervals, a rate finder's sweep.
public struct LineChart: Sendable {
    public struct Series: Sendable {
        public var name: String
        /// In the order of x. Where y is not finite the line breaks.
        public var points: [ChartPoint]
        /// How many there were before they were down-sampled.
        public var count: Int

        /// - Parameter count: of the points before they were down-sampled; those given when nil.
        public init(_ name: String, _ points: [ChartPoint], of count: Int? = nil) {
            self.name = name
            self.points = points
            self.count = count ?? points.count
        }
    }

    /// A place on the x axis worth pointing at.
    public struct Mark: Sendable {
        public var x: Double
        public var label: String

        public init(_ x: Double, _ label: String) {
            self.x = x
            self.label = label
        }
    }

    public var title: String
    public var x: Axis
    public var y: Axis
    public var series: [Series]
    public var marks: [Mark]

    public init(_ title: String, x: Axis, y: Axis, series: [Series], marks: [Mark] = []) {
        self.title = title
        self.x = x
        self.y = y
        self.series = series
        self.marks = marks
    }

    /// The drawing, its legend and the data as a table.
    public var html: HTML {
        let visible = series.map { series in
            Series(
                series.name, series.points.filter { x.shows($0.x) && (y.shows($0.y) || !$0.y.isFinite) },
                of: series.count)
        }
        let drawn = visible.map { Series($0.name, $0.points.downSampled(columns: 400, along: x)) }
        let points = drawn.flatMap(\.points)
        let frame = ChartFrame(
            title: title, summary: summary(visible), x: x, y: y, xs: points.map(\.x) + marks.map(\.x),
            ys: points.flatMap { [$0.y, $0.low ?? $0.y, $0.high ?? $0.y] })
        let svg = frame.svg {
            for mark in marks where x.shows(mark.x) {
                let at = pixel(frame.x.position(mark.x))
                line(at, pixel(frame.y.start), at, pixel(frame.y.end), class: "mark")
                let isLate = frame.x.position(mark.x) > ChartFrame.width * 0.7
                text(
                    mark.label, pixel(frame.x.position(mark.x) + (isLate ? -4 : 4)), pixel(frame.y.end + 10),
                    anchor: isLate ? "end" : "start", class: "soft")
            }
            for (index, series) in drawn.enumerated() { Self.curve(series, index, frame) }
        }
        return chartFigure(
            title: title, svg: svg, legend: series.count > 1 ? Self.legend(series.map(\.name)) : HTML(),
            table: table(visible))
    }

    private static func curve(_ series: Series, _ index: Int, _ frame: ChartFrame) -> HTML {
        let band = series.points.filter { $0.low != nil && $0.high != nil }
        var path = ""
        var isOpen = false
        for point in series.points {
            guard point.y.isFinite else {
                isOpen = false
                continue
            }
            path += (isOpen ? "L" : "M") + frame.point(point)
            isOpen = true
        }
        let finite = series.points.filter(\.y.isFinite)
        return HTMLBuilder.buildBlock(
            band.count > 1
                ? element(
                    "path",
                    [
                        "class": "band f\(index % 8 + 1)",
                        "d": "M" + band.map { frame.point(ChartPoint($0.x, $0.low ?? $0.y)) }.joined(separator: "L")
                            + "L"
                            + band.reversed().map { frame.point(ChartPoint($0.x, $0.high ?? $0.y)) }
                            .joined(separator: "L") + "Z",
                    ]) : HTML(),
            element("path", ["class": "curve \(seriesClass(index))", "d": path]),
            // Few points are shown as points, too: between them nothing was measured.
            finite.count > 40
                ? HTML()
                : HTMLBuilder.buildArray(
                    finite.map { point in
                        element(
                            "circle",
                            [
                                "class": "f\(index % 8 + 1)", "cx": pixel(frame.x.position(point.x)),
                                "cy": pixel(frame.y.position(point.y)), "r": "2.6",
                            ]
                        ) {
                            element("title") { "\(series.name): \(numberText(point.y)) at \(numberText(point.x))" }
                        }
                    }))
    }

    static func legend(_ names: [String]) -> HTML {
        element("ul", ["class": "legend"]) {
            for (index, name) in names.enumerated() {
                element("li") {
                    element("svg", ["viewBox": "0 0 38 12", "aria-hidden": "true"]) {
                        line("0", "6", "38", "6", class: "curve \(seriesClass(index))")
                    }
                    name
                }
            }
        }
    }

    private func summary(_ visible: [Series]) -> String {
        let hidden = series.reduce(0) { $0 + $1.points.count } - visible.reduce(0) { $0 + $1.points.count }
        let sentences = visible.map { series in
            let finite = series.points.filter(\.y.isFinite)
            guard let first = finite.first, let last = finite.last, let lowest = finite.min(by: { $0.y < $1.y }),
                let highest = finite.max(by: { $0.y < $1.y })
            else { return "\(series.name): no points." }
            return "\(series.name): \(grouped(series.count)) points, from \(numberText(first.y)) at \(x.label) "
                + "\(numberText(first.x)) to \(numberText(last.y)) at \(numberText(last.x)), lowest "
                + "\(numberText(lowest.y)) at \(numberText(lowest.x)), highest \(numberText(highest.y)) at "
                + "\(numberText(highest.x))."
        }
        let rest = hidden > 0 ? ["\(grouped(hidden)) points have no place on a logarithmic axis."] : []
        return (sentences + rest).joined(separator: " ")
    }

    /// At most some 40 rows: those at the ends and at the extremes of every series among them.
    private func table(_ visible: [Series]) -> DataTable {
        var wanted: Set<Double> = []
        for series in visible {
            let points = series.points.downSampled(columns: 6, along: x)
            let every = max(1, points.count / 32)
            for (index, point) in points.enumerated() where index % every == 0 || index == points.count - 1 {
                wanted.insert(point.x)
            }
        }
        let lookUp = visible.map { series in
            Dictionary(series.points.filter { wanted.contains($0.x) }.map { ($0.x, $0) }, uniquingKeysWith: { $1 })
        }
        let total = visible.map(\.count).max() ?? 0
        let rows = wanted.sorted().map { place in
            [numberText(place)]
                + lookUp.map { points in
                    guard let point = points[place] else { return "–" }
                    guard let low = point.low, let high = point.high else { return numberText(point.y) }
                    return "\(numberText(point.y)) (\(numberText(low)) to \(numberText(high)))"
                }
        }
        return DataTable(
            rows.count < total ? "\(rows.count) of \(grouped(total)) points" : "All points",
            columns: [x.label] + series.map(\.name), rows: rows)
    }
}
