public import ThalwegDataSets
import ThalwegEngine
public import ThalwegTraining

/// A figure of merit: a pure function of what was wanted and what was predicted.
///
///     let auc = try Metric.named("roc-auc")
///     auc(outcomes)  // 0.93, or nil where it is not defined
///
/// Definitions are those of scikit-learn, example weights included; docs/metrics.md tables them.
public struct Metric: Sendable {
    /// How a value is shown.
    public enum Unit: Sendable {
        /// A share from 0 to 1, shown in percent.
        case share
        case number
        /// In the unit of the target.
        case target
    }

    /// As it is typed, and as it stands in JSON: `roc-auc`.
    public let name: String
    /// For people: `ROC AUC`.
    public let title: String
    public let isHigherBetter: Bool
    /// The tasks it fits.
    public let tasks: Set<Task>
    public let unit: Unit
    private let function: @Sendable (PredictedOutcomes) -> Double?

    public init(
        _ name: String, _ title: String, isHigherBetter: Bool, tasks: Set<Task>, unit: Unit = .number,
        _ function: @escaping @Sendable (PredictedOutcomes) -> Double?
    ) {
        self.name = name
        self.title = title
        self.isHigherBetter = isHigherBetter
        self.tasks = tasks
        self.unit = unit
        self.function = function
    }

    /// The value; nil where the metric does not fit the task or is not defined (one class only, no examples).
    public func callAsFunction(_ outcomes: PredictedOutcomes) -> Double? {
        guard tasks.contains(outcomes.task), outcomes.count > 0 else { return nil }
        return function(outcomes).flatMap { $0.isNaN ? nil : $0 }
    }

    /// - Throws: `ConfigurationError` for a metric of one class that is none of `classes`.
    func requireClass(of classes: [String]) throws(ConfigurationError) {
        guard let colon = name.firstIndex(of: ":") else { return }
        let label = String(name[name.index(after: colon)...])
        guard !classes.contains(label) else { return }
        let near = nearestName(to: label, among: classes)
        throw ConfigurationError(
            problem: "metric '\(name)': there is no class '\(label)'"
                + (near.map { "; did you mean '\($0)'?" } ?? "; there are \(classes.prefix(20).joined(separator: ", "))")
        )
    }

    /// Whether `value` is better than `other`.
    public func isBetter(_ value: Double, than other: Double) -> Bool {
        isHigherBetter ? value > other : value < other
    }

    /// A value for people.
    public func text(_ value: Double) -> String {
        guard unit == .share else { return numberText(value) }
        return abs(value) < 100 ? percentText(value) : numberText(value * 100) + " %"
    }
}

extension Metric {
    /// Every metric that has one name. Beside them `named` knows families: `top-5`, `recall:spam`, `absolute-error-p95`.
    public static let all: [Metric] = classification + regression

    /// Those that fit a task, in the order of reports.
    public static func fitting(_ task: Task) -> [Metric] { all.filter { $0.tasks.contains(task) } }

    /// The metric called `name`: one of `all`, or of a family: `top-K` (the class is among the K likeliest), `precision:CLASS`,
    /// `recall:CLASS` and `f1:CLASS`, `absolute-error-pN` (a percentile).
    ///
    /// - Throws: `ConfigurationError` that suggests the nearest name.
    public static func named(_ name: String) throws(ConfigurationError) -> Metric {
        if let (family, label) = split(name, at: ":"), let metric = ofClass(folded(family), label) { return metric }
        let key = folded(name)
        if let metric = all.first(where: { $0.name == key })
            ?? aliases[key].flatMap({ other in
                all.first { $0.name == other }
            })
        {
            return metric
        }
        if let (family, number) = split(key, atLast: "-") {
            if family == "top", let k = Int(number), k >= 1 { return top(k) }
            if family == "absolute-error", number.hasPrefix("p"), let percent = Double(number.dropFirst()),
                (0...100).contains(percent)
            {
                return absoluteErrorPercentile(percent)
            }
        }
        let near = nearestName(to: key, among: all.map(\.name) + aliases.keys.sorted())
        throw ConfigurationError(
            problem: "metric '\(name)' does not exist"
                + (near.map { "; did you mean '\($0)'?" } ?? "; there are \(all.map(\.name).joined(separator: ", "))"))
    }

    private static let aliases = [
        "auc": "roc-auc", "mcc": "matthews", "average-precision": "pr-auc", "ece": "calibration-error",
        "cross-entropy": "log-loss", "cohen-kappa": "kappa", "median-error": "median-absolute-error",
    ]

    private static func folded(_ name: String) -> String { name.lowercased().replacing("_", with: "-") }

    private static func split(_ text: String, at separator: Character) -> (String, String)? {
        text.firstIndex(of: separator).map { (String(text[..<$0]), String(text[text.index(after: $0)...])) }
    }

    private static func split(_ text: String, atLast separator: Character) -> (String, String)? {
        text.lastIndex(of: separator).map { (String(text[..<$0]), String(text[text.index(after: $0)...])) }
    }
}
