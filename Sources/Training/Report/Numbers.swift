import Foundation
import ThalwegDataSets

/// An accuracy as percent, an error as a number.
package func metricText(_ value: Double, name: String) -> String {
    name == "accuracy" ? percentText(value) : numberText(value)
}

/// A share as percent with one decimal; with more where one would make 100 % of what is not all, or 0 % of what is not none.
package func percentText(_ share: Double) -> String {
    for decimals in 1..<6 {
        let text = String(format: "%.\(decimals)f", share * 100)
        guard let shown = Double(text) else { break }
        if (shown != 100 || share == 1) && (shown != 0 || share == 0) { return text + " %" }
    }
    return String(format: "%.1f %%", share * 100)
}

/// The one form of numbers for people: four significant digits; from 1,000 on whole and grouped, beyond a billion and below a
/// tenth of a thousandth with an exponent.
package func numberText(_ value: Double) -> String {
    let size = abs(value)
    if size >= 999.95, size < 1e9 { return grouped(Int(value.rounded())) }
    return String(format: "%.4g", value)
}

/// `3 s`, `2 min 5 s`, `1 h 4 min`.
package func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds < 1e9 else { return "?" }
    if seconds < 9.95 { return String(format: "%.1f s", seconds) }
    let whole = Int(seconds.rounded())
    if whole < 60 { return "\(whole) s" }
    if whole < 3600 { return "\(whole / 60) min \(whole % 60) s" }
    return "\(whole / 3600) h \(whole % 3600 / 60) min"
}

/// Rows of cells under each other, at least two spaces apart, whatever their lengths.
package func aligned(_ rows: [[String]]) -> [String] {
    let columns = rows.map(\.count).max() ?? 0
    let widths = (0..<columns).map { column in rows.map { column < $0.count ? $0[column].count : 0 }.max() ?? 0 }
    return rows.map { row in
        var line = ""
        for (column, cell) in row.enumerated() {
            line += cell
            guard column < row.count - 1 else { break }
            line += String(repeating: " ", count: widths[column] - cell.count + 2)
        }
        return line
    }
}
