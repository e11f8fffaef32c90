import Foundation
import ThalwegDataSets
import ThalwegTraining

/// A small line plot of characters, for terminals: dots of braille, two by four in each character.
public struct TerminalPlot: Sendable {
    public var title: String
    public var x: Axis
    public var y: Axis
    public var series: [LineChart.Series]
    /// A place pointed at by a vertical line.
    public var mark: LineChart.Mark?

    public init(
        _ title: String, x: Axis, y: Axis, series: [LineChart.Series], mark: LineChart.Mark? = nil
    ) {
        self.title = title
        self.x = x
        self.y = y
        self.series = series
        self.mark = mark
    }

    /// - Parameters:
    ///   - columns: of the whole, labels included; at least 30.
    ///   - rows: of the plot without title, axis and legend; at least 4.
    ///   - isColored: tells series apart by colors of the terminal; else each has a sign of its own.
    public func lines(columns: Int = 80, rows: Int = 14, isColored: Bool = false) -> [String] {
        let rows = max(rows, 4)
        let visible = series.map { series in
            LineChart.Series(series.name, series.points.filter { x.shows($0.x) && y.shows($0.y) })
        }
        let points = visible.flatMap(\.points)
        guard !points.isEmpty else { return [title, "(no points)"] }
        let vertical = PlacedAxis(y, values: points.map(\.y), from: Double(rows * 4 - 1), to: 0, rounds: true)
        let ticks = vertical.ticks(max(2, rows / 4))
        let labelWidth = ticks.map(\.text.count).max() ?? 0
        let width = max(columns, 30) - labelWidth - 2
        let horizontal = PlacedAxis(
            x, values: points.map(\.x) + (mark.map { [$0.x] } ?? []), from: 0, to: Double(width * 2 - 1))
        let usesSigns = !isColored && series.count > 1
        var canvas = Canvas(width: width, height: rows)
        if let mark, x.shows(mark.x) {
            let at = Int(horizontal.position(mark.x).rounded())
            for dot in stride(from: 0, to: rows * 4, by: 2) { canvas.set(at, dot, series: nil) }
        }
        for (index, series) in visible.enumerated() {
            var last: (x: Int, y: Int)?
            for point in series.points.downSampled(columns: width * 2, along: x) {
                let place = (
                    x: Int(horizontal.position(point.x).rounded()), y: Int(vertical.position(point.y).rounded())
                )
                canvas.line(from: last ?? place, to: place, series: index)
                last = place
            }
        }
        var result = [title.printable()]
        let labels = Dictionary(
            ticks.map { (Int(vertical.position($0.value).rounded()) / 4, $0.text) },
            uniquingKeysWith: { first, _ in first })
        for row in 0..<rows {
            let label = labels[row] ?? ""
            result.append(
                String(repeating: " ", count: labelWidth - label.count) + label + (label.isEmpty ? " │" : " ┤")
                    + canvas.text(row: row, usesSigns: usesSigns, isColored: isColored))
        }
        result.append(String(repeating: " ", count: labelWidth + 1) + "└" + String(repeating: "─", count: width))
        result.append(String(repeating: " ", count: labelWidth + 2) + horizontalLabels(horizontal, width: width))
        if series.count > 1 {
            result.append(
                String(repeating: " ", count: labelWidth + 2)
                    + series.enumerated().map { index, series in
                        let sign = usesSigns ? String(Canvas.sign(index)) : Canvas.colored("⠒⠒", index)
                        return "\(sign) \(series.name.printable())"
                    }.joined(separator: "   "))
        }
        return result
    }

    /// The axis' ends and, between them, its name.
    private func horizontalLabels(_ axis: PlacedAxis, width: Int) -> String {
        func end(_ value: Double) -> String { numberText(axis.axis.scale == .linear ? value : pow(10, value)) }
        let (first, last) = (end(axis.low), end(axis.high))
        let middle = shortened(axis.axis.label, to: max(1, width - first.count - last.count - 2))
        let free = max(2, width - first.count - middle.count - last.count)
        return first + String(repeating: " ", count: free / 2) + middle
            + String(repeating: " ", count: free - free / 2) + last
    }
}

/// Dots, two by four in each character.
private struct Canvas {
    let width: Int
    let height: Int
    private var dots: [UInt8]
    /// The last series that drew into the character; -1 for a mark or none.
    private var owners: [Int]

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        dots = Array(repeating: 0, count: width * height)
        owners = Array(repeating: -1, count: width * height)
    }

    mutating func set(_ x: Int, _ y: Int, series: Int?) {
        guard (0..<width * 2).contains(x), (0..<height * 4).contains(y) else { return }
        let cell = y / 4 * width + x / 2
        let bit = [[0, 3], [1, 4], [2, 5], [6, 7]][y % 4][x % 2]
        dots[cell] |= 1 << UInt8(bit)
        if let series { owners[cell] = series }
    }

    /// Bresenham's line.
    mutating func line(from start: (x: Int, y: Int), to end: (x: Int, y: Int), series: Int) {
        var (x, y) = start
        let (dx, dy) = (abs(end.x - x), -abs(end.y - y))
        var error = dx + dy
        while true {
            set(x, y, series: series)
            if x == end.x && y == end.y { return }
            let double = 2 * error
            if double >= dy {
                error += dy
                x += x < end.x ? 1 : -1
            }
            if double <= dx {
                error += dx
                y += y < end.y ? 1 : -1
            }
        }
    }

    func text(row: Int, usesSigns: Bool, isColored: Bool) -> String {
        var text = ""
        for cell in row * width..<(row + 1) * width {
            let character: Character
            if dots[cell] == 0 {
                character = " "
            } else if usesSigns, owners[cell] >= 0 {
                character = Self.sign(owners[cell])
            } else {
                character = Unicode.Scalar(0x2800 + UInt32(dots[cell])).map(Character.init) ?? "*"
            }
            text += isColored && owners[cell] >= 0 ? Self.colored(String(character), owners[cell]) : String(character)
        }
        while text.last == " " { text.removeLast() }
        return text
    }

    static func sign(_ index: Int) -> Character { ["•", "×", "+", "o", "#", "%", "=", "~"][index % 8] }

    /// Blue, yellow, cyan, magenta and their bright forms: never red against green.
    static func colored(_ text: String, _ index: Int) -> String {
        "\u{1B}[\([34, 33, 36, 35, 94, 93, 96, 95][index % 8])m\(text)\u{1B}[0m"
    }
}
