import ThalwegEngine

/// Something a configuration names: an activation, an initializer, a schedule, an optimizer. It is written and read as
/// one line of text, so a configuration file, the command line and `model.json` spell it alike.
public protocol Choice: Codable, Sendable, CustomStringConvertible {
    /// What it is, for messages: "activation".
    static var kind: String { get }
    /// All names that can be asked for.
    static var names: [String] { get }
    /// Takes what it needs from the settings; the name is already canonical.
    init(name: String, settings: inout SettingReader) throws(ChoiceError)
    /// The canonical text with all settings.
    var specification: Specification { get }
}

extension Choice {
    /// Reads `name` or `name(setting=value, …)`.
    public init(parsing text: String) throws(ChoiceError) {
        let specification = try Specification(parsing: text)
        let folded = Specification.folded(specification.name)
        guard let name = Self.names.first(where: { Specification.folded($0) == folded }) else {
            throw .unknown(kind: Self.kind, name: specification.name, known: Self.names)
        }
        var reader = SettingReader(owner: "\(Self.kind) '\(name)'", specification.settings)
        try self.init(name: name, settings: &reader)
        try reader.finish()
    }

    public var description: String { specification.description }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        do { try self.init(parsing: container.decode(String.self)) } catch let error as ChoiceError {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

/// A name or setting that does not exist, or a value that makes no sense.
public enum ChoiceError: Error, Equatable, CustomStringConvertible {
    case malformed(String)
    case unknown(kind: String, name: String, known: [String])
    case unknownSetting(owner: String, name: String, known: [String])
    case value(owner: String, setting: String, value: String, expected: String)

    public var description: String {
        switch self {
        case .malformed(let text): "'\(text)' is not of the form name(setting=value, …)"
        case .unknown(let kind, let name, let known):
            "unknown \(kind) '\(name)'\(Self.guess(name, known)); known: \(known.joined(separator: ", "))"
        case .unknownSetting(let owner, let name, let known):
            known.isEmpty
                ? "\(owner) has no settings, found '\(name)'"
                : "\(owner) has no setting '\(name)'\(Self.guess(name, known)); it has: \(known.joined(separator: ", "))"
        case .value(let owner, let setting, let value, let expected):
            "\(owner): \(setting) is '\(value)', expected \(expected)"
        }
    }

    private static func guess(_ name: String, _ known: [String]) -> String {
        nearestName(to: name, among: known).map { ", did you mean '\($0)'?" } ?? ""
    }
}

/// Hands out the settings of a specification by name or position, checks their ranges, and knows which were never asked
/// for.
public struct SettingReader {
    private let owner: String
    private var remaining: [Specification.Setting]
    private var known: [String] = []

    init(owner: String, _ settings: [Specification.Setting]) {
        self.owner = owner
        remaining = settings
    }

    private mutating func take(_ name: String) -> String? {
        known.append(name)
        let folded = Specification.folded(name)
        if let index = remaining.firstIndex(where: { $0.name.map(Specification.folded) == folded }) {
            return remaining.remove(at: index).value
        }
        if let index = remaining.firstIndex(where: { $0.name == nil }) { return remaining.remove(at: index).value }
        return nil
    }

    /// A finite number, or `fallback` when the setting is absent.
    public mutating func number(
        _ name: String, default fallback: Double,
        in range: ClosedRange<Double> = -Double
            .greatestFiniteMagnitude...Double
            .greatestFiniteMagnitude
    ) throws(ChoiceError) -> Double {
        guard let text = take(name) else { return fallback }
        guard let value = Double(text), range.contains(value) else {
            throw invalid(name, text, "a number\(Self.words(range))")
        }
        return value
    }

    public mutating func integer(
        _ name: String, default fallback: Int, in range: ClosedRange<Int> = 0...1_000_000_000
    ) throws(ChoiceError) -> Int {
        guard let text = take(name) else { return fallback }
        guard let value = Int(text), range.contains(value) else {
            throw invalid(name, text, "a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    public mutating func flag(_ name: String, default fallback: Bool) throws(ChoiceError) -> Bool {
        guard let text = take(name) else { return fallback }
        guard let value = Bool(text.lowercased()) else { throw invalid(name, text, "true or false") }
        return value
    }

    public mutating func word<Word: RawRepresentable & CaseIterable>(
        _ name: String, default fallback: Word
    ) throws(ChoiceError) -> Word where Word.RawValue == String {
        guard let text = take(name) else { return fallback }
        guard
            let value = Word.allCases.first(where: { Specification.folded($0.rawValue) == Specification.folded(text) })
        else {
            throw invalid(name, text, "one of " + Word.allCases.map(\.rawValue).joined(separator: ", "))
        }
        return value
    }

    /// Numbers in brackets: `[0.1, 0.01]`.
    public mutating func numbers(_ name: String) throws(ChoiceError) -> [Double] {
        guard let text = take(name) else { throw invalid(name, "", "numbers in brackets: [0.1, 0.01]") }
        let inside = text.hasPrefix("[") && text.hasSuffix("]") ? String(text.dropFirst().dropLast()) : text
        let values = inside.split(separator: ",").map { Double(String($0).trimmed) }
        guard !values.isEmpty, values.allSatisfy({ $0?.isFinite == true }) else {
            throw invalid(name, text, "numbers in brackets: [0.1, 0.01]")
        }
        return values.compactMap { $0 }
    }

    func finish() throws(ChoiceError) {
        guard let extra = remaining.first else { return }
        throw .unknownSetting(owner: owner, name: extra.name ?? extra.value, known: known)
    }

    func invalid(_ name: String, _ text: String, _ expected: String) -> ChoiceError {
        .value(owner: owner, setting: name, value: text, expected: expected)
    }

    private static func words(_ range: ClosedRange<Double>) -> String {
        let greatest = Double.greatestFiniteMagnitude
        return switch (range.lowerBound == -greatest, range.upperBound == greatest) {
        case (true, true): ""
        case (false, true): ", at least \(range.lowerBound)"
        case (true, false): ", at most \(range.upperBound)"
        case (false, false): " from \(range.lowerBound) to \(range.upperBound)"
        }
    }
}
