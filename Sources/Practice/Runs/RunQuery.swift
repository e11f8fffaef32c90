import Foundation
import ThalwegEngine
import ThalwegTraining

/// Which runs to list, in which order.
public struct RunQuery: Sendable {
    /// A comparison of a field with a value.
    public struct Condition: Sendable, Hashable {
        public enum Relation: String, Sendable, CaseIterable {
            case lessOrEqual = "<="
            case greaterOrEqual = ">="
            case different = "!="
            case less = "<"
            case greater = ">"
            case equal = "="
            /// The text holds the value.
            case contains = "~"
        }

        public var field: String
        public var relation: Relation
        public var value: String

        package init(_ field: String, _ relation: Relation, _ value: String) {
            self.field = field
            self.relation = relation
            self.value = value
        }

        /// The value as a number, where the field can hold one.
        var number: Double? {
            let isText =
                RunQuery.fields.contains(field)
                && !["seconds", "parameters", "seed", "epochs", "steps"].contains(field)
            return isText || relation == .contains ? nil : Double(value)
        }
    }

    /// All must hold.
    public var conditions: [Condition] = []
    /// Newest first when nil.
    public var sort: String?
    /// The other way round.
    public var isReversed = false
    /// At most so many; all when nil.
    public var limit: Int?
    public var offset = 0
    /// Whether trials of searches are listed like other runs.
    public var includesTrials = true

    public init() {}

    /// - Parameters:
    ///   - conditions: as `dev_accuracy>0.95` or `data~houses`; each may hold several with `and` between.
    ///   - sort: a field; figures the best first, dates the newest, everything else from the smallest.
    /// - Throws: `ConfigurationError` for a field that does not exist or a condition that is none.
    public init(where conditions: [String], sort: String? = nil) throws {
        self.conditions = try conditions.flatMap { text in
            // An empty one would hold for every run.
            text.contains { !$0.isWhitespace } ? text.split(separator: /(?i)\s+and\s+/) : [""]
        }.map { try Condition(parsing: String($0)) }
        if let sort { self.sort = try Self.known(sort.trimmingCharacters(in: .whitespaces)) }
    }

    /// What a person types into a search box: conditions, and words to be found in path, data, status and network, joined by `and`.
    ///
    /// - Throws: as `init(where:sort:)`.
    public init(search text: String, sort: String? = nil) throws {
        let parts = text.split(separator: /\s+and\s+/).map { $0.trimmingCharacters(in: .whitespaces) }.filter {
            !$0.isEmpty
        }
        func isCondition(_ part: String) -> Bool { part.contains { "<>=!~".contains($0) } }
        try self.init(where: parts.filter(isCondition), sort: sort)
        conditions += parts.filter { !isCondition($0) }.flatMap { $0.split(separator: " ") }.map {
            Condition(Self.text, .contains, String($0))
        }
    }

    /// Path, data, status and network together.
    static let text = "text"

    /// Fields that are neither figures nor settings.
    static let fields = [
        "path", "search", "status", "started", "ended", "seconds", "data", "fingerprint", "task", "metric", "network",
        "parameters", "seed", "epochs", "steps", "commit", "host", "processor", "thalweg",
    ]
    private static let parts = ["train_", "dev_", "test_", "folds_"]

    static func isFigure(_ field: String) -> Bool {
        (parts.contains { field.hasPrefix($0) } || field == "rate")
            && field.utf8.allSatisfy { (97...122).contains($0) || (48...57).contains($0) || $0 == 95 || $0 == 45 }
    }

    /// The field's own spelling.
    static func known(_ field: String) throws -> String {
        if isFigure(field) || fields.contains(field) { return field }
        let folded = field.replacingOccurrences(of: "_", with: "-")
        let keys = Setting.all.map(\.key)
        if keys.contains(folded) { return folded }
        let figures = parts.flatMap { part in ["accuracy", "rmse", "loss", "cost"].map { part + $0 } }
        let near = nearestName(to: field, among: fields + figures + keys)
        throw ConfigurationError(
            problem: "runs have no '\(field)'"
                + (near.map { "; did you mean '\($0)'?" }
                    ?? "; they have \(fields.joined(separator: ", ")), figures as dev_accuracy, and every setting"))
    }
}

extension RunQuery.Condition {
    init(parsing text: String) throws {
        guard let start = text.firstIndex(where: { "<>=!~".contains($0) }),
            let relation = Relation.allCases.first(where: { text[start...].hasPrefix($0.rawValue) })
        else {
            throw ConfigurationError(
                problem:
                    "'\(text)' is no condition; conditions look like dev_accuracy>0.95, status=finished or data~houses")
        }
        field = try RunQuery.known(text[..<start].trimmingCharacters(in: .whitespaces))
        self.relation = relation
        var rest = text[text.index(start, offsetBy: relation.rawValue.count)...]
        if relation == .equal, rest.first == "=" { rest = rest.dropFirst() }
        value = rest.trimmingCharacters(in: .whitespaces)
        if value.isEmpty { throw ConfigurationError(problem: "'\(text)' compares with nothing") }
        if value.contains(/(?i)\s+or\s+\S+\s*[<>=!~]/) {
            throw ConfigurationError(problem: "'\(text)': conditions are joined by 'and' only")
        }
        if isNumeric, relation != .contains, number == nil {
            throw ConfigurationError(problem: "'\(text)': \(field) is a number, as 0.95, not '\(value)'")
        }
    }

    /// Whether the field holds numbers and nothing else.
    private var isNumeric: Bool {
        RunQuery.isFigure(field) || ["seconds", "parameters", "seed", "epochs", "steps"].contains(field)
    }
}
