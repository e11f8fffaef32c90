import TestSupport
import Testing
import ThalwegDataSets
import ThalwegPractice
import ThalwegTraining

struct MetricCase: Decodable, Sendable, CustomTestStringConvertible {
    struct Curve: Decodable { let share, probability: [Double] }
    let name: String
    let classes: Int
    let wanted: [Double]
    let probabilities, predicted, weights: [Double]?
    let outputs: Int?
    let expected: [String: Double?]
    let confusion: [[Double]]?
    let curve: Curve?

    var testDescription: String { name }

    var outcomes: PredictedOutcomes {
        if let predicted {
            return PredictedOutcomes(wanted: wanted, predicted: predicted, outputs: outputs ?? 1, weights: weights)
        }
        return PredictedOutcomes(
            classes: (0..<classes).map { "c\($0)" }, wanted: wanted.map { Int($0) },
            probabilities: probabilities ?? [], weights: weights)
    }

    static let all: [MetricCase] = (try? fixture("metrics.json")) ?? []
}

@Suite struct MetricTests {
    @Test func fixturesAreThere() { #expect(MetricCase.all.count == 30) }

    /// Every metric, over ties, weights, missing classes and single examples.
    @Test(arguments: MetricCase.all) func equalsScikitLearn(_ example: MetricCase) throws {
        let outcomes = example.outcomes
        #expect(Set(Metric.fitting(outcomes.task).map(\.name)).isSubset(of: example.expected.keys))
        for (name, expected) in example.expected {
            let found = try Metric.named(name)(outcomes)
            switch (found, expected) {
            case (nil, nil): break
            case (let found?, let expected?):
                #expect(abs(found - expected) <= 1e-9 * max(1, abs(expected)), "\(name): \(found), not \(expected)")
            default: Issue.record("\(name): \(found as Any), not \(expected as Any)")
            }
        }
        if let confusion = example.confusion {
            let found = try #require(ConfusionMatrix(outcomes))
            expectClose(found.counts.flatMap { $0 }, confusion.flatMap { $0 }, 1e-9, "confusion")
        }
        if let curve = example.curve {
            let bins = try #require(Reliability(outcomes, bins: 10)).bins
            expectClose(bins.map(\.share), curve.share, 1e-9, "share")
            expectClose(bins.map(\.probability), curve.probability, 1e-9, "probability")
        }
    }

    /// An example of weight 3 is three examples, and one of weight 0 is none.
    @Test(arguments: MetricCase.all.filter { $0.weights == nil && $0.wanted.count > 6 })
    func weightsAreCounts(_ example: MetricCase) {
        let outcomes = example.outcomes
        let counts = (0..<outcomes.count).map { [1, 3, 0, 2][$0 % 4] }
        let repeated = outcomes.selecting(
            counts.enumerated().flatMap { Array(repeating: $0.offset, count: $0.element) })
        let weighted = outcomes.weighted(counts.map(Double.init))
        for metric in Metric.fitting(outcomes.task) {
            let (a, b) = (metric(weighted), metric(repeated))
            #expect((a == nil) == (b == nil), "\(metric.name)")
            if let a, let b { #expect(abs(a - b) < 1e-9, "\(metric.name): \(a), \(b)") }
        }
    }

    @Test func names() throws {
        #expect(try Metric.named("ROC_AUC").name == "roc-auc" && Metric.named("auc").title == "ROC AUC")
        #expect(try Metric.named("top-5").name == "top-5" && Metric.named("recall:Not Spam").name == "recall:Not Spam")
        #expect(try Metric.named("absolute-error-p95").title == "95 % of errors up to")
        #expect(try !Metric.named("log-loss").isHigherBetter && Metric.named("r2").isHigherBetter)
        #expect(Set(Metric.all.map(\.name)).count == Metric.all.count)
        for (name, nearest) in [("acuracy", "accuracy"), ("rocauc", "roc-auc"), ("f1-makro", "f1-macro")] {
            let error = #expect(throws: ConfigurationError.self) { try Metric.named(name) }
            #expect(error?.description.contains("did you mean '\(nearest)'?") == true, "\(error as Any)")
        }
        for name in ["top-0", "absolute-error-p101", "speed:spam", ""] {
            #expect(throws: ConfigurationError.self) { try Metric.named(name) }
        }
    }

    @Test func noExamplesAndOtherTasks() throws {
        let nothing = PredictedOutcomes(classes: ["a", "b"], wanted: [], probabilities: [])
        let weightless = PredictedOutcomes(classes: ["a", "b"], wanted: [1], probabilities: [0.5, 0.5], weights: [0])
        for metric in Metric.all { #expect(metric(nothing) == nil && metric(weightless) == nil, "\(metric.name)") }
        #expect(try Metric.named("rmse")(PredictedOutcomes(wanted: [1], predicted: [2])) == 1)
        #expect(try Metric.named("accuracy")(PredictedOutcomes(wanted: [1], predicted: [2])) == nil)
        #expect(try Metric.named("recall:c")(weightless.weighted(nil)) == nil)
    }
}
