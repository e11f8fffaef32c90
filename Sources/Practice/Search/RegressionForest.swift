import ThalwegEngine

/// Regression trees, each on as many points drawn with replacement, over the unit cube: small data, few dimensions, no
/// smoothness assumed.
struct RegressionForest {
    /// A box of the cube with the mean of the values in it.
    private struct Leaf {
        var low: [Double]
        var high: [Double]
        var value: Double

        func contains(_ point: [Double]) -> Bool {
            zip(point, zip(low, high)).allSatisfy { $0 >= $1.0 && ($0 < $1.1 || $1.1 == 1) }
        }

        var volume: Double { zip(low, high).reduce(1) { $0 * ($1.1 - $1.0) } }
    }

    private var trees: [[Leaf]] = []
    /// The share of the values' variance that trees explain in points they were not grown on; nil where it cannot be
    /// said.
    private(set) var explained: Double?

    /// - Parameters:
    ///   - points: coordinates from 0 to 1, one row for each of `values`.
    ///   - seed: of the draws.
    init(points: [[Double]], values: [Double], trees count: Int = 128, seed: UInt64) {
        var sums = [Double](repeating: 0, count: values.count)
        var votes = [Int](repeating: 0, count: values.count)
        for tree in 0..<count {
            var random = RandomSource(key: RandomKey(seed: seed).split(tree))
            let rows = values.indices.map { _ in Int(random.uniform() * Double(values.count)) }
            let dimensions = points.first?.count ?? 0
            var leaves: [Leaf] = []
            var open = [
                (
                    rows: rows, low: [Double](repeating: 0, count: dimensions),
                    high: [Double](repeating: 1, count: dimensions)
                )
            ]
            while let node = open.popLast() {
                let mean = node.rows.reduce(0) { $0 + values[$1] } / Double(max(node.rows.count, 1))
                guard let split = Self.split(node.rows, points, values, &random) else {
                    leaves.append(Leaf(low: node.low, high: node.high, value: mean))
                    continue
                }
                var (left, right) = (node, node)
                left.rows = node.rows.filter { points[$0][split.axis] < split.place }
                right.rows = node.rows.filter { points[$0][split.axis] >= split.place }
                left.high[split.axis] = split.place
                right.low[split.axis] = split.place
                open += [left, right]
            }
            trees.append(leaves)
            let used = Set(rows)
            for row in values.indices where !used.contains(row) {
                sums[row] += leaves.first { $0.contains(points[row]) }?.value ?? 0
                votes[row] += 1
            }
        }
        let judged = values.indices.filter { votes[$0] > 0 }
        let mean = judged.reduce(0) { $0 + values[$1] } / Double(max(judged.count, 1))
        let total = judged.reduce(0) { $0 + (values[$1] - mean) * (values[$1] - mean) }
        let rest = judged.reduce(0) {
            let error = values[$1] - sums[$1] / Double(votes[$1])
            return $0 + error * error
        }
        explained = total > 0 ? 1 - rest / total : nil
    }

    /// Fewest values in a leaf.
    private static let leafSize = 3

    /// Where the sum of squared deviations falls most, among a random third of the axes.
    private static func split(
        _ rows: [Int], _ points: [[Double]], _ values: [Double], _ random: inout RandomSource
    ) -> (axis: Int, place: Double)? {
        guard rows.count >= 2 * leafSize, let dimensions = points.first?.count, dimensions > 0 else { return nil }
        var axes = Array(0..<dimensions)
        axes.shuffle(using: &random)
        var best: (gain: Double, axis: Int, place: Double)?
        let total = rows.reduce(0) { $0 + values[$1] }
        for (tried, axis) in axes.enumerated() {
            // All of them where the first ones hold nothing to divide by.
            if tried >= max((dimensions + 2) / 3, 1), best != nil { break }
            let sorted = rows.sorted { (points[$0][axis], $0) < (points[$1][axis], $1) }
            var sum = 0.0
            for index in 0..<(sorted.count - 1) {
                sum += values[sorted[index]]
                let (left, right) = (index + 1, sorted.count - index - 1)
                let (here, next) = (points[sorted[index]][axis], points[sorted[index + 1]][axis])
                guard left >= leafSize, right >= leafSize, here < next else { continue }
                let gain =
                    sum * sum / Double(left) + (total - sum) * (total - sum) / Double(right)
                    - total * total / Double(sorted.count)
                if gain > best?.gain ?? 1e-12 { best = (gain, axis, (here + next) / 2) }
            }
        }
        return best.map { ($0.axis, $0.place) }
    }

    /// The share of the variance over the cube that each axis explains on its own (functional ANOVA: Hutter, Hoos and
    /// Leyton-Brown 2014), from the mean of the trees along the axis, all others averaged out.
    func mainEffects(axes: Int) -> [Double] {
        var shares = [Double](repeating: 0, count: axes)
        var counted = 0
        for leaves in trees {
            let mean = leaves.reduce(0) { $0 + $1.volume * $1.value }
            let variance = leaves.reduce(0) { $0 + $1.volume * ($1.value - mean) * ($1.value - mean) }
            guard variance > 1e-15 else { continue }
            counted += 1
            for axis in 0..<axes {
                let ends = Set(leaves.map { $0.low[axis] } + [1]).sorted()
                for (low, high) in zip(ends, ends.dropFirst()) {
                    let middle = (low + high) / 2
                    let here = leaves.reduce(0) { sum, leaf in
                        guard leaf.low[axis] <= middle, middle < leaf.high[axis] else { return sum }
                        return sum + leaf.volume / (leaf.high[axis] - leaf.low[axis]) * leaf.value
                    }
                    shares[axis] += (high - low) * (here - mean) * (here - mean) / variance
                }
            }
        }
        return shares.map { $0 / Double(max(counted, 1)) }
    }
}
