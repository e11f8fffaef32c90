public import ThalwegTraining

/// A bar for each of a few things, from zero, with its interval where it has one.
public struct BarChart: Sendable {
    public struct Bar: Sendable {
        public var name: String
        public var value: Double
        public var interval: Interval?

        public init(_ name: String, _ value: Double, interval: Interval? = nil) {
            self.name = name
            self.value = value
            self.interval = interval
        }
    }

    public var title: String
    /// What the lengths are.
    public var value: Axis
    /// From the top.
    public var bars: [Bar]

    public init(_ title: String, value: Axis, bars: [Bar]) {
        self.title = title
        self.value = value
        self.bars = bars
    }

    /// The drawing, and the data as a table.
    public var html: HTML {
        let (left, right, row) = (170.0, ChartFrame.width - 70, 24.0)
        let shown = bars.filter(\.value.isFinite)
        let x = PlacedAxis(
            value, values: [0] + shown.flatMap { [$0.value, $0.interval?.low ?? 0, $0.interval?.high ?? 0] },
            from: left,
            to: right)
        let bottom = row * Double(shown.count) + 6
        let zero = x.position(0)
        let svg = element(
            "svg",
            [
                "class": "chart", "viewBox": "0 0 \(Int(ChartFrame.width)) \(Int(bottom) + 44)", "role": "img",
                "aria-label": title,
            ]
        ) {
            element("title") { title }
            element("desc") { shown.map { "\($0.name): \(numberText($0.value))" }.joined(separator: "; ") }
            for tick in x.ticks() {
                let at = pixel(x.position(tick.value))
                line(at, "0", at, pixel(bottom), class: "grid")
                text(tick.text, at, pixel(bottom + 16), anchor: "middle")
            }
            text(value.label, pixel((left + right) / 2), pixel(bottom + 34), anchor: "middle", class: "soft")
            for (index, bar) in shown.enumerated() {
                let (top, end) = (row * Double(index) + 4, x.position(bar.value))
                text(shortened(bar.name, to: 24), pixel(left - 8), pixel(top + 13), anchor: "end")
                element(
                    "rect",
                    [
                        "class": "f1", "x": pixel(min(zero, end)), "y": pixel(top), "width": pixel(abs(end - zero)),
                        "height": pixel(row - 7),
                    ]
                ) { element("title") { "\(bar.name): \(numberText(bar.value))" } }
                let ends = [end, zero] + [bar.interval?.high].compactMap { $0.map(x.position) }
                if let interval = bar.interval, interval.high.isFinite {
                    let (from, to) = (pixel(x.position(interval.low)), pixel(x.position(interval.high)))
                    let middle = pixel(top + (row - 7) / 2)
                    line(from, middle, to, middle, class: "interval")
                    for end in [from, to] { line(end, pixel(top + 4), end, pixel(top + row - 11), class: "interval") }
                }
                text(numberText(bar.value), pixel((ends.max() ?? end) + 6), pixel(top + 13), anchor: "start")
            }
            line(pixel(zero), "0", pixel(zero), pixel(bottom), class: "axis")
        }
        let hasIntervals = bars.contains { $0.interval != nil }
        let rows = bars.map { bar in
            [bar.name, numberText(bar.value)]
                + (hasIntervals ? [bar.interval.map { "\(numberText($0.low)) to \(numberText($0.high))" } ?? "–"] : [])
        }
        return chartFigure(
            title: title, svg: svg,
            table: DataTable(
                "All bars", columns: ["", value.label] + (hasIntervals ? ["95 % interval"] : []), rows: rows))
    }
}

/// At most so many characters, with an ellipsis where some are left out.
func shortened(_ text: String, to length: Int) -> String {
    text.count <= length ? text : text.prefix(length - 1) + "…"
}
