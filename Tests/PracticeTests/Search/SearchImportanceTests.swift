import Foundation
import Testing
import ThalwegPractice

@Suite struct SearchImportanceTests {
    private static let space = """
        learning-rate = { log = [0.0001, 1] }
        l2 = { log = [0.01, 100], skip = 0.3 }
        l1 = { log = [0.01, 100] }
        activation = ["relu", "tanh"]
        """

    @Test func aKnownFunction() throws {
        let plan = try SearchPlan.make(.random, read(Self.space), trials: 60)
        let records = try plan.played { job in
            let rate = log10(job.parameters["learning-rate"]?.number ?? 1) / 4
            let isTanh = job.parameters["activation"] == .text("tanh")
            return -pow(rate + 0.5, 2) * 4 + (isTanh ? 0.2 : 0)
        }
        let importance = SearchImportance(plan: plan, records: records)
        #expect(importance.isTold && importance.explained ?? 0 > 0.5)
        #expect(importance.entries.prefix(2).map(\.name) == ["learning-rate", "activation"])
        let shares = importance.entries.map { $0.share ?? 0 }
        #expect(shares[0] > 0.4 && shares[0] > 2 * shares[2] && shares[3] < 0.15, "\(shares)")
        #expect(shares.reduce(0, +) <= 1.000001)
        #expect(importance.entries[1].best.hasPrefix("tanh"))
        // A space that was written and read again may have another order.
        var other = plan
        other.space = try SearchSpace(plan.space.parameters.reversed(), base: plan.base)
        let again = SearchImportance(plan: other, records: records)
        #expect(again.entries.map(\.name) == importance.entries.map(\.name))
        #expect(again.entries.map(\.share) == importance.entries.map(\.share))
    }

    @Test func noiseIsNotExplained() throws {
        let plan = try SearchPlan.make(.random, read(Self.space), trials: 30)
        let records = try plan.played { Double(($0.trial * 7919) % 31) }
        let importance = SearchImportance(plan: plan, records: records)
        #expect(!importance.isTold && importance.entries.allSatisfy { $0.share == nil }, "\(importance.explained ?? 0)")
    }

    @Test func fewTrialsTellNothing() throws {
        let plan = try SearchPlan.make(.random, read(Self.space), trials: 6)
        let importance = SearchImportance(plan: plan, records: try plan.played { Double($0.trial) })
        #expect(!importance.isTold && importance.trials == 6 && importance.bestTrials == 3)
        #expect(SearchImportance(plan: plan, records: []).trials == 0)
    }
}
