import Foundation
import TestSupport
import Testing
import ThalwegDataSets
import ThalwegPractice
import ThalwegTraining

@Suite struct SearchSpaceTests {
    private static let whole = """
        activation = ["relu", "leaky_relu(slope=0.1)"]
        batch_size = { choice = ["full", 32] }
        optimizer = ["adam", "momentum", "sgd"]
        "optimizer.beta1" = { one-minus-log = [0.8, 0.999] }
        l2 = { log = [0.01, 10], skip = 0.5 }
        epochs = { integer = [5, 9], points = 2 }
        layers = { depth = [1, 3], width = [16, 256], shape = ["pyramid"] }
        keep-probability = { uniform = [0.5, 1] }

        [[learning-rate]]
        log = [0.001, 0.01]
        when = { optimizer = "adam" }

        [[learning-rate]]
        log = [0.1, 1]
        when = { optimizer = ["momentum", "sgd"] }
        """

    @Test func readsAndWritesASpace() throws {
        let space = try read(Self.whole)
        #expect(space.parameters.count == 10)
        let again = try read(space.toml())
        #expect(again.parameters == space.parameters)
        // What depends on the optimizer comes after it, and a number of adam's only where there is adam.
        let keys = space.parameters.map(\.key)
        #expect(try #require(keys.firstIndex(of: "optimizer")) < (try #require(keys.firstIndex(of: "learning-rate"))))
        let beta = try #require(space.parameters.first { $0.key == "optimizer.beta1" })
        #expect(beta.conditions.map(\.values) == [[.text("adam")]])
    }

    @Test func nestedTablesAreNumbersOfChoices() throws {
        let space = try read("optimizer = [\"adamw\", \"sgd\"]\nl1.log = [0.1, 1]\n")
        #expect(space.parameters.count == 2)
        let nested = try read("[optimizer.weight_decay]\nlog = [0.001, 1]\n")
        #expect(nested.parameters.map(\.key) == ["optimizer.weight_decay"])
    }

    @Test(arguments: [
        ("learning-rat = { log = [0.1, 1] }", "learning-rate"),
        ("learning-rate = 0.1", "--set"),
        ("learning-rate = { log = [0, 1] }", "above 0, found [0, 1]"),
        ("learning-rate = { log = [1, 0.1] }", "the smaller first, found"),
        ("learning-rate = { unifrom = [0.1, 1] }", "did you mean 'uniform'"),
        ("learning-rate = { uniform = [-1, 1] }", "positive"),
        ("learning-rate = { log = [0.1, 1], uniform = [0.1, 1] }", "log"),
        ("learning-rate = { log = [0.1, 1], skip = 1 }", "skip"),
        ("learning-rate = { log = [0.1, 1], points = 0 }", "points"),
        ("learning-rate = { log = [0.1, 1], when = 3 }", "when"),
        ("epochs = { integer = [1.5, 3] }", "whole numbers"),
        ("epochs = { integer = [0, 3] }", "epochs"),
        ("activation = [\"relu\", \"tan\"]", "activation"),
        ("activation = [\"relu\", \"relu\"]", "twice"),
        ("activation = []", "at least one"),
        ("layers = { depth = [1, 2] }", "width"),
        ("layers = { depth = [1, 2], width = [4, 8], shape = [\"round\"] }", "constant, pyramid"),
        ("l2 = { depth = [1, 2], width = [4, 8] }", "only layers"),
        ("data = [\"a\", \"b\"]", "share"),
        ("split-seed = { integer = [1, 9] }", "share"),
        ("\"optimizer.beta9\" = { uniform = [0.1, 0.2] }", "beta9"),
        ("l1 = { uniform = [0, 1], when = { l2 = 1 } }\nl2 = { uniform = [0, 1], when = { l1 = 1 } }", "itself"),
        ("", "no parameter"),
        ("l2 = {", ":1"),
    ])
    func mistakesAreNamed(_ toml: String, _ words: String) {
        let error = #expect(throws: ConfigurationError.self) { try read(toml) }
        let text = error?.description ?? ""
        #expect(text.hasPrefix("space.toml") && text.contains(words), "\(text)")
        #expect(!text.contains("\n"))
    }

    @Test func drawsObeyConditionsAndShares() throws {
        let plan = try SearchPlan.make(.random, try read(Self.whole), trials: 1000)
        let trials = try plan.jobs(after: []).dropFirst().map(\.parameters)
        #expect(trials.count == 999)
        for values in trials {
            let optimizer = try #require(values["optimizer"]).text
            let rate = try #require(values["learning-rate"]?.number)
            #expect(optimizer == "adam" ? rate <= 0.01 : rate >= 0.1)
            #expect((values["optimizer.beta1"] != nil) == (optimizer == "adam"))
        }
        func share(_ isSo: ([String: SearchValue]) -> Bool) -> Double {
            Double(trials.count(where: isSo)) / Double(trials.count)
        }
        // Four standard deviations of a share of a thousand.
        #expect(abs(share { $0["l2"] == nil } - 0.5) < 0.064)
        #expect(abs(share { ($0["l2"]?.number ?? 1) < 0.316 } - 0.25) < 0.055)
        #expect(abs(share { $0["optimizer"] == .text("sgd") } - 1 / 3) < 0.06)
        #expect(abs(share { ($0["keep-probability"]?.number ?? 1) < 0.75 } - 0.5) < 0.064)
    }

    /// A parameter more, or fewer trials, leave the numbers of the others alone.
    @Test func drawsDependOnSeedTrialAndNameAlone() throws {
        let one = try SearchPlan.make(.random, read("l2 = { log = [0.1, 1] }"), trials: 20)
        let two = try SearchPlan.make(
            .random, read("l2 = { log = [0.1, 1] }\nbatch-norm = [true, false]"), trials: 30)
        let first = try one.jobs(after: []).map { $0.parameters["l2"] }
        let second = try two.jobs(after: []).map { $0.parameters["l2"] }
        #expect(first == Array(second.prefix(20)))
        let other = try SearchPlan.make(.random, read("l2 = { log = [0.1, 1] }"), trials: 20, seed: 2)
        #expect(try other.jobs(after: []).map { $0.parameters["l2"] } != first)
    }

    @Test func aDefaultSpaceSuitsTheData() throws {
        var digits = TrainingConfiguration()
        digits.data = "digits"
        let data = try PreparedData(digits)
        let space = try SearchSpace.standard(for: data, base: digits, fixed: ["activation", "optimizer"])
        let keys = Set(space.parameters.map(\.key))
        #expect(keys.isSuperset(of: ["learning-rate", "layers", "keep-probability", "l2", "batch-size", "schedule"]))
        #expect(
            keys.isDisjoint(with: ["activation", "optimizer", "optimizer.weight_decay", "bins", "regression-loss"]))
        let again = try SearchSpace(toml: space.toml(), base: digits)
        #expect(again.parameters.count == space.parameters.count)
    }
}
