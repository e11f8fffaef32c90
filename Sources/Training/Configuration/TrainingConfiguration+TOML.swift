public import Foundation
package import TOMLKit
import ThalwegDataSets
import ThalwegNetworks

extension TrainingConfiguration {
    /// Sets what the TOML file at `url` says and leaves the rest as it is.
    ///
    /// - Throws: `ConfigurationError` naming the file and the line or key at fault.
    public mutating func read(contentsOf url: URL) throws {
        try read(toml: TOMLTable.text(contentsOf: url), file: url.relativePath)
    }

    /// Sets what TOML `text` says and leaves the rest as it is; `file` only names it in messages.
    ///
    /// - Throws: `ConfigurationError`.
    public mutating func read(toml text: String, file: String? = nil) throws {
        let table = try TOMLTable(text, file: file)
        for key in table.keys {
            do {
                let setting = try Setting.named(key)
                guard let value = table[key].flatMap(SettingValue.init) else {
                    throw ConfigurationError(key: key, problem: "needs \(setting.form), not a table or date")
                }
                try setting.set(value, in: &self)
            } catch var error as ConfigurationError {
                error.file = file
                throw error
            }
        }
    }

    /// Sets one `key=value`, as `--set` takes it.
    ///
    /// - Throws: `ConfigurationError` naming the key.
    public mutating func set(assignment: String) throws {
        guard let equals = assignment.firstIndex(of: "=") else {
            throw ConfigurationError(problem: "'\(assignment)' is not of the form key=value")
        }
        try set(String(assignment[..<equals]).trimmed, to: String(assignment[assignment.index(after: equals)...]))
    }

    /// Sets the setting called `key` from text. `key.part` sets one number of a choice: `optimizer.beta1`.
    ///
    /// - Throws: `ConfigurationError` naming the key.
    public mutating func set(_ key: String, to text: String) throws {
        guard let dot = key.firstIndex(of: ".") else { return try Setting.named(key).set(.text(text), in: &self) }
        let setting = try Setting.named(String(key[..<dot]))
        guard let current = setting.read(self)?.asString, var choice = try? Specification(parsing: current) else {
            throw ConfigurationError(key: key, problem: "needs '\(setting.key)' to be set to a name first")
        }
        let part = String(key[key.index(after: dot)...])
        choice.settings.removeAll { $0.name?.lowercased() == part.lowercased() }
        choice.settings.append(.init(name: part, value: text.trimmed))
        try setting.set(.text(choice.description), in: &self)
    }

    /// Makes every path absolute, so that the run's `config.toml` means the same files from any folder.
    public mutating func makePathsAbsolute() {
        if data != DataSource.digitsName { data = data?.absolutePath }
        for path in [\Self.dev, \.test, \.initialWeights, \.batchOrder] {
            self[keyPath: path] = self[keyPath: path]?.absolutePath
        }
    }

    /// The whole configuration as TOML, with a heading a group and every setting explained.
    public var toml: String { toml(extensions: []) }

    /// As `toml`; a run that was extended is told from one that was planned so from the beginning.
    func toml(extensions: [RunExtension]) -> String {
        var text = "# Settings of a Thalweg training run; `thalweg train --config FILE` repeats it.\n"
        for extended in extensions {
            text += "# Extended at step \(extended.step): until then the plan was \(extended.plan).\n"
        }
        if !extensions.isEmpty {
            text += "# Trained in one go, these settings give other numbers where the schedule depends on the length.\n"
        }
        for group in Setting.Group.allCases {
            text += "\n# \(group.rawValue)\n"
            for setting in Setting.all where setting.group == group {
                guard let value = setting.read(self)?.toml ?? setting.absent?.tomlQuoted else { continue }
                let line = "\(setting.key) = \(value)"
                let padding = String(repeating: " ", count: max(1, 40 - line.count))
                text += "\(line)\(padding)# \(setting.help)\n"
            }
        }
        return text
    }

    /// With every choice in canonical spelling, `adam(beta1=0.9, …)` for `adam`: what a run writes down, and reads again.
    func spelledOut() -> TrainingConfiguration {
        var result = self
        for setting in Setting.all {
            // A value that was read from a configuration can be put back.
            if let value = setting.read(self) { _ = try? setting.write(&result, value) }
        }
        return result
    }

    /// Names and values of the settings that differ from those of `other`, as "key: mine, not theirs".
    package func differences(from other: TrainingConfiguration, ignoring ignored: Set<String>) -> [String] {
        Setting.all.compactMap { setting in
            guard !ignored.contains(setting.key) else { return nil }
            let mine = setting.read(self)?.toml ?? setting.absent ?? ""
            let theirs = setting.read(other)?.toml ?? setting.absent ?? ""
            return mine == theirs ? nil : "\(setting.key) is \(mine) but was \(theirs)"
        }
    }

    /// Keys of settings whose value is another in `other`.
    package func keys(differingFrom other: TrainingConfiguration) -> [String] {
        Setting.all.filter { $0.read(self)?.toml != $0.read(other)?.toml }.map(\.key)
    }
}

extension String {
    fileprivate var absolutePath: String {
        isEmpty ? self : URL(fileURLWithPath: self).standardizedFileURL.path
    }
}

extension TOMLTable {
    /// - Throws: `ConfigurationError` naming the file for what cannot be read or is not UTF-8.
    package static func text(contentsOf url: URL) throws -> String {
        do {
            let bytes = try Data(contentsOf: url)
            guard let text = String(data: bytes, encoding: .utf8) else {
                throw ConfigurationError(file: url.relativePath, problem: "is not UTF-8 text")
            }
            return text
        } catch let error as ConfigurationError {
            throw error
        } catch {
            let missing = !FileManager.default.fileExists(atPath: url.path)
            throw ConfigurationError(
                file: url.relativePath, problem: missing ? "does not exist" : "cannot be read (permission?)")
        }
    }

    /// - Throws: `ConfigurationError` naming the file and the line that is no TOML.
    package convenience init(_ text: String, file: String?) throws {
        do {
            try self.init(string: text)
        } catch let error as TOMLParseError {
            throw ConfigurationError(
                file: file, line: Int(error.source.begin.line),
                problem: error.description.replacingOccurrences(of: "\n", with: " "))
        } catch {
            throw ConfigurationError(file: file, problem: "is not TOML")
        }
    }
}

extension SettingValue {
    /// The value of a TOML node; nil for tables and dates.
    package init?(_ node: any TOMLValueConvertible) {
        if let value = node.bool {
            self = .bool(value)
        } else if let value = node.int {
            self = .integer(value)
        } else if let value = node.double {
            self = .number(value)
        } else if let value = node.string {
            self = .string(value)
        } else if let array = node.array {
            let values = array.compactMap { SettingValue($0) }
            guard values.count == array.count else { return nil }
            self = .list(values)
        } else {
            return nil
        }
    }
}
