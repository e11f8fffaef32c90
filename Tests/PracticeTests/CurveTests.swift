import Foundation
import Testing
import ThalwegPractice
import ThalwegTraining

/// What curves say.
@Suite struct CurveTests {
    private func rows(_ epochs: Int, train: (Double) -> Double, dev: (Double) -> Double) -> [MetricsRow] {
        (0...epochs).map { epoch in
            MetricsRow(
                step: epoch * 10, epoch: epoch, trainCost: train(Double(epoch)), devCost: dev(Double(epoch)),
                trainMetric: nil,
                devMetric: nil, learningRate: 0.1)
        }
    }

    @Test func aPowerLawGoesOn() throws {
        let curve = try #require(CurveReading(rows(100, train: { 2 * pow(max($0, 1), -0.5) }, dev: { _ in 1 })))
        let twice = try #require(curve.twiceTrain)
        #expect(abs(twice.factor - pow(2, -0.5)) < 1e-9 && curve.isStillFalling && !curve.hasOvertrained)
        #expect(abs(curve.fallPerEpoch - 0.005) < 1e-4)
    }

    @Test func aFlatCurveDoesNotFall() throws {
        var random = SplitMix(state: 2)
        let noisy = rows(60, train: { _ in 1 + Double.random(in: -0.02...0.02, using: &random) }, dev: { _ in 1 })
        #expect(try #require(CurveReading(noisy)).isStillFalling == false)
    }

    @Test func aDevCostThatRisesAgainIsSeen() throws {
        let curve = try #require(
            CurveReading(rows(100, train: { 1 / (1 + $0) }, dev: { 0.5 + pow(($0 - 20) / 100, 2) })))
        #expect(curve.bestDevEpoch == 20 && curve.hasOvertrained && (curve.devRise ?? 0) > 1)
    }

    @Test func fewEpochsTellNothing() {
        #expect(CurveReading(rows(2, train: { _ in 1 }, dev: { _ in 1 })) == nil)
        #expect(CurveReading([]) == nil)
    }

    /// error = 0.05 + 2 n^-0.5, measured on 1,000 examples.
    @Test func theLearningCurveFindsItsLaw() throws {
        func law(_ n: Int) -> Double { 0.05 + 2 * pow(Double(n), -0.5) }
        let points = [100, 200, 400, 800].map { n in
            LearningCurve.Point(
                examples: n, train: 0, dev: law(n), interval: Interval(low: law(n) - 0.005, high: law(n) + 0.005))
        }
        let curve = try #require(LearningCurve(points))
        let twice = try #require(curve.twice)
        #expect(abs(curve.power - 0.5) < 0.051 && abs(twice.error - law(1600)) < 0.003)
        #expect(twice.examples == 1600 && twice.interval.low <= law(1600) && law(1600) <= twice.interval.high)
        #expect(LearningCurve(Array(points.prefix(2))) == nil)
    }

    @Test func moreExamplesAreNeverExpectedToHurt() throws {
        let points = [100, 200, 400].map {
            LearningCurve.Point(
                examples: $0, train: 0, dev: Double($0) / 1000, interval: Interval(low: 0, high: 1))
        }
        let curve = try #require(LearningCurve(points))
        #expect(curve.error(examples: 10_000) <= curve.error(examples: 100))
    }
}
