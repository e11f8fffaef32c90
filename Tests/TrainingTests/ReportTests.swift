import Foundation
import Testing
import ThalwegDataSets
import ThalwegTraining

@Suite struct ReportTests {
    /// Against the closed form at a hand-computed point (p = 0.9, n = 100: 0.8256 to 0.9448).
    @Test func wilson() {
        let interval = Interval.wilson(share: 0.9, count: 100)
        #expect(abs(interval.low - 0.825_634) < 1e-5)
        #expect(abs(interval.high - 0.944_771) < 1e-5)
        let all = Interval.wilson(share: 1, count: 10)
        #expect(all.high == 1 && abs(all.low - 0.722_467) < 1e-5)
        #expect(Interval.wilson(share: 0, count: 10).low == 0)
    }

    @Test func rootMeanSquare() {
        let interval = RootMeanSquare(squares: [4, 4, 4, 4]).interval()
        #expect(interval.low == 2 && interval.high == 2)
        // Mean 4, deviation of the squares sqrt(64/3), of their mean half of it: 0.2887 of the logarithm of the root.
        let wide = RootMeanSquare(squares: [0, 8, 0, 8]).interval()
        #expect(abs(wide.low - 2 / exp(1.96 * 0.288_675)) < 1e-3 && abs(wide.high - 2 * exp(1.96 * 0.288_675)) < 1e-3)
        let equal = RootMeanSquare(squares: [0, 8, 0, 8], weights: [3, 3, 3, 3]).interval()
        #expect(abs(equal.low - wide.low) < 1e-12 && abs(equal.high - wide.high) < 1e-12)
        #expect(RootMeanSquare(squares: [1, 1, 1, 1e6]).interval().low > 0)
        #expect(RootMeanSquare(squares: [0, 0, 0]).interval() == Interval(low: 0, high: 0))
    }

    /// Where errors have long tails, 95 % are missed by all intervals of 50 examples; this one holds 85 % of Laplace's at least.
    @Test func theIntervalHoldsTheTrueError() {
        var state: UInt64 = 5
        func uniform() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (Double(state >> 11) + 0.5) / Double(1 << 53)
        }
        let held = (0..<1000).count { _ in
            // Laplace: the square of an exponential, of mean 2.
            let interval = RootMeanSquare(squares: (0..<50).map { _ in pow(log(uniform()), 2) }).interval()
            return (interval.low...interval.high).contains(2.0.squareRoot())
        }
        #expect((880...950).contains(held), "\(held)")
    }

    @Test func numbersForPeople() {
        #expect(grouped(1_234_567) == "1,234,567" && grouped(-12) == "-12" && grouped(999) == "999")
        #expect(duration(3.14) == "3.1 s" && duration(75) == "1 min 15 s" && duration(3700) == "1 h 1 min")
        #expect(metricText(0.9712, name: "accuracy") == "97.1 %")
        #expect(counted(1, "step") == "1 step" && counted(1200, "step") == "1,200 steps")
    }

    @Test(arguments: [
        (0.0, "0"), (0.5, "0.5"), (12.3456, "12.35"), (999.96, "1,000"), (68_433.2, "68,433"), (-1234.6, "-1,235"),
        (0.00012345, "0.0001234"), (1.23456e-7, "1.235e-07"), (3e9, "3e+09"), (.infinity, "inf"), (.nan, "nan"),
    ]) func oneFormOfNumbers(_ value: Double, _ text: String) { #expect(numberText(value) == text) }

    /// Rounding makes no errors disappear and none appear.
    @Test func percents() {
        #expect(percentText(1) == "100.0 %" && percentText(0) == "0.0 %" && percentText(0.5) == "50.0 %")
        #expect(percentText(0.9996) == "99.96 %" && percentText(0.0004) == "0.04 %")
        #expect(percentText(0.999_99) == "99.999 %" && percentText(.nan) == "nan %")
    }

    @Test func columnsNeverTouch() {
        let lines = aligned([
            ["a", "long head", "c"], ["a very long name", "1", "2"], ["b", "123,456,789 to 1", "3"],
        ])
        #expect(lines.map(\.count).max() == 16 + 2 + 16 + 2 + 1)
        #expect(lines[1] == "a very long name  1                 2" && lines[2].hasSuffix("123,456,789 to 1  3"))
    }

    @Test func progressBarStaysOnItsLine() {
        var written = ""
        let bar = ProgressBar(style: .bar, width: { 60 }, write: { written += $0 })
        for step in [1, 50, 100] {
            bar.trainingDidAdvance(
                TrainingStatus(
                    step: step, totalSteps: 100, epoch: step / 10, epochs: 10, cost: 0.5, metric: 0.9,
                    metricName: "accuracy", devCost: 0.6, devMetric: 0.8, rate: 0.001, seconds: 3, firstStep: 0))
        }
        let lines = written.split(separator: "\r")
        #expect(!lines.isEmpty && !written.contains("\n"))
        #expect(lines.allSatisfy { $0.replacing("\u{1B}[K", with: "").count < 60 })
        #expect(written.contains("loss 0.5"))
    }

    @Test func quietSaysNothing() {
        var written = ""
        let bar = ProgressBar(style: .quiet, write: { written += $0 })
        bar.trainingDidWarn("x")
        bar.closeLine()
        #expect(written.isEmpty)
    }
}
