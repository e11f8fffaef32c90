import Foundation
public import ThalwegEngine
internal import ThalwegNetworks
public import ThalwegTraining

/// Whether two sets of examples come from one distribution: a small network learns to tell them apart and is judged on examples it did
/// not see (Lopez-Paz and Oquab 2017).
///
/// The figure is the area under the ROC curve: the probability that an example of the second set looks more like the second set than one
/// of the first does; 0.5 where nothing tells them apart.
public struct TwoSampleTest: Codable, Sendable, Hashable {
    public var auc: Double
    /// 95 %, from DeLong's variance.
    public var interval: Interval
    /// How often chance alone would give an area of so much or more.
    public var significance: Double
    /// Examples of each set that were compared.
    public var examples: Int

    /// Areas from here on are called a difference: below, sets can be told apart, but hardly.
    public static let smallest = 0.6

    public var isDifferent: Bool { significance < 0.001 && auc >= Self.smallest }

    /// Two sets of a network's inputs `[n, features…]`.
    ///
    /// - Parameter embeddings: how many of the last columns hold numbers of categories.
    /// - Returns: nil for fewer than 20 examples in one of the sets.
    public init?(_ first: Tensor, _ second: Tensor, embeddings: Int = 0, seed: UInt64 = 0) {
        let most = 4000
        let count = min(first.shape[0], second.shape[0], most)
        guard count >= 20 else { return nil }
        var random = RandomSource(key: RandomKey(seed: seed ^ 0x7477_6F21))
        let rows = [first, second].map { Array((0..<$0.shape[0]).shuffled(using: &random).prefix(count)) }
        // Both together: columns are brought to one scale.
        let raw = zip([first, second], rows).map {
            $0.gathered(at: Tensor($1)).reshaped(to: [count, -1]).cast(to: .float32)
        }
        let both = comparable(
            Tensor.concatenate(raw, along: 0), embeddings: embeddings, rows: Array(0..<2 * count))
        let sets = [both[0..<count], both[count..<2 * count]]
        evaluate(sets)
        let folds = count > 1000 ? 2 : 5
        var areas: [(auc: Double, variance: Double)] = []
        for fold in 0..<folds {
            let held = (0..<count).filter { $0 % folds == fold }
            let rest = (0..<count).filter { $0 % folds != fold }
            let x = Tensor.concatenate(sets.map { $0.gathered(at: Tensor(rest)) }, along: 0)
            let y = Tensor(rest.map { _ in Float(0) } + rest.map { _ in Float(1) }).reshaped(to: [2 * rest.count, 1])
            let judge = Self.trained(x, y, seed: seed &+ UInt64(fold))
            let scores = sets.map { judge($0.gathered(at: Tensor(held))).doubles() }
            areas.append(Self.area(scores[0], scores[1]))
        }
        auc = areas.map(\.auc).mean
        let deviation = areas.map(\.variance).reduce(0, +).squareRoot() / Double(folds)
        significance = Normal.cumulative((0.5 - auc) / max(deviation, 1e-12))
        interval = Interval(low: max(0, auc - 1.96 * deviation), high: min(1, auc + 1.96 * deviation))
        examples = count
    }

    private static func trained(_ x: Tensor, _ y: Tensor, seed: UInt64) -> Sequential {
        let keys = KeyStream(seed: seed)
        let network = Sequential([
            Dense(x.shape[1], 32, key: keys.next()), Activation.relu, Dropout(keepProbability: 0.5),
            Dense(32, 1, key: keys.next()),
        ])
        let rule = UpdateRule(Adam(), regularization: Regularization(l2: 1), examples: x.shape[0])
        let step = TrainingStep(network, rule: rule, seed: seed) { logisticLoss(logits: $0, targets: $1) }
        for _ in 0..<120 { _ = step(x, y, rate: 0.01) }
        return network
    }

    /// The area and its variance (DeLong et al. 1988), by ranks.
    static func area(_ first: [Double], _ second: [Double]) -> (auc: Double, variance: Double) {
        let (m, n) = (Double(first.count), Double(second.count))
        let (ranks, own) = (ranks(first + second), (ranks(first), ranks(second)))
        // The share of the other set that each example beats.
        let below = zip(ranks.prefix(first.count), own.0).map { 1 - ($0 - $1) / n }
        let above = zip(ranks.dropFirst(first.count), own.1).map { ($0 - $1) / m }
        func variance(_ values: [Double]) -> Double {
            let mean = values.mean
            return values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(max(values.count - 1, 1))
        }
        return (above.mean, variance(below) / m + variance(above) / n)
    }

    /// From 1; equal numbers share their mean rank.
    private static func ranks(_ values: [Double]) -> [Double] {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var ranks = [Double](repeating: 0, count: values.count)
        var start = 0
        while start < order.count {
            var end = start
            while end + 1 < order.count, values[order[end + 1]] == values[order[start]] { end += 1 }
            for place in start...end { ranks[order[place]] = Double(start + end) / 2 + 1 }
            start = end + 1
        }
        return ranks
    }
}
