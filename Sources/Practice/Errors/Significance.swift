import Foundation

/// Tests that need no assumption on the shape of a distribution, and the correction for asking many questions.
public enum Significance {
    /// Fisher's exact test, one-sided: the probability to find at least `hits` among `count` drawn at random from `total`, of which
    /// `totalHits` are hits.
    public static func fisher(hits: Int, of count: Int, totalHits: Int, total: Int) -> Double {
        precondition(
            0 <= hits && hits <= count && count <= total && hits <= totalHits && totalHits <= total,
            "\(hits) hits of \(count), \(totalHits) of \(total) in all")
        let most = min(count, totalHits)
        guard hits > max(0, count + totalHits - total) else { return 1 }
        func logChoose(_ n: Int, _ k: Int) -> Double {
            lgamma(Double(n) + 1) - lgamma(Double(k) + 1) - lgamma(Double(n - k) + 1)
        }
        let whole = logChoose(total, count)
        var term = exp(logChoose(totalHits, hits) + logChoose(total - totalHits, count - hits) - whole)
        var sum = 0.0
        for k in hits...most {
            sum += term
            guard k < most, term > sum * 1e-17 else { break }
            // The next term from this one.
            term *= Double(totalHits - k) * Double(count - k)
            term /= Double(k + 1) * Double(total - totalHits - count + k + 1)
        }
        return min(1, sum)
    }

    /// Ranks from 1, equal numbers sharing the mean of theirs, and the correction that equal numbers ask of a rank test:
    /// the sum of t^3 - t over groups of t equal ones.
    public static func ranks(_ values: [Double]) -> (ranks: [Double], ties: Double) {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var ranks = [Double](repeating: 0, count: values.count)
        var ties = 0.0
        var start = 0
        while start < order.count {
            var end = start
            while end + 1 < order.count, values[order[end + 1]] == values[order[start]] { end += 1 }
            for place in start...end { ranks[order[place]] = Double(start + end) / 2 + 1 }
            let size = Double(end - start + 1)
            ties += size * size * size - size
            start = end + 1
        }
        return (ranks, ties)
    }

    /// The rank-sum test of Wilcoxon, Mann and Whitney, one-sided, by the normal approximation with a correction for ties and
    /// continuity: the probability that as many numbers drawn at random rank at least so high.
    ///
    /// - Parameters:
    ///   - rankSum: of the `count` numbers, among all `total`.
    ///   - ties: as `ranks` tells it.
    public static func rankSum(_ rankSum: Double, of count: Int, total: Int, ties: Double) -> Double {
        let (n, m, all) = (Double(count), Double(total - count), Double(total))
        guard n > 0, m > 0 else { return 1 }
        let u = rankSum - n * (n + 1) / 2
        let variance = n * m / 12 * ((all + 1) - ties / (all * (all - 1)))
        guard variance > 0 else { return 1 }
        return erfc((u - n * m / 2 - 0.5) / variance.squareRoot() / 2.0.squareRoot()) / 2
    }

    /// Adjusted p-values that bound the share of false discoveries (Benjamini and Hochberg 1995), in the order given: all results with
    /// an adjusted value of at most 0.05 hold about one false one in twenty.
    public static func falseDiscoveryRates(_ values: [Double]) -> [Double] {
        let order = values.indices.sorted { values[$0] > values[$1] }
        var adjusted = values
        var least = 1.0
        for (place, index) in order.enumerated() {
            least = min(least, values[index] * Double(values.count) / Double(values.count - place))
            adjusted[index] = least
        }
        return adjusted
    }
}
