import Foundation
import TestSupport
import Testing
import ThalwegNetworks

@Suite struct ScheduleTests {
    private func curve(_ text: String, base: Double = 0.2, epochs: Int = 20, stepsPerEpoch: Int = 1) throws -> [Double]
    {
        let schedule = try Schedule(parsing: text)
        return (0..<epochs * stepsPerEpoch).map { step in
            schedule.rate(
                base: base,
                at: .init(epoch: step / stepsPerEpoch, step: step, stepsPerEpoch: stepsPerEpoch, epochs: epochs))
        }
    }

    @Test func curvesEqualTheirFormulas() throws {
        let epochs = (0..<20).map(Double.init)
        let formulas: [(String, (Double) -> Double)] = [
            ("constant", { _ in 0.2 }),
            ("inverse(decay=1)", { 0.2 / (1 + $0) }),  // the course's 0.1, 0.067, 0.05, 0.04
            ("exponential", { 0.2 * pow(0.95, $0) }),
            ("exponential(0.5)", { 0.2 * pow(0.5, $0) }),
            ("inverse_square_root(k=0.5)", { 0.2 * 0.5 / ($0 + 1).squareRoot() }),
            ("staircase(factor=0.5, every=4)", { 0.2 * pow(0.5, ($0 / 4).rounded(.down)) }),
            ("table(epochs=[0, 5, 10], rates=[0.1, 0.01, 0.001])", { $0 < 5 ? 0.1 : $0 < 10 ? 0.01 : 0.001 }),
            ("cosine", { 0.2 * 0.5 * (1 + cos(.pi * $0 / 20)) }),
            ("cosine(warmup=5)", { $0 < 5 ? 0.2 * ($0 + 1) / 5 : 0.1 * (1 + cos(.pi * ($0 - 5) / 15)) }),
            (
                "cosine(cycles=2, floor=0.1)",
                { 0.2 * (0.1 + 0.45 * (1 + cos(.pi * $0.truncatingRemainder(dividingBy: 10) / 10))) }
            ),
        ]
        for (text, formula) in formulas { expectClose(try curve(text), epochs.map(formula), 1e-14, text) }
    }

    @Test func restartsGrow() throws {
        // Cycles of 4, 8 and 16 epochs.
        let rates = try curve("cosine(cycles=3, growth=2)", epochs: 28)
        #expect(rates[0] == 0.2 && abs(rates[4] - 0.2) < 1e-12 && abs(rates[12] - 0.2) < 1e-12)
        #expect(abs(rates[8] - 0.1) < 1e-12)
    }

    /// torch.optim.lr_scheduler.OneCycleLR(max_lr=0.2, total_steps=10).
    @Test func oneCycleEqualsPyTorch() throws {
        let expected = [
            0.008, 0.104, 0.2, 0.19009692640, 0.16234913079, 0.12225240439, 0.07774839561, 0.03765166921, 0.00990387360,
            8e-07,
        ]
        expectClose(try curve("one_cycle", epochs: 2, stepsPerEpoch: 5), expected, 1e-10, "one_cycle")
    }

    @Test func warmupChangesWithTheStep() throws {
        let rates = try curve("cosine(warmup=2)", epochs: 4, stepsPerEpoch: 3)
        for step in 0..<6 { #expect(abs(rates[step] - 0.2 * Double(step + 1) / 6) < 1e-15) }
        #expect(abs(rates[6] - 0.2) < 1e-15 && rates[7] < 0.2)
    }

    @Test func risingIsRefusedUnlessAskedFor() throws {
        for text in [
            "exponential(factor=1.1)", "inverse(decay=-0.1)", "staircase(factor=2)",
            "table(epochs=[0,1],rates=[0.1,0.2])",
            "plateau(factor=3)",
        ] {
            let error = #expect(throws: ChoiceError.self) { try Schedule(parsing: text) }
            #expect(error?.description.contains("rising=true") == true)
            _ = try Schedule(parsing: text.dropLast() + ", rising=true)")
        }
    }

    @Test func plateauKeepsState() throws {
        var rate = LearningRate(base: 1, schedule: try Schedule(parsing: "plateau(factor=0.5, patience=2, floor=0.2)"))
        let progress = Schedule.Progress(epoch: 0, step: 0, stepsPerEpoch: 1, epochs: 20)
        var rates: [Double] = []
        for cost in [1.0, 0.5, 0.5, 0.5, 0.5, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4, 0.4] {
            rate.observe(cost)
            rates.append(rate(at: progress))
            // A checkpoint in between changes nothing.
            rate = try JSONDecoder().decode(LearningRate.self, from: JSONEncoder().encode(rate))
        }
        #expect(rates == [1, 1, 1, 1, 0.5, 0.5, 0.5, 0.5, 0.25, 0.25, 0.25, 0.2])
    }

    @Test func namesReadBackAsWritten() throws {
        for name in Schedule.names where name != "table" {
            let schedule = try Schedule(parsing: name)
            #expect(try Schedule(parsing: schedule.description) == schedule)
        }
        let table = try Schedule(parsing: "table(epochs=[0, 5], rates=[0.1, 0.01])")
        #expect(try Schedule(parsing: table.description) == table)
        #expect(throws: ChoiceError.self) { try Schedule(parsing: "table(epochs=[0, 5], rates=[0.1])") }
        #expect(throws: ChoiceError.self) { try Schedule(parsing: "cosine(warmup=-1)") }
    }
}
