import Foundation

/// How much each parameter of a search mattered, and which of its values did best.
public struct SearchImportance: Sendable, Codable {
    public struct Entry: Sendable, Codable {
        /// A parameter, or one axis of it: `layers width`.
        public var name: String
        /// The share of the variance of the trials' ranks over the space that it explains on its own; nil where it
        /// cannot be told.
        public var share: Double?
        /// Its values in the best trials, as `0.001 to 0.008` or `relu (4), tanh (1)`.
        public var best: String
    }

    /// Most important first.
    public var entries: [Entry]
    /// Trials that were compared.
    public var trials: Int
    /// The best of them, whose values are told.
    public var bestTrials: Int
    /// The share of the variance that the forest behind the figures explains in trials it was not grown on; where it is
    /// small, the trials are too few, or too much alike, to tell what mattered.
    public var explained: Double?

    /// Trials below which nothing is told, and the share that must be explained.
    public static let fewest = 10
    public static let leastExplained = 0.1

    public var isTold: Bool { trials >= Self.fewest && explained ?? 0 >= Self.leastExplained }

    /// - Parameter records: of a search with this plan; the trainings that all trials had in common are compared.
    public init(plan: SearchPlan, records: [TrialRecord]) {
        let compared = plan.ranking(records.filter { $0.fold == 0 && $0.rung == 0 && $0.status == .finished })
        trials = compared.count
        // In an order of their own: a space that was read from a file has another than the one it was written from.
        let parameters = plan.space.parameters.enumerated()
            .sorted { ($0.element.key, $0.offset) < ($1.element.key, $1.offset) }.map(\.element)
        let points = compared.map { standing in
            parameters.flatMap { Self.coordinates($0, of: standing.record.parameters, plan: plan) }
        }
        // Ranks, with ties in the middle: an objective of a billion is no worse than the worst.
        let count = Double(max(compared.count, 1))
        var values = [Double](repeating: 0, count: compared.count)
        for (place, standing) in compared.enumerated() {
            let ties = compared.indices.filter {
                compared[$0].objective == standing.objective && compared[$0].violation == standing.violation
            }
            values[place] = 1 - Double(ties.reduce(0, +)) / Double(max(ties.count, 1)) / count
        }
        let names = parameters.flatMap { parameter in
            parameter.scale.axes.map { SearchSpace.Coordinate(parameter: parameter, axisName: $0).name }
        }
        let top = compared.prefix(max(compared.count / 4, min(3, compared.count))).map(\.record.parameters)
        bestTrials = top.count
        var shares: [Double?] = Array(repeating: nil, count: names.count)
        if compared.count >= Self.fewest {
            let forest = RegressionForest(points: points, values: values, seed: plan.seed)
            explained = forest.explained
            if forest.explained ?? 0 >= Self.leastExplained { shares = forest.mainEffects(axes: names.count) }
        }
        var best: [String] = []
        for parameter in parameters {
            best += parameter.scale.axes.indices.map { Self.best(parameter, axis: $0, in: top, plan: plan) }
        }
        entries = zip(names, zip(shares, best)).map { Entry(name: $0, share: $1.0, best: $1.1) }
        if isTold {
            entries = entries.enumerated().sorted {
                ($1.element.share ?? 0, $0.offset) < ($0.element.share ?? 0, $1.offset)
            }
            .map(\.element)
        }
    }

    /// A trial's place on a parameter's axes; where a setting may be left as it is, that has the first quarter of each.
    private static func coordinates(
        _ parameter: SearchParameter, of values: [String: SearchValue], plan: SearchPlan
    ) -> [Double] {
        let count = parameter.scale.axes.count
        let isOptional = parameter.skip > 0 || !parameter.conditions.isEmpty
        let isActive = plan.space.isActive(parameter, beside: values, base: plan.base)
        let value = isActive ? values[parameter.key] ?? (isOptional ? nil : plan.defaults[parameter.key]) : nil
        guard let point = value.flatMap({ parameter.scale.point(of: $0) }) else {
            return Array(repeating: isOptional ? 0.125 : 0.5, count: count)
        }
        return isOptional ? point.map { 0.25 + 0.75 * $0 } : point
    }

    /// The values of the best trials on one axis.
    private static func best(
        _ parameter: SearchParameter, axis: Int, in top: [[String: SearchValue]], plan: SearchPlan
    ) -> String {
        var numbers: [Double] = []
        var names: [String: Int] = [:]
        var unchanged = 0
        for values in top {
            guard plan.space.isActive(parameter, beside: values, base: plan.base) else { continue }
            guard let value = values[parameter.key] else {
                unchanged += 1
                continue
            }
            switch value {
            case .integers(let units):
                switch axis {
                case 0: numbers.append(Double(units.count))
                case 1: if let first = units.first { numbers.append(Double(first)) }
                default:
                    let isConstant = Set(units).count <= 1
                    if units.count > 1 { names[isConstant ? "constant" : "pyramid", default: 0] += 1 }
                }
            case .number, .integer:
                if parameter.scale.isCategorical(axis: axis) {
                    names[value.text, default: 0] += 1
                } else {
                    numbers.append(value.number ?? 0)
                }
            case .text, .flag: names[value.text, default: 0] += 1
            }
        }
        var words: [String] = []
        if let low = numbers.min(), let high = numbers.max() {
            let ends = [low, high].map { String(format: "%.4g", $0) }
            words.append(ends[0] == ends[1] ? ends[0] : "\(ends[0]) to \(ends[1])")
        }
        words += names.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.key) (\($0.value))" }
        if unchanged > 0 { words.append("unchanged (\(unchanged))") }
        return words.isEmpty ? "-" : words.joined(separator: ", ")
    }
}
