import ThalwegDataSets
import ThalwegTraining

/// Many settings of many trials at once: an axis for each setting, a line for each trial, colored by the objective.
public struct ParallelCoordinates: Sendable {
    public enum Value: Sendable, Hashable {
        case number(Double)
        /// One of a few choices.
        case choice(String)

        package var text: String {
            switch self {
            case .number(let number): numberText(number)
            case .choice(let name): name
            }
        }
    }

    public struct Line: Sendable {
        public var name: String
        /// One for each axis; nil where the trial has no such setting.
        public var values: [Value?]

        public init(_ name: String, _ values: [Value?]) {
            self.name = name
            self.values = values
        }
    }

    public var title: String
    /// Settings first; the last axis is the objective, which decides about colors.
    public var axes: [Axis]
    public var lines: [Line]
    /// Whether a greater objective is better: the best line is drawn last and thick.
    public var isHigherBetter: Bool

    public init(_ title: String, axes: [Axis], lines: [Line], isHigherBetter: Bool) {
        self.title = title
        self.axes = axes
        self.lines = lines
        self.isHigherBetter = isHigherBetter
    }

    /// The drawing, and the trials as a table, the best first.
    public var html: HTML {
        let (top, bottom) = (46.0, ChartFrame.height - 16)
        // Room for the values beside every axis.
        let width = max(ChartFrame.width, 130 * Double(axes.count))
        let gap = axes.count > 1 ? (width - 140) / Double(axes.count - 1) : 0
        let scales = axes.indices.map { index in
            CoordinateScale(
                axes[index], lines.map { index < $0.values.count ? $0.values[index] : nil }, from: bottom, to: top)
        }
        // From the worst to the best, so that the best lie on top.
        let ranked = lines.sorted { (objective($0) ?? .infinity) > (objective($1) ?? .infinity) }
        let best = ranked.last.flatMap { objective($0) == nil ? nil : $0 }
        let svg = element(
            "svg",
            [
                "class": "chart", "viewBox": "0 0 \(Int(width)) \(Int(ChartFrame.height))", "role": "img",
                "aria-label": title,
            ]
        ) {
            element("title") { title }
            element("desc") {
                "\(counted(lines.count, "line")) over \(axes.map(\.label).joined(separator: ", "))."
                    + (best.map { " Best: \($0.name), " + described($0) + "." } ?? "")
            }
            for (index, trial) in ranked.enumerated() {
                let isGood = index >= ranked.count - max(1, ranked.count / 5) && objective(trial) != nil
                let isBest = index == ranked.count - 1 && best != nil
                path(trial, scales, gap, class: "thread \(isBest ? "best" : isGood ? "high" : "low")")
            }
            for (index, scale) in scales.enumerated() {
                let x = 70 + gap * Double(index)
                line(pixel(x), pixel(top), pixel(x), pixel(bottom), class: "axis")
                text(
                    shortened(axes[index].label, to: max(12, Int(gap / 4))), pixel(x), index % 2 == 0 ? "14" : "28",
                    anchor: "middle")
                for tick in scale.ticks {
                    text(shortened(tick.text, to: 12), pixel(x - 5), pixel(tick.at + 4), anchor: "end", class: "soft")
                }
            }
        }
        let rows = ranked.reversed().prefix(200).map { trial in
            [trial.name] + trial.values.map { $0?.text ?? "–" }
        }
        return chartFigure(
            title: title, svg: svg,
            table: DataTable(
                rows.count < lines.count ? "The best \(rows.count) of \(grouped(lines.count))" : "All, the best first",
                columns: [""] + axes.map(\.label), rows: Array(rows)))
    }

    /// Smaller is better.
    private func objective(_ line: Line) -> Double? {
        guard line.values.count == axes.count, case .number(let value)?? = line.values.last, value.isFinite else {
            return nil
        }
        return isHigherBetter ? -value : value
    }

    private func described(_ line: Line) -> String {
        zip(axes, line.values).compactMap { axis, value in value.map { "\(axis.label) \($0.text)" } }
            .joined(separator: ", ")
    }

    private func path(_ trial: Line, _ scales: [CoordinateScale], _ gap: Double, class name: String) -> HTML {
        var path = ""
        var isOpen = false
        for (index, (scale, value)) in zip(scales, trial.values).enumerated() {
            guard let value, let y = scale.position(value) else {
                isOpen = false
                continue
            }
            path += (isOpen ? "L" : "M") + pixel(70 + gap * Double(index)) + " " + pixel(y)
            isOpen = true
        }
        return element("path", ["class": name, "d": path]) {
            element("title") { "\(trial.name): \(described(trial))" }
        }
    }
}

/// An axis of numbers, or of choices in alphabetical order.
private struct CoordinateScale {
    private let numbers: PlacedAxis
    private let choices: [String]

    init(_ axis: Axis, _ values: [ParallelCoordinates.Value?], from start: Double, to end: Double) {
        var found: [Double] = []
        var names: Set<String> = []
        for case let value? in values {
            switch value {
            case .number(let number): found.append(number)
            case .choice(let name): names.insert(name)
            }
        }
        numbers = PlacedAxis(axis, values: found, from: start, to: end)
        // A setting that is now a number and now a word is a choice between all its values.
        choices = names.isEmpty ? [] : (names.union(found.map(numberText))).sorted()
    }

    func position(_ value: ParallelCoordinates.Value) -> Double? {
        if choices.isEmpty {
            guard case .number(let number) = value, numbers.axis.shows(number) else { return nil }
            return numbers.position(number)
        }
        return choices.firstIndex(of: value.text).map(place)
    }

    private func place(_ index: Int) -> Double {
        choices.count == 1
            ? (numbers.start + numbers.end) / 2
            : numbers.start + (numbers.end - numbers.start) * Double(index) / Double(choices.count - 1)
    }

    var ticks: [(text: String, at: Double)] {
        choices.isEmpty
            ? numbers.ticks().map { ($0.text, numbers.position($0.value)) }
            : choices.indices.map { (choices[$0], place($0)) }
    }
}
