/// A setting's value as it stands in a configuration file, or as text from the command line.
package enum SettingValue: Equatable, Sendable {
    case string(String)
    case integer(Int)
    case number(Double)
    case bool(Bool)
    case list([SettingValue])
    /// Text whose type is not known yet (`--set key=value`).
    case text(String)

    /// Kinds of numbers that a setting can take.
    enum Numerals: Sendable {
        case none, whole, real
    }

    /// Whether it is a number, or a list of them, of this kind, however large.
    func isMade(of numerals: Numerals) -> Bool {
        switch self {
        case _ where numerals == .none: false
        case .integer: true
        case .number(let value): numerals == .real || value == value.rounded()
        case .text(let text):
            text.split(separator: ",", omittingEmptySubsequences: false).map { String($0).trimmed }.allSatisfy {
                Double($0) != nil && (numerals == .real || $0.allSatisfy { "+-0123456789".contains($0) })
            }
        case .list(let values): !values.isEmpty && values.allSatisfy { $0.isMade(of: numerals) }
        case .string, .bool: false
        }
    }

    /// What to call it in a message.
    var found: String {
        switch self {
        case .string(let value), .text(let value): "'\(value)'"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .bool(let value): "\(value)"
        case .list(let values): "[" + values.map(\.found).joined(separator: ", ") + "]"
        }
    }

    /// The string in it, if it is one.
    package var asString: String? {
        switch self {
        case .string(let value), .text(let value): value
        case .integer, .number, .bool, .list: nil
        }
    }

    var asInteger: Int? {
        switch self {
        case .integer(let value): value
        case .text(let value): Int(value.trimmed)
        case .string, .number, .bool, .list: nil
        }
    }

    /// Any finite number.
    package var asNumber: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value.isFinite ? value : nil
        case .text(let value): Double(value.trimmed).flatMap { $0.isFinite ? $0 : nil }
        case .string, .bool, .list: nil
        }
    }

    var asBool: Bool? {
        switch self {
        case .bool(let value): value
        case .text(let value):
            switch value.trimmed.lowercased() {
            case "true", "yes", "on", "1": true
            case "false", "no", "off", "0": false
            default: nil
            }
        case .string, .integer, .number, .list: nil
        }
    }

    /// The elements of a list; text is split at commas, and empty text is an empty list. A single number is a list of one.
    var asList: [SettingValue]? {
        switch self {
        case .list(let values): values
        case .text(let value), .string(let value):
            value.trimmed.isEmpty
                ? [] : value.split(separator: ",", omittingEmptySubsequences: false).map { .text(String($0).trimmed) }
        case .integer, .number: [self]
        case .bool: nil
        }
    }

    /// As TOML.
    package var toml: String {
        switch self {
        case .string(let value), .text(let value): value.tomlQuoted
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .bool(let value): "\(value)"
        case .list(let values): "[" + values.map(\.toml).joined(separator: ", ") + "]"
        }
    }
}

extension String {
    /// Without spaces and tabs at both ends.
    var trimmed: String {
        var view = Substring(self)
        while let first = view.first, first == " " || first == "\t" { view.removeFirst() }
        while let last = view.last, last == " " || last == "\t" { view.removeLast() }
        return String(view)
    }

    /// A TOML basic string.
    package var tomlQuoted: String {
        var quoted = "\""
        for scalar in unicodeScalars {
            switch scalar {
            case "\"": quoted += "\\\""
            case "\\": quoted += "\\\\"
            case "\n": quoted += "\\n"
            case "\r": quoted += "\\r"
            case "\t": quoted += "\\t"
            case "\u{0}"..<"\u{20}", "\u{7f}":
                let hexadecimal = String(scalar.value, radix: 16)
                quoted += "\\u" + String(repeating: "0", count: 4 - hexadecimal.count) + hexadecimal
            default: quoted.unicodeScalars.append(scalar)
            }
        }
        return quoted + "\""
    }
}
