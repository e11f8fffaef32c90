import Foundation
public import ThalwegDataSets
import ThalwegEngine
import ThalwegTraining

/// What a search makes best: a metric of the dev examples.
public struct SearchObjective: Sendable, Hashable, Codable {
    public var name: String
    public var isHigherBetter: Bool

    /// - Parameter name: `loss`, or a metric of the task; the task's own metric when nil.
    /// - Throws: `ConfigurationError` that names those there are.
    public init(_ name: String?, task: Task) throws {
        let known = Self.names(task)
        let name = name ?? task.metricName
        guard let metric = known.first(where: { $0.name == name }) else {
            let near = nearestName(to: name, among: known.map(\.name)).map { "; did you mean '\($0)'?" } ?? ""
            throw ConfigurationError(
                problem: "no objective '\(name)' for a \(task.rawValue) task; there are "
                    + known.map(\.name).joined(separator: ", ") + near)
        }
        self = metric
    }

    private init(name: String, isHigherBetter: Bool) {
        self.name = name
        self.isHigherBetter = isHigherBetter
    }

    /// Every metric that a finished trial can be judged by.
    static func names(_ task: Task) -> [SearchObjective] {
        let loss = SearchObjective(name: "loss", isHigherBetter: false)
        switch task {
        case .regression: return [SearchObjective(name: task.metricName, isHigherBetter: false), loss]
        case .multiclass, .binary:
            let shares = [task.metricName, "balanced-accuracy"].map { SearchObjective(name: $0, isHigherBetter: true) }
            return shares + [loss] + (task == .binary ? rates : [])
        }
    }

    private static let rates = ["false-negative-rate", "false-positive-rate"].map {
        SearchObjective(name: $0, isHigherBetter: false)
    }

    /// The metrics of the dev examples, by name: fractions, errors in the target's unit.
    static func metrics(_ assessment: Assessment, task: Task) -> [String: Double] {
        var metrics = [task.metricName: assessment.score.metric, "loss": assessment.score.loss]
        metrics["balanced-accuracy"] = assessment.balancedAccuracy
        if task == .binary, assessment.recalls.count == 2 {
            // Of two classes the second is the positive one.
            metrics["false-negative-rate"] = assessment.recalls[1].share.map { 1 - $0 }
            metrics["false-positive-rate"] = assessment.recalls[0].share.map { 1 - $0 }
        }
        return metrics.filter { $1.isFinite }
    }

    /// Whether `a` is better than `b`.
    func isBetter(_ a: Double, than b: Double) -> Bool { isHigherBetter ? a > b : a < b }
}

/// A condition that a model must meet, however good it is otherwise: a satisficing metric.
public struct SearchConstraint: Sendable, Hashable, Codable {
    public enum Relation: String, Sendable, Hashable, Codable, CaseIterable {
        case atMost = "<="
        case atLeast = ">="
        case below = "<"
        case above = ">"
    }

    public var metric: String
    public var relation: Relation
    public var limit: Double

    /// Reads `latency_ms<5`.
    ///
    /// - Throws: `ConfigurationError` for text of another form, and a metric that is not measured.
    public init(_ text: String, task: Task) throws {
        guard let relation = Relation.allCases.first(where: { text.contains($0.rawValue) }),
            let range = text.range(of: relation.rawValue)
        else {
            throw ConfigurationError(problem: "'\(text)' is not of the form metric<limit, as latency_ms<5")
        }
        let name = text[..<range.lowerBound].trimmingCharacters(in: .whitespaces)
        let number = text[range.upperBound...].trimmingCharacters(in: .whitespaces)
        guard let limit = Double(number), limit.isFinite else {
            throw ConfigurationError(problem: "'\(text)': '\(number)' is no number")
        }
        let known = ModelMeasurements.names + SearchObjective.names(task).map(\.name)
        guard known.contains(name) else {
            let near = nearestName(to: name, among: known).map { "; did you mean '\($0)'?" } ?? ""
            throw ConfigurationError(
                problem: "'\(text)': there is no '\(name)'; known: " + known.joined(separator: ", ") + near)
        }
        metric = name
        self.relation = relation
        self.limit = limit
    }

    public var description: String { "\(metric)\(relation.rawValue)\(limit)" }

    public func isMet(_ value: Double) -> Bool {
        switch relation {
        case .below: value < limit
        case .atMost: value <= limit
        case .above: value > limit
        case .atLeast: value >= limit
        }
    }

    /// How far a value is from the limit, as a share of it; 0 where it is met.
    public func violation(_ value: Double?) -> Double {
        guard let value else { return .infinity }
        guard !isMet(value) else { return 0 }
        // A value at the limit that must be below it is out by a hair.
        return max(abs(value - limit) / max(abs(limit), 1e-12), 1e-12)
    }
}
