import TestSupport
import Testing
import ThalwegPractice
import ThalwegTraining

@Suite struct DecisionThresholdTests {
    private func cost(_ p: [Double], _ y: [Bool], _ w: [Double], _ miss: Double, _ threshold: Double) -> Double {
        p.indices.reduce(0) { sum, row in
            let answered = p[row] > threshold
            return sum + (answered == y[row] ? 0 : w[row] * (answered ? 1 : miss))
        } / w.reduce(0, +)
    }

    /// No threshold on a fine grid is cheaper, with ties and weights.
    @Test(arguments: [0.2, 1, 5, 40]) func isTheCheapest(_ miss: Double) throws {
        var random = SeededGenerator(state: 3)
        for _ in 0..<20 {
            let y = (0..<60).map { _ in Double.random(in: 0..<1, using: &random) < 0.3 }
            let p = y.map { positive in
                let raw = Double.random(in: 0...1, using: &random) * 0.7 + (positive ? 0.3 : 0)
                return (raw * 20).rounded() / 20
            }
            let w = y.map { _ in Double(Int.random(in: 0...2, using: &random)) }
            let found = try #require(
                DecisionThreshold(probabilities: p, isPositive: y, weights: w, falseNegativeCost: miss))
            #expect(abs(found.cost - cost(p, y, w, miss, found.probability)) < 1e-12)
            #expect(abs(found.costAtHalf - cost(p, y, w, miss, 0.5)) < 1e-12)
            for step in 0..<400 {
                #expect(found.cost <= cost(p, y, w, miss, (Double(step) + 0.5) / 400) + 1e-9)
            }
        }
    }

    /// Where the examples leave a choice, the threshold of exact probabilities is taken.
    @Test func takesTheIdealWhereItCosts0() throws {
        let found = try #require(
            DecisionThreshold(probabilities: [0.1, 0.9], isPositive: [false, true], falseNegativeCost: 4))
        #expect(found.probability == 0.2 && found.cost == 0)
        #expect(DecisionThreshold(probabilities: [], isPositive: [], falseNegativeCost: 1) == nil)
        let never = try #require(
            DecisionThreshold(probabilities: [1, 1], isPositive: [false, false], falseNegativeCost: 1))
        #expect(never.cost == 0 && never.probability >= 1)
    }

    @Test func outcomesFollowTheThreshold() {
        let outcomes = PredictedOutcomes(
            classes: ["no", "yes"], wanted: [0, 1, 1], probabilities: [0.7, 0.3, 0.6, 0.4, 0.1, 0.9])
        #expect(outcomes.answered == [0, 0, 1] && outcomes.cost(falseNegative: 6) == 2)
        let lower = outcomes.answered(above: 0.35)
        #expect(lower.answered == [0, 1, 1] && lower.cost(falseNegative: 6) == 0)
    }
}
