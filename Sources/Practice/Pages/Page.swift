/// A document that needs nothing beside itself: no network, no other file. Light or dark as the reader's system is, usable by
/// keyboard and screen reader.
public struct Page: Sendable {
    public var title: String
    /// Under the title, small.
    public var subtitle: String
    public var content: HTML

    /// - Parameter content: Sections in order; strings are escaped.
    public init(_ title: String, subtitle: String = "", @HTMLBuilder content: () -> HTML) {
        self.title = title
        self.subtitle = subtitle
        self.content = content()
    }

    /// The whole document.
    public var text: String { document.markup }

    private var document: HTML {
        HTML(trusted: "<!DOCTYPE html>\n")
            + element("html", ["lang": "en"]) {
                element("head") {
                    Self.metadata
                    element("title") { title }
                    element("style") { HTML(trusted: Self.style) }
                }
                element("body") {
                    element("a", ["class": "skip", "href": "#content"]) { "Skip to the content" }
                    element("header") {
                        element("h1") { title }
                        if !subtitle.isEmpty { element("p", ["class": "note"]) { subtitle } }
                    }
                    element("main", ["id": "content"]) { content }
                }
            }
    }

    /// What every document of ours says about itself first.
    package static var metadata: HTML {
        element("meta", ["charset": "utf-8"])
            + element("meta", ["name": "viewport", "content": "width=device-width, initial-scale=1"])
            + element("meta", ["name": "color-scheme", "content": "light dark"])
            + element("meta", ["name": "referrer", "content": "no-referrer"])
            // Without it a browser would ask a server for one.
            + element("link", ["rel": "icon", "href": "data:,"])
    }
}

/// A part of a page under its own heading.
///
/// - Parameter level: 2 for a part of the page, 3 for a part of that.
package func section(_ title: String, level: Int = 2, id: String? = nil, @HTMLBuilder content: () -> HTML) -> HTML {
    element("section", ["id": id]) {
        if level == 2 { element("h2") { title } } else { element("h3") { title } }
        content()
    }
}

/// Rows under named columns. Columns of numbers are aligned to the right.
public struct DataTable: Sendable {
    public var caption: String
    public var columns: [String]
    public var rows: [[String]]

    public init(_ caption: String, columns: [String], rows: [[String]]) {
        self.caption = caption
        self.columns = columns
        self.rows = rows
    }

    public var html: HTML {
        let isNumeric = columns.indices.map { column in
            rows.allSatisfy { column >= $0.count || Self.isNumber($0[column]) }
        }
        return element("div", ["class": "scroll", "tabindex": "0", "role": "region", "aria-label": caption]) {
            element("table") {
                element("caption") { caption }
                element("thead") {
                    element("tr") {
                        for (index, column) in columns.enumerated() {
                            element("th", ["scope": "col", "class": isNumeric[index] ? "number" : nil]) { column }
                        }
                    }
                }
                element("tbody") {
                    for row in rows {
                        element("tr") {
                            for (index, cell) in row.enumerated() {
                                if index == 0 {
                                    element("th", ["scope": "row", "class": isNumeric[0] ? "number" : nil]) { cell }
                                } else {
                                    let isNumber = index < isNumeric.count && isNumeric[index]
                                    element("td", ["class": isNumber ? "number" : nil]) { cell }
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    private static func isNumber(_ cell: String) -> Bool {
        guard let first = cell.unicodeScalars.first else { return true }
        return ("0"..."9").contains(first) || first == "-" || first == "–"
    }
}

/// Names and what they stand for, in two columns.
package func descriptionList(_ entries: [(name: String, value: HTML)]) -> HTML {
    element("dl") {
        for entry in entries {
            element("dt") { entry.name }
            element("dd") { entry.value }
        }
    }
}
