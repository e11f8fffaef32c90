/// Markup that can be sent as it is.
///
/// It is made of elements and text, and text of any origin is escaped on its way in: no string becomes markup.
public struct HTML: Sendable, Hashable {
    /// The markup as written to a file or sent to a browser.
    public private(set) var markup = ""

    /// Nothing.
    public init() {}

    /// Text, escaped.
    public init(text: String) { markup = text.escapedForHTML }

    public static func + (first: HTML, second: HTML) -> HTML {
        var sum = first
        sum.markup += second.markup
        return sum
    }

    public static func += (sum: inout HTML, part: HTML) { sum.markup += part.markup }

    /// An element. Names are literals of the program; attributes that are nil are left out, their values escaped.
    package init(
        element name: StaticString, _ attributes: KeyValuePairs<StaticString, String?>, content: HTML
    ) {
        markup = "<\(name)"
        for case (let key, let value?) in attributes { markup += " \(key)=\"\(value.escapedForHTML)\"" }
        markup += ">"
        if !Self.void.contains("\(name)") { markup += content.markup + "</\(name)>" }
    }

    /// The content of a style or script element, or a document type: a literal of the program or a file of the package.
    package init(trusted markup: String) { self.markup = markup }

    private static let void: Set<String> = ["br", "hr", "img", "input", "link", "meta"]
}

/// An element with what `content` builds of strings (escaped), elements, conditions and loops.
package func element(
    _ name: StaticString, _ attributes: KeyValuePairs<StaticString, String?> = [:],
    @HTMLBuilder content: () -> HTML = { HTML() }
) -> HTML {
    HTML(element: name, attributes, content: content())
}

/// Strings become escaped text, everything else follows the order of the statements.
@resultBuilder
public enum HTMLBuilder {
    public static func buildExpression(_ text: String) -> HTML { HTML(text: text) }
    public static func buildExpression(_ html: HTML) -> HTML { html }
    public static func buildExpression(_ parts: [HTML]) -> HTML { buildArray(parts) }
    public static func buildBlock(_ parts: HTML...) -> HTML { buildArray(parts) }
    public static func buildOptional(_ part: HTML?) -> HTML { part ?? HTML() }
    public static func buildEither(first: HTML) -> HTML { first }
    public static func buildEither(second: HTML) -> HTML { second }
    public static func buildArray(_ parts: [HTML]) -> HTML { parts.reduce(into: HTML()) { $0 += $1 } }
}

extension String {
    /// Safe as text and in quoted attributes. Control characters, which no document may hold, become replacement characters.
    var escapedForHTML: String {
        func isSpecial(_ byte: UInt8) -> Bool {
            byte == 0x26 || byte == 0x3C || byte == 0x3E || byte == 0x22 || byte == 0x27 || byte == 0x7F
                || (byte < 0x20 && byte != 0x0A && byte != 0x09)
        }
        guard utf8.contains(where: isSpecial) else { return self }
        var escaped = ""
        for scalar in unicodeScalars {
            switch scalar {
            case "&": escaped += "&amp;"
            case "<": escaped += "&lt;"
            case ">": escaped += "&gt;"
            case "\"": escaped += "&quot;"
            case "'": escaped += "&#39;"
            case "\n", "\t": escaped.unicodeScalars.append(scalar)
            case _ where scalar.value < 0x20 || scalar.value == 0x7F: escaped += "\u{FFFD}"
            default: escaped.unicodeScalars.append(scalar)
            }
        }
        return escaped
    }
}
