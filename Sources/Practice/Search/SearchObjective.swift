import Foundation
public import ThalwegDataSets
import ThalwegTraining

/// What a search makes best, or sets a limit to: a metric of the dev examples.
public struct SearchObjective: Sendable, Hashable {
    /// `loss`, the mean of what training minimizes without its penalties; for two classes `false-negative-rate` and
    /// `false-positive-rate` (the second class is the positive one); or a `Metric`'s.
    public let name: String
    public let isHigherBetter: Bool
    /// Whether it is a share from 0 to 1, shown in percent.
    public let isShare: Bool

    /// - Parameter name: the task's own metric when nil.
    /// - Throws: `ConfigurationError` that suggests the nearest name, and for a metric that does not fit the task.
    public init(_ name: String?, task: Task) throws {
        let name = name ?? task.metricName
        if name == "loss" || (task == .binary && Self.rates.contains(name)) {
            self.init(name: name, isHigherBetter: false, isShare: name != "loss")
            return
        }
        let metric = Self.rates.contains(name) ? nil : try Metric.named(name)
        guard let metric, metric.tasks.contains(task) else {
            let fitting = ["loss"] + (task == .binary ? Self.rates : []) + Metric.fitting(task).map(\.name)
            throw ConfigurationError(
                problem: "metric '\(name)' does not fit a \(task.rawValue) task; there are "
                    + fitting.joined(separator: ", "))
        }
        self.init(name: metric.name, isHigherBetter: metric.isHigherBetter, isShare: metric.unit == .share)
    }

    private init(name: String, isHigherBetter: Bool, isShare: Bool) {
        self.name = name
        self.isHigherBetter = isHigherBetter
        self.isShare = isShare
    }

    private static let rates = ["false-negative-rate", "false-positive-rate"]

    /// A value for people.
    public func text(_ value: Double) -> String { isShare ? percentText(value) : numberText(value) }

    /// What an assessment holds, by name: fractions, errors in the target's unit.
    static func metrics(_ assessment: Assessment, task: Task) -> [String: Double] {
        var metrics = [task.metricName: assessment.score.metric, "loss": assessment.score.loss]
        if task == .binary, assessment.recalls.count == 2 {
            metrics["false-negative-rate"] = assessment.recalls[1].share.map { 1 - $0 }
            metrics["false-positive-rate"] = assessment.recalls[0].share.map { 1 - $0 }
        }
        return metrics.filter { $1.isFinite }
    }

    /// Whether `a` is better than `b`.
    func isBetter(_ a: Double, than b: Double) -> Bool { isHigherBetter ? a > b : a < b }
}

/// A condition that a model must meet, however good it is otherwise: a satisficing metric.
public struct SearchConstraint: Sendable, Hashable {
    public enum Relation: String, Sendable, Hashable, CaseIterable {
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
        if ModelCosts.names.contains(name) {
            metric = name
        } else {
            do { metric = try SearchObjective(name, task: task).name } catch let error as ConfigurationError {
                throw ConfigurationError(
                    problem: "'\(text)' is no condition on \(ModelCosts.names.joined(separator: ", ")); and "
                        + error.problem)
            }
        }
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
