import Foundation

/// A Markdown table that is aligned in a terminal too: the first column to the left, numbers to the right.
struct Table: CustomStringConvertible {
    private var rows: [[String]]

    init(_ header: [String]) { rows = [header] }

    mutating func add(_ row: [String]) { rows.append(row) }

    var description: String {
        let widths = rows[0].indices.map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max()! }
        var lines = rows.map { row in
            let cells = widths.indices.map { column -> String in
                let cell = column < row.count ? row[column] : ""
                let space = String(repeating: " ", count: widths[column] - cell.count)
                return column == 0 ? cell + space : space + cell
            }
            return "| " + cells.joined(separator: " | ") + " |"
        }
        let rule = widths.enumerated().map { String(repeating: "-", count: $1 + 1) + ($0 == 0 ? "-" : ":") }
        lines.insert("|" + rule.joined(separator: "|") + "|", at: 1)
        return lines.joined(separator: "\n")
    }
}

extension Double {
    /// Three digits that count, without an exponent: 1234, 12.3, 0.123.
    var short: String {
        guard isFinite, self != 0 else { return self == 0 ? "0" : "-" }
        let digits = Swift.max(0, 2 - Int(Foundation.log10(magnitude).rounded(.down)))
        return String(format: "%.\(digits)f", self)
    }

    var percent: String { String(format: "%.0f %%", self * 100) }
}
