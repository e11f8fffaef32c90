import Foundation
import ThalwegDataSets
import ThalwegTraining

/// The error of each example, and what sets of examples say about it: shares of wrong answers, or root mean squared errors.
struct ErrorMeasure {
    /// 1 for a wrong answer; the squared error in the target's unit, the mean over an example's outputs.
    let errors: [Double]
    let isClassification: Bool
    private let total: Double
    /// Ranks for the test of a regression.
    private let ranks: (ranks: [Double], ties: Double)

    init(_ outcomes: PredictedOutcomes) {
        isClassification = outcomes.task != .regression
        errors =
            isClassification
            ? outcomes.wanted.indices.map { outcomes.wanted[$0] == outcomes.answered[$0] ? 0 : 1 }
            : outcomes.losses.map { $0 * $0 }
        total = errors.reduce(0, +)
        ranks = isClassification ? ([], 0) : Significance.ranks(errors)
    }

    private func figure(_ sum: Double, _ count: Int) -> Double {
        guard count > 0 else { return 0 }
        let mean = max(sum, 0) / Double(count)
        return isClassification ? mean : mean.squareRoot()
    }

    /// The error of all examples.
    var overall: Double { figure(total, errors.count) }

    private func sum(_ rows: [Int]) -> Double { rows.reduce(0) { $0 + errors[$1] } }

    func error(_ rows: [Int]) -> Double { figure(sum(rows), rows.count) }

    /// How much less the error of all were if the errors of `rows` were gone.
    func ceiling(_ rows: [Int]) -> Double { overall - figure(total - sum(rows), errors.count) }

    /// The probability that `rows`, drawn at random from `universe` (all examples when nil), err so much.
    func pValue(_ rows: [Int], among universe: [Int]? = nil) -> Double {
        guard isClassification else {
            guard let universe else { return rankTest(rows.map { ranks.ranks[$0] }, total: errors.count, ranks.ties) }
            let inside = Set(rows)
            let (own, ties) = Significance.ranks(universe.map { errors[$0] })
            return rankTest(zip(universe, own).filter { inside.contains($0.0) }.map(\.1), total: universe.count, ties)
        }
        return Significance.fisher(
            hits: Int(sum(rows)), of: rows.count, totalHits: Int(universe.map(sum) ?? total),
            total: universe?.count ?? errors.count)
    }

    private func rankTest(_ ranks: [Double], total: Int, _ ties: Double) -> Double {
        Significance.rankSum(ranks.reduce(0, +), of: ranks.count, total: total, ties: ties)
    }

    func slice(_ conditions: [SliceCondition], rows: [Int], pValue: Double, falseDiscoveryRate: Double) -> ErrorSlice {
        let inside = sum(rows)
        let elsewhere = figure(total - inside, errors.count - rows.count)
        let meanElsewhere = (total - inside) / Double(max(errors.count - rows.count, 1))
        let lowered = total - inside + min(inside, meanElsewhere * Double(rows.count))
        let interval: Interval =
            isClassification
            ? .wilson(share: error(rows), count: rows.count)
            : RootMeanSquare(squares: rows.map { errors[$0] }).interval()
        return ErrorSlice(
            conditions: conditions.map(\.text), columns: conditions.map(\.column), count: rows.count,
            mistakes: isClassification ? Int(inside) : nil, error: error(rows),
            interval: [interval.low, interval.high],
            errorElsewhere: elsewhere, pValue: pValue, falseDiscoveryRate: falseDiscoveryRate, ceiling: ceiling(rows),
            gap: overall - figure(lowered, errors.count))
    }
}
