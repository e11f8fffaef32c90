import ThalwegTraining

/// Numbers of two things at once, darker where they are greater: a confusion matrix with wanted classes in rows.
///
/// It is a table, so that screen readers can walk through it; shades are of each row's sum or of the greatest number.
public struct HeatMap: Sendable {
    public enum Shading: Sendable {
        /// The share of the row: recall and confusions of each class, however rare it is.
        case byRow
        /// The share of the greatest number.
        case byGreatest
    }

    public var title: String
    public var rowLabel: String
    public var columnLabel: String
    public var rows: [String]
    public var columns: [String]
    /// A row of values for each of `rows`.
    public var values: [[Double]]
    public var shading: Shading

    public init(
        _ title: String, rowLabel: String, columnLabel: String, rows: [String], columns: [String], values: [[Double]],
        shading: Shading = .byRow
    ) {
        self.title = title
        self.rowLabel = rowLabel
        self.columnLabel = columnLabel
        self.rows = rows
        self.columns = columns
        self.values = values
        self.shading = shading
    }

    public var html: HTML {
        let greatest = values.joined().lazy.filter(\.isFinite).map(abs).max() ?? 0
        return element("figure") {
            element("figcaption") { title }
            element("div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": title]) {
                element("table", ["class": "heat"]) {
                    element("caption") { "Rows: \(rowLabel). Columns: \(columnLabel)." }
                    element("thead") {
                        element("tr") {
                            element("th", ["scope": "col"]) { "\(rowLabel) \\ \(columnLabel)" }
                            for column in columns { element("th", ["scope": "col"]) { column } }
                        }
                    }
                    element("tbody") {
                        for (name, row) in zip(rows, values) { self.row(name, row, greatest) }
                    }
                }
            }
        }
    }

    private func row(_ name: String, _ row: [Double], _ greatest: Double) -> HTML {
        let whole = shading == .byRow ? row.lazy.filter(\.isFinite).map(abs).reduce(0, +) : greatest
        return element("tr") {
            element("th", ["scope": "row"]) { name }
            for (column, value) in zip(columns, row) {
                let shade = value.isFinite && whole > 0 ? abs(value) / whole : 0
                let style = shade > 0 ? "--v:" + shadeText(shade) : nil
                element("td", ["style": style, "class": column == name ? "own" : nil]) {
                    value == 0 && shading == .byRow ? "" : numberText(value)
                }
            }
        }
    }

    /// From 0 to 1 with two decimals.
    private func shadeText(_ shade: Double) -> String {
        let hundredths = min(max(Int((shade * 100).rounded()), 0), 100)
        return hundredths == 100 ? "1" : "0.\(hundredths < 10 ? "0" : "")\(hundredths)"
    }
}
