import Foundation
import ThalwegDataSets

/// An accuracy as percent, an error as a number.
package func metricText(_ value: Double, name: String) -> String {
    name == "accuracy" ? percentText(value) : numberText(value)
}

/// A share as percent with one decimal; with more where one would make 100 % of what is not all, or 0 % of what is not none.
package func percentText(_ share: Double) -> String {
    for decimals in 1..<6 {
        let text = formatted("%.\(decimals)f", share * 100)
        guard let shown = Double(text) else { break }
        if (shown != 100 || share == 1) && (shown != 0 || share == 0) { return text + " %" }
    }
    return formatted("%.1f %%", share * 100)
}

/// The one form of numbers for people: four significant digits; from 1,000 on whole and grouped, beyond a billion and below a
/// tenth of a thousandth with an exponent.
package func numberText(_ value: Double) -> String {
    let size = abs(value)
    if size >= 999.95, size < 1e9 { return grouped(Int(value.rounded())) }
    return formatted("%.4g", value)
}

/// `3 s`, `2 min 5 s`, `1 h 4 min`.
package func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "?" }
    if seconds < 9.95 { return formatted("%.1f s", seconds) }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole % 3600 / 60) min"
}

/// As C's `printf`, without the detour over Foundation: lists format thousands of numbers.
private func formatted(_ format: String, _ value: Double) -> String {
    withVaList([value]) { arguments in
        // The longest number has 309 digits before its point.
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: 400) { text in
            vsnprintf(text.baseAddress!, text.count, format, arguments)
            return String(cString: text.baseAddress!)
        }
    }
}

/// Rows of cells under each other, at least two spaces apart, whatever their lengths. A cell stays on its line.
package func aligned(_ rows: [[String]]) -> [String] {
    let rows = rows.map { $0.map { $0.printable() } }
    let columns = rows.map(\.count).max() ?? 0
    var widths = [Int](repeating: 0, count: columns)
    let lengths = rows.map { $0.map(\.count) }
    for row in lengths {
        for (column, length) in row.enumerated() { widths[column] = max(widths[column], length) }
    }
    return zip(rows, lengths).map { row, lengths in
        var line = ""
        for (column, cell) in row.enumerated() {
            line += cell
            guard column < row.count - 1 else { break }
            line += String(repeating: " ", count: widths[column] - lengths[column] + 2)
        }
        return line
    }
}
