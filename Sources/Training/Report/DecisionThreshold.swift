import Foundation

/// From which probability on the positive one of two classes is answered, where the two kinds of mistakes cost differently.
public struct DecisionThreshold: Codable, Sendable, Hashable {
    /// The positive class is answered above it.
    public var probability: Double
    /// What a positive example taken for a negative one costs, where the reverse costs 1.
    public var falseNegativeCost: Double
    /// The mean cost of an example at this threshold, and at a half, on the examples it was chosen on.
    public var cost: Double
    public var costAtHalf: Double
    /// Examples it was chosen on.
    public var count: Int

    /// The threshold of least cost on these examples.
    ///
    /// Between two neighboring probabilities every threshold costs the same: the one nearest to 1 / (1 + cost) is taken, which would
    /// be the best if the probabilities were exact, and of several stretches that cost the same the one nearest to it.
    ///
    /// - Parameters:
    ///   - probabilities: of the positive class.
    ///   - weights: of the examples; 1 each when nil.
    /// - Returns: nil without examples of a weight above 0.
    public init?(
        probabilities: [Double], isPositive: [Bool], weights: [Double]? = nil, falseNegativeCost: Double
    ) {
        precondition(falseNegativeCost > 0 && falseNegativeCost.isFinite, "a false negative costs \(falseNegativeCost)")
        func weight(_ row: Int) -> Double { weights?[row] ?? 1 }
        let order = probabilities.indices.filter { weight($0) > 0 }.sorted { probabilities[$0] < probabilities[$1] }
        let total = order.reduce(0) { $0 + weight($1) }
        guard total > 0 else { return nil }
        func cost(_ row: Int, isAnswered: Bool) -> Double {
            isAnswered == isPositive[row] ? 0 : weight(row) * (isAnswered ? 1 : falseNegativeCost)
        }
        let ideal = 1 / (1 + falseNegativeCost)
        // Below all: everything is answered positive. Each step takes the next probability to the other side.
        var present = order.reduce(0) { $0 + cost($1, isAnswered: true) }
        var best: (cost: Double, threshold: Double)?
        func consider(_ low: Double, _ high: Double) {
            let threshold = ideal >= low && ideal < high ? ideal : (low + high) / 2
            let slack = 1e-9 * total * max(falseNegativeCost, 1)
            guard let known = best, present >= known.cost - slack else {
                best = (present, threshold)
                return
            }
            if present <= known.cost + slack, abs(threshold - ideal) < abs(known.threshold - ideal) {
                best = (present, threshold)
            }
        }
        if let first = order.first, probabilities[first] > 0 { consider(0, probabilities[first]) }
        var place = 0
        while place < order.count {
            let value = probabilities[order[place]]
            while place < order.count, probabilities[order[place]] == value {
                present += cost(order[place], isAnswered: false) - cost(order[place], isAnswered: true)
                place += 1
            }
            consider(value, place < order.count ? probabilities[order[place]] : max(1, value))
        }
        guard let best else { return nil }
        probability = best.threshold
        self.falseNegativeCost = falseNegativeCost
        self.cost = order.reduce(0) { $0 + cost($1, isAnswered: probabilities[$1] > best.threshold) } / total
        costAtHalf = order.reduce(0) { $0 + cost($1, isAnswered: probabilities[$1] > 0.5) } / total
        count = probabilities.count
    }
}
