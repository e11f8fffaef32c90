public import Foundation
import TOMLKit
import ThalwegEngine
public import ThalwegTraining

extension SearchSpace {
    /// Reads the parameters of a TOML file: a table or an array of choices for each.
    ///
    /// - Throws: `ConfigurationError` naming file and key, with what was expected and found.
    public init(contentsOf url: URL, base: TrainingConfiguration) throws {
        try self.init(toml: TOMLTable.text(contentsOf: url), base: base, file: url.relativePath)
    }

    /// Reads the parameters of TOML text; `file` only names it in messages.
    ///
    /// - Throws: As `init(contentsOf:base:)`.
    public init(toml text: String, base: TrainingConfiguration, file: String? = nil) throws {
        try self.init(table: TOMLTable(text, file: file), base: base, file: file)
    }

    init(table: TOMLTable, base: TrainingConfiguration, file: String?) throws {
        var parameters: [SearchParameter] = []
        do {
            for key in table.keys {
                // `batch_size` is meant as `batch-size`; numbers of choices go by names with underscores.
                let owner = String(key.prefix { $0 != "." })
                let folded = owner.replacing("_", with: "-") + key.dropFirst(owner.count)
                parameters += try Self.parameters(folded, table[key])
            }
        } catch var error as ConfigurationError {
            error.file = file
            throw error
        }
        try self.init(parameters, base: base, file: file)
    }

    private static func parameters(_ key: String, _ node: (any TOMLValueConvertible)?) throws -> [SearchParameter] {
        if let table = node?.table { return try parameters(key, table: table) }
        guard let array = node?.array else {
            throw ConfigurationError(
                key: key,
                problem: "needs a table such as { log = [0.001, 0.1] } or a list of choices, not "
                    + (node.flatMap(SettingValue.init)?.toml ?? "a date") + "; to fix a setting use --set")
        }
        let tables = array.compactMap(\.table)
        guard tables.isEmpty else {
            guard tables.count == array.count else {
                throw ConfigurationError(key: key, problem: "mixes tables with values")
            }
            return try tables.flatMap { try parameters(key, table: $0) }
        }
        return [SearchParameter(key, .choice(try choices(key, array)))]
    }

    private static let scales = ["uniform", "log", "one-minus-log", "integer", "log-integer", "choice"]
    private static let words = scales + ["depth", "width", "shape", "when", "skip", "points"]

    private static func parameters(_ key: String, table: TOMLTable) throws -> [SearchParameter] {
        // `[optimizer.beta1]` is a table in a table.
        let nested = table.keys.filter { !words.contains($0) && table[$0]?.table != nil }
        if !nested.isEmpty, nested.count == table.keys.count {
            return try nested.flatMap { try parameters(key + "." + $0, table[$0]) }
        }
        if let unknown = table.keys.first(where: { !words.contains($0) }) {
            let near = nearestName(to: unknown, among: words).map { "; did you mean '\($0)'?" } ?? ""
            throw ConfigurationError(
                key: key, problem: "has '\(unknown)', expected one of \(words.joined(separator: ", "))\(near)")
        }
        var parameter = SearchParameter(key, try scale(key, table))
        if let node = table["skip"] { parameter.skip = try number(key, "skip", node) }
        if let node = table["points"] {
            guard let points = node.int, (1...SearchOptions.mostTrials).contains(points) else {
                throw wrong(key, "points", "a whole number from 1 to \(SearchOptions.mostTrials)", node)
            }
            parameter.points = points
        }
        if let node = table["when"] {
            guard let conditions = node.table else {
                throw wrong(key, "when", "a table such as { optimizer = \"adam\" }", node)
            }
            parameter.conditions = try conditions.keys.map { parent in
                guard let node = conditions[parent] else { return .init(parent, in: []) }
                if let array = node.array { return .init(parent, in: try choices(key, array)) }
                guard let value = SettingValue(node).flatMap(SearchValue.init) else {
                    throw wrong(key, "when.\(parent)", "a value or a list of values", node)
                }
                return .init(parent, in: [value])
            }
        }
        return [parameter]
    }

    private static func scale(_ key: String, _ table: TOMLTable) throws -> SearchScale {
        let given = scales.filter { table[$0] != nil }
        if given.isEmpty, table["depth"] != nil || table["width"] != nil {
            guard key == "layers" else {
                throw ConfigurationError(key: key, problem: "has no depth and width: only layers do")
            }
            return .layers(try layers(key, table))
        }
        guard given.count == 1, let name = given.first, let node = table[name] else {
            throw ConfigurationError(
                key: key,
                problem: "needs one of \(scales.joined(separator: ", ")) (layers: depth and width), found "
                    + (given.isEmpty ? "none" : given.joined(separator: " and ")))
        }
        switch name {
        case "choice":
            guard let array = node.array else { throw wrong(key, name, "a list of values", node) }
            return .choice(try choices(key, array))
        case "integer", "log-integer":
            let range = try integers(key, name, node, from: name == "integer" ? nil : 1)
            return name == "integer"
                ? .integer(range.lowerBound, range.upperBound) : .logInteger(range.lowerBound, range.upperBound)
        default:
            let (low, high) = try ends(key, name, node)
            switch name {
            case "log":
                guard low > 0 else { throw wrong(key, name, "two numbers above 0", node) }
                return .log(low, high)
            case "one-minus-log":
                guard high < 1 else { throw wrong(key, name, "two numbers below 1", node) }
                return .complement(low, high)
            default: return .uniform(low, high)
            }
        }
    }

    private static func layers(_ key: String, _ table: TOMLTable) throws -> SearchScale.LayerScale {
        func range(_ name: String, from least: Int) throws -> ClosedRange<Int> {
            guard let node = table[name] else {
                throw ConfigurationError(key: key, problem: "needs \(name) beside depth or width")
            }
            if let single = node.int, single >= least { return single...single }
            return try integers(key, name, node, from: least)
        }
        var shapes = SearchScale.LayerScale.Shape.allCases
        if let node = table["shape"] {
            let names = node.array.map { $0.compactMap(\.string) } ?? node.string.map { [$0] } ?? []
            shapes = names.compactMap(SearchScale.LayerScale.Shape.init(rawValue:))
            guard !names.isEmpty, shapes.count == names.count, node.array.map({ $0.count == names.count }) ?? true
            else {
                let known = SearchScale.LayerScale.Shape.allCases.map(\.rawValue).joined(separator: ", ")
                throw wrong(key, "shape", "a list of \(known)", node)
            }
        }
        return .init(depth: try range("depth", from: 0), width: try range("width", from: 1), shapes: shapes)
    }

    private static func choices(_ key: String, _ array: TOMLArray) throws -> [SearchValue] {
        let values = array.compactMap { SettingValue($0).flatMap(SearchValue.init) }
        guard values.count == array.count, !values.isEmpty else {
            throw wrong(key, "choice", "a list of at least one text, number, flag or list of whole numbers", array)
        }
        guard Set(values).count == values.count else {
            throw ConfigurationError(key: key, problem: "names a choice twice")
        }
        return values
    }

    private static func ends(_ key: String, _ name: String, _ node: any TOMLValueConvertible) throws -> (
        Double, Double
    ) {
        let numbers = node.array.map { $0.compactMap { SettingValue($0)?.asNumber } } ?? []
        guard numbers.count == 2, node.array?.count == 2, numbers[0] < numbers[1] else {
            throw wrong(key, name, "two numbers, the smaller first", node)
        }
        return (numbers[0], numbers[1])
    }

    private static func integers(
        _ key: String, _ name: String, _ node: any TOMLValueConvertible, from least: Int?
    ) throws -> ClosedRange<Int> {
        let numbers = node.array.map { $0.compactMap(\.int) } ?? []
        guard numbers.count == 2, node.array?.count == 2, numbers[0] <= numbers[1], numbers[0] >= least ?? .min / 2,
            numbers[1] < .max / 2
        else {
            throw wrong(
                key, name, "two whole numbers\(least.map { " of at least \($0)" } ?? ""), the smaller first", node)
        }
        return numbers[0]...numbers[1]
    }

    private static func number(_ key: String, _ name: String, _ node: any TOMLValueConvertible) throws -> Double {
        guard let number = SettingValue(node)?.asNumber else { throw wrong(key, name, "a number", node) }
        return number
    }

    private static func wrong(
        _ key: String, _ name: String, _ expected: String, _ found: any TOMLValueConvertible
    ) -> ConfigurationError {
        ConfigurationError(
            key: key, problem: "\(name): expected \(expected), found \(SettingValue(found)?.toml ?? "a table or date")")
    }
}

extension SearchSpace {
    /// As `init(toml:base:file:)` reads it; `heading` goes before every key.
    public func toml(heading: String = "") -> String {
        let repeated = Dictionary(grouping: parameters, by: \.key).filter { $1.count > 1 }.keys
        return parameters.map { parameter in
            let name = heading + SettingValue.string(parameter.key).toml
            var lines = [repeated.contains(parameter.key) ? "[[\(name)]]" : "[\(name)]"]
            switch parameter.scale {
            case .uniform(let low, let high): lines.append("uniform = [\(low), \(high)]")
            case .log(let low, let high): lines.append("log = [\(low), \(high)]")
            case .complement(let low, let high): lines.append("one-minus-log = [\(low), \(high)]")
            case .integer(let low, let high): lines.append("integer = [\(low), \(high)]")
            case .logInteger(let low, let high): lines.append("log-integer = [\(low), \(high)]")
            case .choice(let values):
                lines.append("choice = [\(values.map(\.toml).joined(separator: ", "))]")
            case .layers(let scale):
                lines.append("depth = [\(scale.depth.lowerBound), \(scale.depth.upperBound)]")
                lines.append("width = [\(scale.width.lowerBound), \(scale.width.upperBound)]")
                lines.append("shape = [\(scale.shapes.map { "\"\($0.rawValue)\"" }.joined(separator: ", "))]")
            }
            if parameter.skip > 0 { lines.append("skip = \(parameter.skip)") }
            if parameter.points != 3 { lines.append("points = \(parameter.points)") }
            if !parameter.conditions.isEmpty {
                let conditions = parameter.conditions.map {
                    "\(SettingValue.string($0.key).toml) = [\($0.values.map(\.toml).joined(separator: ", "))]"
                }
                lines.append("when = { \(conditions.joined(separator: ", ")) }")
            }
            return lines.joined(separator: "\n") + "\n"
        }.joined(separator: "\n")
    }
}
