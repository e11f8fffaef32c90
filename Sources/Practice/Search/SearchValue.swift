import Foundation
import ThalwegTraining

/// A value that a trial gives to a setting.
public enum SearchValue: Sendable, Hashable {
    case flag(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case integers([Int])

    /// As `--set key=value` takes it.
    public var text: String {
        switch self {
        case .flag(let value): "\(value)"
        case .integer(let value): "\(value)"
        case .number(let value): "\(value)"
        case .text(let value): value
        case .integers(let values): values.map(String.init).joined(separator: ",")
        }
    }

    /// The number in it, if it is one.
    public var number: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        case .flag, .text, .integers: nil
        }
    }

    /// Its place on an axis of a picture.
    public var coordinate: ParallelCoordinates.Value { number.map { .number($0) } ?? .choice(text) }

    var toml: String {
        switch self {
        case .flag, .integer, .number: text
        case .text(let value): SettingValue.string(value).toml
        case .integers(let values): SettingValue.list(values.map(SettingValue.integer)).toml
        }
    }

    /// nil for a list of anything but whole numbers.
    init?(_ value: SettingValue) {
        switch value {
        case .bool(let value): self = .flag(value)
        case .integer(let value): self = .integer(value)
        case .number(let value): self = .number(value)
        case .string(let value), .text(let value): self = .text(value)
        case .list(let values):
            let integers = values.compactMap { if case .integer(let value) = $0 { value } else { nil } }
            guard integers.count == values.count else { return nil }
            self = .integers(integers)
        }
    }
}

extension SearchValue {
    /// Equal as the settings they become: 1 and 1.0 are one value, true and "true" too.
    private var key: String { number.map { "\($0)" } ?? text }

    public static func == (a: SearchValue, b: SearchValue) -> Bool { a.key == b.key }

    public func hash(into hasher: inout Hasher) { hasher.combine(key) }
}

extension SearchValue: Codable {
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        if let value = try? container.decode(Bool.self) {
            self = .flag(value)
        } else if let value = try? container.decode(Int.self) {
            self = .integer(value)
        } else if let value = try? container.decode(Double.self) {
            self = .number(value)
        } else if let value = try? container.decode([Int].self) {
            self = .integers(value)
        } else {
            self = .text(try container.decode(String.self))
        }
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        switch self {
        case .flag(let value): try container.encode(value)
        case .integer(let value): try container.encode(value)
        case .number(let value): try container.encode(value)
        case .text(let value): try container.encode(value)
        case .integers(let values): try container.encode(values)
        }
    }
}
