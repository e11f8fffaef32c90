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
        /// One for each axis; nil where the trial has no such setting, which has a place of its own below the axis.
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
    /// What a place below an axis means: of values that are nil, or that the axis cannot show, as 0 where it has powers.
    public var absent: String

    public init(_ title: String, axes: [Axis], lines: [Line], isHigherBetter: Bool, absent: String = "none") {
        self.title = title
        self.axes = axes
        self.lines = lines
        self.isHigherBetter = isHigherBetter
        self.absent = absent
    }

    /// The drawing, and the trials as a table, the best first.
    public var html: HTML {
        let (top, bottom) = (46.0, ChartFrame.height - 40)
        let below = ChartFrame.height - 14
        // Room for the values beside every axis.
        let width = max(ChartFrame.width, 130 * Double(axes.count))
        let gap = axes.count > 1 ? (width - 140) / Double(axes.count - 1) : 0
        let scales = axes.indices.map { index in
            CoordinateScale(
                axes[index], lines.map { index < $0.values.count ? $0.values[index] : nil }, from: bottom, to: top,
                below: below)
        }
        // From the worst to the best, so that the best lie on top.
        let ranked = lines.sorted { (objective($0) ?? .infinity) > (objective($1) ?? .infinity) }
        let best = ranked.last.flatMap { objective($0) == nil ? nil : $0 }
        let svg = element(
            "svg",
            [
                "class": "chart broad", "viewBox": "0 0 \(Int(width)) \(Int(ChartFrame.height))", "role": "img",
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
                    text(
                        shortened(tick.text, to: 12), pixel(x - 5), pixel(tick.at + 4), anchor: "end",
                        class: "soft clear")
                }
                if scale.hasAbsent {
                    line(pixel(x - 4), pixel(below), pixel(x + 4), pixel(below), class: "axis")
                    text(absent, pixel(x - 7), pixel(below + 4), anchor: "end", class: "soft clear")
                }
            }
        }
        let rows = ranked.reversed().prefix(200).map { trial in
            [trial.name] + trial.values.map { $0?.text ?? "–" }
        }
        return chartFigure(
            title: title, svg: svg, legend: legend,
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

    private var legend: HTML {
        func entry(_ name: String, _ meaning: String) -> HTML {
            element("li") {
                element("svg", ["viewBox": "0 0 38 12", "aria-hidden": "true"]) {
                    line("0", "6", "38", "6", class: "\(name) thread")
                }
                meaning
            }
        }
        return element("ul", ["class": "legend"]) {
            entry("best", "the best")
            entry("high", "the best fifth")
            entry("low", "the others")
        }
    }

    private func path(_ trial: Line, _ scales: [CoordinateScale], _ gap: Double, class name: String) -> HTML {
        let places = zip(scales, trial.values).enumerated().map { index, axis in
            pixel(70 + gap * Double(index)) + " " + pixel(axis.0.position(axis.1))
        }
        return element("path", ["class": name, "d": "M" + places.joined(separator: "L")]) {
            element("title") { "\(trial.name): \(described(trial))" }
        }
    }
}

extension Axis {
    /// An axis for a setting's numbers: in powers where those above 0 lie far apart, as rates, penalties and sizes do.
    public static func spread(_ label: String, over numbers: [Double]) -> Axis {
        let positive = numbers.filter { $0 > 0 }
        let isWide = numbers.allSatisfy { $0 >= 0 } && (positive.max() ?? 0) >= 8 * (positive.min() ?? .infinity)
        return Axis(label, scale: isWide ? .logarithmic : .linear)
    }
}

/// An axis of numbers, or of choices in alphabetical order.
private struct CoordinateScale {
    private let numbers: PlacedAxis
    private let isWhole: Bool
    private let choices: [String]
    /// Where values are drawn that have no place on the axis.
    private let below: Double
    /// Whether there are such.
    private(set) var hasAbsent = false

    init(_ axis: Axis, _ values: [ParallelCoordinates.Value?], from start: Double, to end: Double, below: Double) {
        self.below = below
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
        isWhole = found.allSatisfy { $0 == $0.rounded() }
        hasAbsent = values.contains { place(of: $0) == nil }
    }

    func position(_ value: ParallelCoordinates.Value?) -> Double { place(of: value) ?? below }

    private func place(of value: ParallelCoordinates.Value?) -> Double? {
        guard let value else { return nil }
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
            ? numbers.ticks().filter { !isWhole || abs($0.value - $0.value.rounded()) < 1e-9 }.map {
                (isWhole ? numberText($0.value.rounded()) : $0.text, numbers.position($0.value))
            }
            : choices.indices.map { (choices[$0], place($0)) }
    }
}
