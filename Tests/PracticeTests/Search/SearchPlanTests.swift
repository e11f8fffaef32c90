import Foundation
import Testing
import ThalwegDataSets
import ThalwegPractice
import ThalwegTraining

@Suite struct SearchPlanTests {
    private static let space = """
        learning-rate = { log = [0.0001, 1] }
        l2 = { log = [0.01, 100] }
        activation = ["relu", "tanh", "silu"]
        """

    /// Best at a rate of 0.01, a penalty of 1 and silu; better with more epochs; 1 at most.
    private static func accuracy(_ job: TrialJob) -> Double? {
        guard let rate = job.parameters["learning-rate"]?.number, let l2 = job.parameters["l2"]?.number else {
            return 0.5
        }
        let distance = pow(log10(rate) + 2, 2) / 4 + pow(log10(l2), 2) / 4
        let base = job.parameters["activation"] == .text("silu") ? 1.0 : 0.9
        return base * exp(-distance) * (1 - 0.3 * exp(-Double(job.epochs ?? 90) / 20))
    }

    @Test func trialZeroIsTheSettingsAsTheyAre() throws {
        for strategy in SearchStrategy.allCases {
            let plan = try SearchPlan.make(strategy, read(Self.space), trials: 12)
            let first = try #require(try plan.jobs(after: []).first)
            #expect(first.trial == 0 && first.parameters.isEmpty)
        }
    }

    @Test(arguments: SearchStrategy.allCases)
    func theOrderInWhichTrainingsEndChangesNothing(_ strategy: SearchStrategy) throws {
        let plan = try SearchPlan.make(strategy, read(Self.space), trials: 27, finalists: 3)
        let forward = try plan.played(Self.accuracy)
        let backward = try plan.played(backward: true, Self.accuracy)
        func sorted(_ records: [TrialRecord]) -> [TrialRecord] {
            records.sorted { ($0.trial, $0.rung, $0.fold) < ($1.trial, $1.rung, $1.fold) }
        }
        #expect(sorted(forward) == sorted(backward))
        #expect(plan.standings(forward).map(\.record) == plan.standings(backward).map(\.record))
    }

    /// From any moment on, what is left is what would have been done.
    @Test(arguments: SearchStrategy.allCases)
    func nothingFinishedIsRepeated(_ strategy: SearchStrategy) throws {
        let plan = try SearchPlan.make(strategy, read(Self.space), trials: 20, finalists: 2)
        let whole = try plan.played(Self.accuracy)
        for end in [0, 1, 7, 19, 21, whole.count - 1] where end < whole.count {
            let open = try plan.jobs(after: Array(whole[..<end]))
            let first = try #require(open.first)
            #expect(first.trial == whole[end].trial && first.rung == whole[end].rung && first.fold == whole[end].fold)
            for job in open {
                #expect(!whole[..<end].contains { $0.trial == job.trial && $0.rung == job.rung && $0.fold == job.fold })
            }
        }
        #expect(try plan.jobs(after: whole).isEmpty)
    }

    @Test func laterRoundsAreNearTheBest() throws {
        let plan = try SearchPlan.make(.coarseToFine, read(Self.space), trials: 60)
        let records = try plan.played(Self.accuracy)
        #expect(
            SearchPlan.rounds(60) == [45, 50, 55, 60] && SearchPlan.rounds(1) == [1] && SearchPlan.rounds(2) == [2])
        func trials(_ range: Range<Int>, rung: Int) -> [TrialRecord] {
            records.filter { range.contains($0.trial) && $0.rung == rung }
        }
        func mean(_ records: [TrialRecord]) -> Double {
            records.reduce(0) { $0 + ($1.objective ?? 0) } / Double(records.count)
        }
        let promoted = trials(1..<45, rung: 1)
        #expect(mean(trials(45..<60, rung: 1)) > mean(trials(1..<45, rung: 0)) + 0.2)
        #expect(trials(45..<60, rung: 0).isEmpty && trials(45..<60, rung: 1).count == 15)
        let best = try #require(promoted.max { $0.objective ?? 0 < $1.objective ?? 0 })
        let rate = try #require(best.parameters["learning-rate"]?.number)
        // Six tenths of four decades.
        let near = trials(45..<50, rung: 1).compactMap { $0.parameters["learning-rate"]?.number }
        #expect(near.count == 5 && near.allSatisfy { abs(log10($0 / rate)) <= 2.41 })
    }

    /// The coarse round is short; its best sixth and the settings as they are, and what comes later, are trained in full.
    @Test func coarseTrainingsAreShort() throws {
        let plan = try SearchPlan.make(.coarseToFine, read(Self.space), trials: 24, finalists: 3)
        let records = try plan.played(Self.accuracy)
        let short = records.filter { $0.rung == 0 && $0.fold == 0 }
        let long = records.filter { $0.rung == 1 }
        #expect(short.map(\.trial) == Array(0..<18) && short.allSatisfy { $0.epochs == 30 })
        let best = short.sorted { $0.objective ?? 0 > $1.objective ?? 0 }.prefix(3).map(\.trial)
        #expect(Set(long.map(\.trial)) == Set(best + [0] + (18..<24)) && long.allSatisfy { $0.epochs == 90 })
        // Only what was trained in full can be a finalist, and that in full, too.
        let further = records.filter { $0.fold > 0 }
        #expect(Set(further.map(\.trial)).isSubset(of: long.map(\.trial)) && further.allSatisfy { $0.epochs == nil })
        #expect(plan.standings(records).allSatisfy { $0.record.rung == 1 })
        // Fine rounds are near what is best after a full training, not after a short one.
        let late = try plan.played { job in job.rung == 1 && job.trial == best[2] ? 2 : Self.accuracy(job) }
        #expect(late.filter { $0.fold > 0 }.first?.trial == best[2])
        let rates = try [late, records].map { records in
            try records.filter { $0.trial >= 18 }.map { try #require($0.parameters["learning-rate"]?.number) }
        }
        #expect(rates[0] != rates[1])
    }

    /// A search by a version that trained every round in full, or in steps.
    @Test func roundsInFull() throws {
        let plan = try SearchPlan.make(.coarseToFine, read(Self.space), trials: 20)
        var records = try plan.played(Self.accuracy)
        #expect(try plan.jobs(after: records).isEmpty)
        records[3].epochs = 90
        #expect(throws: SearchError.self) { try plan.jobs(after: records) }
        var steps = plan
        steps.base.steps = 500
        #expect(try steps.played(Self.accuracy).count == 20)
        #expect(try steps.jobs(after: []).allSatisfy { $0.epochs == nil })
    }

    @Test func halvingPromotesTheBestThird() throws {
        let plan = try SearchPlan.make(.halving, read(Self.space), trials: 27)
        let records = try plan.played(Self.accuracy)
        let rungs = Dictionary(grouping: records, by: \.rung)
        #expect(rungs[0]?.count == 27 && rungs[0]?.allSatisfy { $0.epochs == 10 } ?? false)
        #expect(rungs[1]?.allSatisfy { $0.epochs == 30 } ?? false && rungs[2]?.allSatisfy { $0.epochs == 90 } ?? false)
        // A third and a ninth, and the settings as they are.
        #expect([9, 10].contains(rungs[1]?.count) && [3, 4].contains(rungs[2]?.count))
        for rung in 1...2 {
            let before = try #require(rungs[rung - 1]).sorted { $0.objective ?? 0 > $1.objective ?? 0 }
            let promoted = Set(try #require(rungs[rung]).map(\.trial)).subtracting([0])
            #expect(promoted.isSubset(of: before.prefix(promoted.count + 1).map(\.trial)))
        }
        #expect(rungs[2]?.contains { $0.trial == 0 } ?? false)
        // The winner is one of those that were trained in full.
        #expect(plan.standings(records).first?.record.rung == 2)
    }

    @Test func rungsFitEpochsAndTrials() {
        #expect(SearchPlan.rungs(epochs: 90, trials: 30).count == 3)
        #expect(SearchPlan.rungs(epochs: 6, trials: 30).count == 2)
        #expect(SearchPlan.rungs(epochs: 5, trials: 30) == [1])
        #expect(SearchPlan.rungs(epochs: 90, trials: 3) == [1])
    }

    /// Both reach what random search reaches with half of its epochs, on average over seeds.
    @Test(arguments: [SearchStrategy.coarseToFine, .halving])
    func halfTheWorkIsEnough(_ strategy: SearchStrategy) throws {
        var (reached, wanted) = (0.0, 0.0)
        for seed in UInt64(1)...200 {
            func best(_ strategy: SearchStrategy, epochs: Int, trials: Int) throws -> Double {
                let plan = try SearchPlan.make(strategy, read(Self.space), trials: trials, seed: seed)
                let records = try plan.played(Self.accuracy)
                // A promoted trial has the epochs of its earlier rungs behind it.
                let last = Dictionary(records.map { ($0.trial, $0.epochs ?? 90) }) { max($0, $1) }
                #expect(last.values.reduce(0, +) <= epochs, "\(strategy): \(last.values.reduce(0, +))")
                return plan.standings(records).first?.objective ?? 0
            }
            wanted += try best(.random, epochs: 30 * 90, trials: 30)
            reached += try best(strategy, epochs: 15 * 90, trials: strategy == .halving ? 40 : 24)
        }
        #expect(reached >= wanted, "\(reached / 200) after half the work, \(wanted / 200) at random")
    }

    @Test func gridsGoThroughEveryCombination() throws {
        let space = try read(
            "activation = [\"relu\", \"tanh\"]\noptimizer = [\"adam\", \"sgd\"]\n"
                + "\"optimizer.beta1\" = { one-minus-log = [0.9, 0.99], points = 2 }")
        let plan = try SearchPlan.make(.grid, space, trials: 100)
        // As they are; two activations with adam's two numbers, and with sgd.
        #expect(try plan.jobs(after: []).count == 1 + 2 * (2 + 1))
        let many = [
            "l1", "l2", "scale", "max-norm", "init-scale", "learning-rate", "label-smoothing", "keep-probability",
        ]
        let large = try read(many.map { "\($0) = { uniform = [0.1, 0.9], points = 4 }" }.joined(separator: "\n"))
        #expect(throws: ConfigurationError.self) {
            try SearchPlan.make(.grid, large, trials: 100).jobs(after: [])
        }
    }

    @Test func aSmallSpaceEndsTheSearchEarly() throws {
        let plan = try SearchPlan.make(.random, read("activation = [\"relu\", \"tanh\"]"), trials: 30)
        #expect(Set(try plan.jobs(after: []).map(\.parameters)).count == 3)
    }

    @Test func failedTrialsAndBrokenConditionsRankLast() throws {
        var plan = try SearchPlan.make(.random, read(Self.space), trials: 5)
        plan.constraints = [try SearchConstraint("latency_ms<5", task: .multiclass)]
        var records = try plan.played { $0.trial == 3 ? nil : 0.5 + Double($0.trial) / 10 }
        for index in records.indices { records[index].metrics["latency_ms"] = Double(records[index].trial) * 2.5 }
        #expect(plan.standings(records).map(\.record.trial) == [1, 0, 2, 4, 3])
        #expect(plan.standings(records).map(\.isFeasible) == [true, true, false, false, false])
        // Trial 2 takes 5 ms: not below 5.
        #expect(plan.standings(records)[3].violation == 1)
    }

    @Test func othersRecordsAreRefused() throws {
        let plan = try SearchPlan.make(.random, read(Self.space), trials: 6)
        let records = try SearchPlan.make(.random, read(Self.space), trials: 6, seed: 9).played(Self.accuracy)
        #expect(throws: SearchError.self) { try plan.jobs(after: Array(records.prefix(3))) }
    }

    @Test(arguments: [
        ("latency_ms", false), ("latency_ms<fast", false), ("latncy_ms<5", false), ("size_mb <= 3", true),
    ])
    func conditionsAreRead(_ text: String, _ isRight: Bool) {
        #expect(((try? SearchConstraint(text, task: .binary)) != nil) == isRight)
    }

    @Test func theMedianRule() {
        let others = (1...5).map { top in (0..<10).map { Double($0 * top) / 50 } }
        #expect(MedianRule.isWorse([0, 0, 0, 0.05], than: others, isHigherBetter: true))
        #expect(!MedianRule.isWorse([0, 0.3, 0, 0.05], than: others, isHigherBetter: true))
        #expect(!MedianRule.isWorse([0, 0, 0], than: others, isHigherBetter: true))
        #expect(!MedianRule.isWorse([0, 0, 0, 0.05], than: Array(others.dropLast()), isHigherBetter: true))
        #expect(!MedianRule.isWorse([0, 0, 0, 0.05], than: others, isHigherBetter: false))
    }
}
