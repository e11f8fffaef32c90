import ThalwegEngine
import ThalwegNetworks

/// One named setting: how to read and write it in a `TrainingConfiguration`, and what to tell the user about it.
public struct Setting: Sendable {
    /// The key in `config.toml` and `--set`.
    public let key: String
    /// The heading it stands under.
    public let group: Group
    /// One line for the user.
    public let help: String
    /// What a value looks like, for messages: "a whole number of at least 1".
    let form: String
    /// The value in force, nil when chosen automatically or absent.
    package let read: @Sendable (TrainingConfiguration) -> SettingValue?
    /// Takes a value; nil means automatic. False when the value has the wrong form.
    let write: @Sendable (inout TrainingConfiguration, SettingValue?) throws -> Bool
    /// The word that stands for nil: "auto" or "none"; nil where a value is required.
    let absent: String?
    /// Allowed names, for suggestions.
    var names: [String] = []
    /// Which numbers it takes, so that one it refuses is told to be out of range.
    var numerals = SettingValue.Numerals.none

    public enum Group: String, Sendable, CaseIterable {
        case data = "Data"
        case network = "Network"
        case optimizer = "Optimizer"
        case training = "Training"
        case run = "Run"
    }

    /// Puts a value into `configuration`.
    ///
    /// - Throws: `ConfigurationError` naming this key when the value does not fit.
    func set(_ value: SettingValue, in configuration: inout TrainingConfiguration) throws {
        if let absent, let text = value.asString, text.trimmed == absent {
            _ = try write(&configuration, nil)
            return
        }
        guard try write(&configuration, value) else {
            let needs = "needs \(form)" + (absent.map { " or \"\($0)\"" } ?? "")
            var problem =
                value.isMade(of: numerals)
                ? "is out of range: \(value.found); it \(needs)" : "\(needs), not \(value.found)"
            if let text = value.asString, let near = nearestName(to: text.trimmed, among: names) {
                problem += "; did you mean '\(near)'?"
            }
            throw ConfigurationError(key: key, problem: problem)
        }
    }
}

extension Setting {
    typealias Path<Value> = any WritableKeyPath<TrainingConfiguration, Value> & Sendable

    static func text(_ key: String, _ group: Group, _ path: Path<String?>, absent: String, _ help: String) -> Setting {
        Setting(
            key: key, group: group, help: help, form: "text",
            read: { $0[keyPath: path].map(SettingValue.string) },
            write: { configuration, value in
                guard let value else {
                    configuration[keyPath: path] = nil
                    return true
                }
                guard let text = value.asString, !text.isEmpty else { return false }
                configuration[keyPath: path] = text
                return true
            }, absent: absent)
    }

    /// A thing chosen by name with settings of its own, as `leaky_relu(slope=0.1)`; kept in canonical spelling.
    static func named<C: Choice>(
        _ key: String, _ group: Group, _ path: Path<String>, as type: C.Type, _ help: String
    ) -> Setting {
        Setting(
            key: key, group: group, help: help, form: "one of " + C.names.joined(separator: ", "),
            read: { .string($0[keyPath: path]) },
            write: { configuration, value in
                guard let choice = try canonical(value, as: type, key: key) else { return false }
                configuration[keyPath: path] = choice
                return true
            }, absent: nil, names: C.names)
    }

    static func named<C: Choice>(
        _ key: String, _ group: Group, _ path: Path<String?>, as type: C.Type, absent: String, _ help: String
    ) -> Setting {
        Setting(
            key: key, group: group, help: help, form: "one of " + C.names.joined(separator: ", "),
            read: { $0[keyPath: path].map(SettingValue.string) },
            write: { configuration, value in
                guard let value else {
                    configuration[keyPath: path] = nil
                    return true
                }
                guard let choice = try canonical(value, as: type, key: key) else { return false }
                configuration[keyPath: path] = choice
                return true
            }, absent: absent, names: C.names)
    }

    private static func canonical<C: Choice>(_ value: SettingValue?, as type: C.Type, key: String) throws -> String? {
        guard let text = value?.asString else { return nil }
        do throws(ChoiceError) { return try C(parsing: text).description } catch {
            throw ConfigurationError(key: key, problem: "cannot be '\(text)': \(error)")
        }
    }

    static func choice<Value: RawRepresentable & CaseIterable & Sendable>(
        _ key: String, _ group: Group, _ path: Path<Value>, _ help: String
    ) -> Setting where Value.RawValue == String {
        let names = Value.allCases.map(\.rawValue)
        return Setting(
            key: key, group: group, help: help, form: "one of " + names.joined(separator: ", "),
            read: { .string($0[keyPath: path].rawValue) },
            write: { configuration, value in
                guard let choice = (value?.asString?.trimmed).flatMap(Value.init(rawValue:)) else { return false }
                configuration[keyPath: path] = choice
                return true
            }, absent: nil, names: names)
    }

    static func choice<Value: RawRepresentable & CaseIterable & Sendable>(
        _ key: String, _ group: Group, _ path: Path<Value?>, absent: String, _ help: String
    ) -> Setting where Value.RawValue == String {
        choice(key, group, path, among: Value.allCases.map(\.rawValue), absent: absent, help)
    }

    static func choice<Value: RawRepresentable & Sendable>(
        _ key: String, _ group: Group, _ path: Path<Value?>, among names: [String], absent: String, _ help: String
    ) -> Setting where Value.RawValue == String {
        Setting(
            key: key, group: group, help: help, form: "one of " + names.joined(separator: ", "),
            read: { $0[keyPath: path].map { .string($0.rawValue) } },
            write: { configuration, value in
                guard let value else {
                    configuration[keyPath: path] = nil
                    return true
                }
                guard let choice = (value.asString?.trimmed).flatMap(Value.init(rawValue:)),
                    names.contains(choice.rawValue)
                else { return false }
                configuration[keyPath: path] = choice
                return true
            }, absent: absent, names: names)
    }

    static func flag(_ key: String, _ group: Group, _ path: Path<Bool>, _ help: String) -> Setting {
        Setting(
            key: key, group: group, help: help, form: "true or false",
            read: { .bool($0[keyPath: path]) },
            write: { configuration, value in
                guard let flag = value?.asBool else { return false }
                configuration[keyPath: path] = flag
                return true
            }, absent: nil)
    }
}
