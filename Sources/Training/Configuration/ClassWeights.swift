/// How much the losses of each class count, as a setting says it.
public enum ClassWeights: Codable, Sendable, Equatable {
    /// In inverse proportion to the class's training examples: every class counts the same.
    case balanced
    /// In the order of the classes.
    case numbers([Double])
    /// By name; classes that are not named have weight 1.
    case named([String: Double])

    /// A factor for each class, scaled so that the mean over all training examples is 1: rate and penalties keep their meaning.
    ///
    /// - Parameter totals: training examples of each class, by weight.
    /// - Throws: `ConfigurationError` where they do not fit the classes.
    func factors(classes: [String], totals: [Double]) throws(ConfigurationError) -> [Double] {
        func refused(_ problem: String) -> ConfigurationError {
            ConfigurationError(key: "class-weights", problem: problem)
        }
        guard !classes.isEmpty else { throw refused("is for classes; the task is regression") }
        let raw: [Double]
        switch self {
        case .balanced: raw = totals.map { $0 > 0 ? 1 / $0 : 0 }
        case .numbers(let numbers):
            guard numbers.count == classes.count else {
                throw refused(
                    "has \(numbers.count) numbers for \(classes.count) classes (\(Self.listed(classes)))")
            }
            raw = numbers
        case .named(let weights):
            if let unknown = weights.keys.sorted().first(where: { !classes.contains($0) }) {
                throw refused("names '\(unknown)', which is none of the classes (\(Self.listed(classes)))")
            }
            raw = classes.map { weights[$0] ?? 1 }
        }
        let mean = zip(raw, totals).reduce(0) { $0 + $1.0 * $1.1 } / totals.reduce(0, +)
        guard mean > 0, mean.isFinite else { throw refused("leaves no training example with a weight above 0") }
        return raw.map { $0 / mean }
    }

    private static func listed(_ classes: [String]) -> String {
        classes.prefix(6).map { "'\($0)'" }.joined(separator: ", ") + (classes.count > 6 ? ", …" : "")
    }
}

extension Setting {
    static let classWeights = Setting(
        key: "class-weights", group: .training, help: "how much each class counts: balanced, 1,5 or CLASS=5",
        form: "\"balanced\", numbers in the order of the classes, or CLASS=NUMBER with commas between",
        read: {
            switch $0.classWeights {
            case .balanced: .string("balanced")
            case .numbers(let numbers): .list(numbers.map(SettingValue.number))
            case .named(let weights):
                .list(weights.sorted { $0.key < $1.key }.map { .string("\($0.key)=\($0.value)") })
            case nil: nil
            }
        },
        write: { configuration, value in
            guard let value else {
                configuration.classWeights = nil
                return true
            }
            guard let weights = ClassWeights(value) else { return false }
            configuration.classWeights = weights
            return true
        }, absent: "none", names: ["balanced"])
}

extension ClassWeights {
    /// nil for what is none of the forms.
    fileprivate init?(_ value: SettingValue) {
        if value.asString?.trimmed == "balanced" {
            self = .balanced
            return
        }
        guard let list = value.asList, !list.isEmpty else { return nil }
        let numbers = list.compactMap(\.asNumber)
        if numbers.count == list.count {
            guard numbers.allSatisfy({ $0 >= 0 }), numbers.contains(where: { $0 > 0 }) else { return nil }
            self = .numbers(numbers)
            return
        }
        var named: [String: Double] = [:]
        for element in list {
            guard let text = element.asString, let equals = text.lastIndex(of: "="),
                let number = Double(String(text[text.index(after: equals)...]).trimmed), number >= 0, number.isFinite,
                named.updateValue(number, forKey: String(text[..<equals]).trimmed) == nil
            else { return nil }
        }
        self = .named(named)
    }
}
