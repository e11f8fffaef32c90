/// The common part of charts with two axes: lines, labels, and what screen readers are told.
struct ChartFrame {
    static let width = 600.0
    static let height = 320.0

    let title: String
    /// For those who cannot see the drawing.
    let summary: String
    let x: PlacedAxis
    let y: PlacedAxis

    init(title: String, summary: String, x: Axis, y: Axis, xs: some Sequence<Double>, ys: some Sequence<Double>) {
        self.title = title
        self.summary = summary
        self.x = PlacedAxis(x, values: xs, from: 62, to: Self.width - 14)
        self.y = PlacedAxis(y, values: ys, from: Self.height - 44, to: 12, rounds: true)
    }

    /// The drawing with `content` between its axes.
    func svg(@HTMLBuilder content: () -> HTML) -> HTML {
        let (left, right, bottom, top) = (x.start, x.end, y.start, y.end)
        return element(
            "svg",
            [
                "class": "chart", "viewBox": "0 0 \(Int(Self.width)) \(Int(Self.height))", "role": "img",
                "aria-label": "\(title). \(summary)",
            ]
        ) {
            element("title") { title }
            element("desc") { summary }
            for tick in y.ticks() {
                let at = pixel(y.position(tick.value))
                line(pixel(left), at, pixel(right), at, class: "grid")
                text(tick.text, pixel(left - 7), pixel(y.position(tick.value) + 4), anchor: "end")
            }
            for tick in x.ticks(7) {
                let at = pixel(x.position(tick.value))
                line(at, pixel(bottom), at, pixel(bottom + 4), class: "axis")
                text(tick.text, at, pixel(bottom + 18), anchor: "middle")
            }
            line(pixel(left), pixel(bottom), pixel(right), pixel(bottom), class: "axis")
            text(x.axis.label, pixel((left + right) / 2), pixel(bottom + 36), anchor: "middle", class: "soft")
            element(
                "text",
                [
                    "class": "soft", "text-anchor": "middle",
                    "transform": "translate(14 \(pixel((top + bottom) / 2))) rotate(-90)",
                ]
            ) { y.axis.label }
            content()
        }
    }

    func point(_ point: ChartPoint) -> String { pixel(x.position(point.x)) + " " + pixel(y.position(point.y)) }
}

/// Drawing, heading and the same as a table, which is closed at first.
func chartFigure(title: String, svg: HTML, legend: HTML = HTML(), table: DataTable?) -> HTML {
    element("figure") {
        element("figcaption") { title }
        svg
        legend
        if let table {
            element("details") {
                element("summary") { "Data as a table: \(title)" }
                table.html
            }
        }
    }
}

func line(_ x1: String, _ y1: String, _ x2: String, _ y2: String, class name: String) -> HTML {
    element("line", ["x1": x1, "y1": y1, "x2": x2, "y2": y2, "class": name])
}

func text(_ content: String, _ x: String, _ y: String, anchor: String, class name: String? = nil) -> HTML {
    element("text", ["x": x, "y": y, "text-anchor": anchor, "class": name]) { content }
}

/// A coordinate to a tenth of a pixel.
func pixel(_ value: Double) -> String {
    let tenths = Int((min(max(value, -1e6), 1e6) * 10).rounded())
    let (whole, rest) = abs(tenths).quotientAndRemainder(dividingBy: 10)
    return (tenths < 0 ? "-" : "") + (rest == 0 ? "\(whole)" : "\(whole).\(rest)")
}

/// The style of the series at `index`: eight colors and dashes, then again from the first.
func seriesClass(_ index: Int) -> String { "s\(index % 8 + 1)" }
