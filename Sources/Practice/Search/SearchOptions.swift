import Foundation
import TOMLKit
import ThalwegFormats
import ThalwegTraining

/// What a search does, as `search.toml` keeps it.
public struct SearchOptions: Sendable, Equatable {
    public var strategy = SearchStrategy.coarseToFine
    /// Proposals, the unchanged settings among them; of a grid all there are when nil.
    public var trials: Int?
    public var seed = 1
    /// The task's own metric when nil.
    public var objective: String?
    /// As `latency_ms<5`.
    public var constraints: [String] = []
    public var finalists = 5
    /// Seconds that a training may take; nil for as long as it likes.
    public var timeLimit: Double?
    /// Whether trials are ended that do worse at the same epoch than half of the finished ones did.
    public var prunes = false
    /// Whether the winner's training leaves the dev examples apart, as trials do, instead of learning from them, too.
    public var keepsDev = false

    /// Trials where none are asked for.
    public static let usualTrials = 30
    /// More would take longer to propose than anybody waits.
    public static let mostTrials = 10_000

    public init() {}
}

extension SearchOptions {
    func toml(space: SearchSpace, fingerprint: String) -> String {
        var lines = [
            "# A Thalweg search; `thalweg tune --resume FOLDER` goes on with it.",
            "strategy = \(strategy.rawValue.quoted)",
        ]
        if let trials { lines.append("trials = \(trials)") }
        lines.append("seed = \(seed)")
        if let objective { lines.append("objective = \(objective.quoted)") }
        lines.append("subject-to = [\(constraints.map(\.quoted).joined(separator: ", "))]")
        lines.append("finalists = \(finalists)")
        if let timeLimit { lines.append("time-limit = \(timeLimit)") }
        lines.append("prune = \(prunes)")
        lines.append("keep-dev = \(keepsDev)")
        lines.append("fingerprint = \(fingerprint.quoted)          # of the data")
        lines += [
            "", "# The space; settings that are not here are those of settings.toml.", space.toml(heading: "space."),
        ]
        return lines.joined(separator: "\n")
    }

    /// Reads what `toml` wrote.
    ///
    /// - Throws: `ConfigurationError` naming the file.
    static func read(_ url: URL, base: TrainingConfiguration) throws -> (
        options: SearchOptions, space: SearchSpace, fingerprint: String?
    ) {
        let file = url.relativePath
        let table = try TOMLTable(TOMLTable.text(contentsOf: url), file: file)
        func value<Value>(_ key: String, _ read: (any TOMLValueConvertible) -> Value?) throws -> Value? {
            guard let node = table[key] else { return nil }
            guard let value = read(node) else {
                throw ConfigurationError(
                    file: file, key: key, problem: "cannot be \(SettingValue(node)?.toml ?? "a table or date")")
            }
            return value
        }
        var options = SearchOptions()
        guard let strategy = try value("strategy", { $0.string.flatMap(SearchStrategy.init) }),
            let space = table["space"]?.table
        else { throw ConfigurationError(file: file, problem: "lacks strategy or space") }
        options.strategy = strategy
        options.trials = try value("trials") { $0.int }
        options.seed = try value("seed") { $0.int } ?? 1
        options.objective = try value("objective") { $0.string }
        options.constraints = try value("subject-to") { $0.array?.compactMap(\.string) } ?? []
        options.finalists = try value("finalists") { $0.int } ?? 0
        options.timeLimit = try value("time-limit") { SettingValue($0)?.asNumber }
        options.prunes = try value("prune") { $0.bool } ?? false
        options.keepsDev = try value("keep-dev") { $0.bool } ?? false
        return (
            options, try SearchSpace(table: space, base: base, file: file), try value("fingerprint") { $0.string }
        )
    }
}

extension String {
    fileprivate var quoted: String { SettingValue.string(self).toml }
}
