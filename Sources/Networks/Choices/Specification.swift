/// A thing chosen by name with settings, as it stands in a configuration or on the command line:
/// `leaky_relu(slope=0.1)`.
///
/// Names and settings match whatever their case and whether words are joined by `_`, `-` or nothing. Settings may go
/// without their name, in order: `leaky_relu(0.1)`.
public struct Specification: Hashable, Sendable, CustomStringConvertible {
    public let name: String
    public var settings: [Setting]

    public struct Setting: Hashable, Sendable {
        /// Nil for a setting given by position.
        public let name: String?
        public let value: String

        public init(name: String?, value: String) {
            self.name = name
            self.value = value
        }
    }

    public init(_ name: String, _ settings: KeyValuePairs<String, any CustomStringConvertible> = [:]) {
        self.name = name
        self.settings = settings.map { Setting(name: $0.key, value: Self.text($0.value)) }
    }

    /// Reads `name` or `name(key=value, …)`; commas inside brackets belong to the value.
    public init(parsing text: String) throws(ChoiceError) {
        let trimmed = text.trimmed
        guard let open = trimmed.firstIndex(of: "(") else {
            guard !trimmed.isEmpty else { throw .malformed(text) }
            (name, settings) = (trimmed, [])
            return
        }
        guard trimmed.last == ")" else { throw .malformed(text) }
        name = String(trimmed[..<open]).trimmed
        guard !name.isEmpty else { throw .malformed(text) }
        let inside = trimmed[trimmed.index(after: open)...].dropLast()
        settings = []
        for part in Self.parts(of: inside) {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map {
                String($0).trimmed
            }
            guard pair.allSatisfy({ !$0.isEmpty }) else { throw .malformed(text) }
            settings.append(Setting(name: pair.count == 2 ? pair[0] : nil, value: pair[pair.count - 1]))
        }
    }

    public var description: String {
        guard !settings.isEmpty else { return name }
        return name + "(" + settings.map { ($0.name.map { $0 + "=" } ?? "") + $0.value }.joined(separator: ", ") + ")"
    }

    private static func parts(of text: Substring) -> [Substring] {
        guard !String(text).trimmed.isEmpty else { return [] }
        var (parts, depth, start) = ([Substring](), 0, text.startIndex)
        for index in text.indices {
            switch text[index] {
            case "[", "(": depth += 1
            case "]", ")": depth -= 1
            case "," where depth == 0:
                parts.append(text[start..<index])
                start = text.index(after: index)
            default: break
            }
        }
        return parts + [text[start...]]
    }

    private static func text(_ value: any CustomStringConvertible) -> String {
        guard let number = value as? Double else { return value.description }
        return number == number.rounded() && abs(number) < 1e15 ? String(Int(number)) : number.description
    }

    /// Case and word joints left out.
    static func folded(_ name: String) -> String { name.lowercased().filter { $0 != "_" && $0 != "-" && $0 != " " } }
}

extension String {
    var trimmed: String {
        guard let first = firstIndex(where: { !$0.isWhitespace }), let last = lastIndex(where: { !$0.isWhitespace })
        else {
            return ""
        }
        return String(self[first...last])
    }
}
