import ArgumentParser
import Foundation
import Thalweg

/// Where settings come from beside the options of their own: a file, and any setting by its key.
struct SettingSources: ParsableArguments {
    @Option(help: ArgumentHelp("Settings from a TOML file; options on the command line win.", valueName: "FILE.toml"))
    var config: String?

    @Option(
        name: .customLong("set"), parsing: .singleValue,
        help: ArgumentHelp("Any setting by its key, as init-scale=0.5 or optimizer.beta1=0.95.", valueName: "key=value")
    )
    var assignments: [String] = []

    func readFile(into configuration: inout TrainingConfiguration) throws {
        if let config { try configuration.read(contentsOf: URL(fileURLWithPath: config)) }
    }

    /// The data, then the options, then `--set`.
    ///
    /// - Returns: The keys of the settings among them.
    @discardableResult
    func apply(
        data: String?, _ settings: SettingOptions, to configuration: inout TrainingConfiguration
    ) throws -> Set<String> {
        var keys: Set<String> = []
        try asUsage {
            if let data { try configuration.set("data", to: data) }
            for (key, value) in settings.assignments {
                try configuration.set(key, to: value)
                keys.insert(key)
            }
            for assignment in assignments {
                try configuration.set(assignment: assignment)
                let key = assignment.prefix { $0 != "=" && $0 != "." }.trimmingCharacters(in: .whitespaces)
                keys.insert(try Setting.named(key).key)
            }
        }
        configuration.makePathsAbsolute()
        return keys
    }
}
