import Foundation
public import ThalwegTraining

/// What a search may change, and how.
public struct SearchParameter: Sendable, Hashable {
    /// Only where another setting has one of these values.
    public struct Condition: Sendable, Hashable {
        public var key: String
        public var values: [SearchValue]

        public init(_ key: String, in values: [SearchValue]) {
            self.key = key
            self.values = values
        }
    }

    /// A setting's key, as `--set` takes it: `learning-rate`, `optimizer.beta1`.
    public var key: String
    public var scale: SearchScale
    /// The share of trials that leave the setting as it is: a penalty of none beside one on a scale of powers.
    public var skip: Double
    /// All of them must hold.
    public var conditions: [Condition]
    /// Values of a grid, for numbers.
    public var points: Int

    public init(
        _ key: String, _ scale: SearchScale, skip: Double = 0, when conditions: [Condition] = [], points: Int = 3
    ) {
        self.key = key
        self.scale = scale
        self.skip = skip
        self.conditions = conditions
        self.points = points
    }

    /// The key, with the condition where the key alone is not enough.
    public var name: String {
        key + conditions.map { " if \($0.key)=\($0.values.map(\.text).joined(separator: "|"))" }.joined()
    }
}

/// The parameters of a search, each after those it depends on.
public struct SearchSpace: Sendable, Hashable {
    public private(set) var parameters: [SearchParameter]
    /// The file it came from, for messages.
    public private(set) var file: String?

    /// - Parameters:
    ///   - base: what every trial starts from: a value must be one that its setting can take.
    ///   - file: only names it in messages.
    /// - Throws: `ConfigurationError` naming the parameter: a setting that does not exist, a value it cannot take, a
    ///   setting that decides which examples are learned from, conditions in a circle.
    public init(_ parameters: [SearchParameter], base: TrainingConfiguration, file: String? = nil) throws {
        self.parameters = parameters
        self.file = file
        do {
            guard !parameters.isEmpty else { throw ConfigurationError(problem: "names no parameter to search") }
            try sortByDependence()
            for index in parameters.indices { try settle(index, base: base) }
        } catch var error as ConfigurationError {
            error.file = file
            throw error
        }
    }

    /// Settings that decide what is learned from or judged by, or that do not touch the result: trials must share them.
    static let shared: Set<String> = [
        "data", "target", "task", "dev", "test", "split", "train-dev", "split-seed", "dev-fold", "weight-column",
        "threads",
        "batch-order", "watch",
        "log-every-step", "checkpoint-seconds", "checkpoint-steps",
    ]

    private mutating func sortByDependence() throws {
        var rest = parameters
        var sorted: [SearchParameter] = []
        while !rest.isEmpty {
            let waiting = Set(rest.map(\.key))
            let ready = rest.filter { parameter in
                parameter.parents.allSatisfy { !waiting.contains($0) }
            }
            guard !ready.isEmpty else {
                throw ConfigurationError(
                    key: rest[0].key, problem: "depends on itself: its conditions lead back to it")
            }
            sorted += ready
            rest.removeAll { ready.contains($0) }
        }
        parameters = sorted
    }

    /// Checks a parameter's values against its setting. A number of a choice, as `optimizer.beta1`, is made to depend
    /// on the choices that have it.
    private mutating func settle(_ index: Int, base: TrainingConfiguration) throws {
        let parameter = parameters[index]
        let owner = parameter.owner
        let setting = try Setting.named(owner ?? parameter.key)
        guard !Self.shared.contains(setting.key) else {
            throw ConfigurationError(key: parameter.key, problem: "cannot be searched: all trials must share it")
        }
        guard (0..<1).contains(parameter.skip) else {
            throw ConfigurationError(
                key: parameter.key, problem: "has the share skip = \(parameter.skip); it must be from 0 to below 1")
        }
        if let owner, !parameter.conditions.contains(where: { $0.key == owner }),
            let parent = parameters.first(where: { $0.key == owner && $0.key != parameter.key }),
            case .choice(let choices) = parent.scale
        {
            var refusal: ConfigurationError?
            let fitting = choices.filter { choice in
                var trial = parameter
                trial.conditions.append(.init(owner, in: [choice]))
                do { try trial.check(base) } catch {
                    refusal = error as? ConfigurationError
                    return false
                }
                return true
            }
            guard !fitting.isEmpty else {
                throw refusal ?? ConfigurationError(key: parameter.key, problem: "fits none")
            }
            if fitting.count < choices.count {
                parameters[index].conditions.append(.init(owner, in: fitting))
            }
        }
        try parameters[index].check(base)
    }

    /// Whether `parameter` plays a part beside the values given so far.
    func isActive(
        _ parameter: SearchParameter, beside values: [String: SearchValue], base: TrainingConfiguration
    ) -> Bool {
        parameter.conditions.allSatisfy { condition in
            let found = values[condition.key]?.text ?? base.text(of: condition.key)
            return found.map { condition.holds(for: $0) } ?? false
        }
    }
}

extension SearchSpace {
    /// One axis of a parameter's scale.
    struct Coordinate {
        var parameter: SearchParameter
        var axisName: String
        var name: String { parameter.name + (axisName.isEmpty ? "" : " " + axisName) }
    }

    /// All axes of all parameters, in order.
    var coordinates: [Coordinate] {
        parameters.flatMap { parameter in
            parameter.scale.axes.map { Coordinate(parameter: parameter, axisName: $0) }
        }
    }

    func coordinate(_ name: String) -> Coordinate? { coordinates.first { $0.name == name } }
}

extension SearchParameter.Condition {
    /// A choice holds whatever its own numbers are: `adam` for `adam(beta1=0.9)`.
    func holds(for text: String) -> Bool {
        values.contains { $0.text == text || $0.text == String(text.prefix { $0 != "(" }) }
    }
}

extension SearchParameter {
    /// The setting whose number this is: `optimizer` for `optimizer.beta1`.
    var owner: String? { key.firstIndex(of: ".").map { String(key[..<$0]) } }

    /// Keys that must have their values first.
    var parents: Set<String> { Set(conditions.map(\.key) + (owner.map { [$0] } ?? [])).subtracting([key]) }

    /// Puts the ends of the scale into a configuration in which the conditions hold.
    fileprivate func check(_ base: TrainingConfiguration) throws {
        let ends: [SearchValue]
        if case .choice(let values) = scale {
            ends = values
        } else {
            let axes = scale.axes.count
            ends = [0.0, 1.0].map { scale.value(at: Array(repeating: $0, count: axes)) }
        }
        var configuration = base
        for condition in conditions {
            guard let value = condition.values.first else { continue }
            try configuration.set(condition.key, to: value.text)
        }
        for value in ends {
            do { try configuration.set(key, to: value.text) } catch var error as ConfigurationError {
                if error.key == nil || owner != nil { error.key = key }
                throw error
            }
        }
    }
}

extension TrainingConfiguration {
    /// A setting's value as `--set` takes it; nil where it is chosen automatically or does not exist.
    func text(of key: String) -> String? { searchValue(of: key)?.text }

    /// A setting's value; a list of one number is that number.
    func searchValue(of key: String) -> SearchValue? {
        guard let setting = try? Setting.named(key), let value = setting.read(self) else { return nil }
        if case .list(let values) = value, values.count == 1, case .number = values[0] { return SearchValue(values[0]) }
        return SearchValue(value)
    }
}
