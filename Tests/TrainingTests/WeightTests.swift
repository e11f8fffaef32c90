import Foundation
import TestSupport
import Testing
import ThalwegDataSets
import ThalwegEngine
import ThalwegNetworks
import ThalwegTraining

@Suite struct WeightTests {
    /// A table of two inputs and a target, with a weight for each row or as many copies of it.
    private func table(_ target: (Double, Double) -> String, copies: Bool) -> String {
        var random = SeededGenerator(state: 9)
        var text = copies ? "a,b,y\n" : "a,b,weight,y\n"
        for row in 0..<40 {
            let (a, b) = (Double.random(in: -1...1, using: &random), Double.random(in: -1...1, using: &random))
            let weight = [1, 3, 2][row % 3]
            let (head, tail) = (String(format: "%.3f,%.3f", a, b), target(a, b))
            text += copies ? String(repeating: "\(head),\(tail)\n", count: weight) : "\(head),\(weight),\(tail)\n"
        }
        return text
    }

    private func train(_ text: String, in folder: URL, name: String, _ change: (inout TrainingConfiguration) -> Void)
        throws -> TrainedModel
    {
        let file = folder.appendingPathComponent("\(name).csv")
        try Data(text.utf8).write(to: file)
        var configuration = TrainingConfiguration()
        configuration.data = file.path
        configuration.target = "y"
        configuration.normalize = .none
        configuration.normalizeTarget = false
        configuration.layers = [4]
        configuration.optimizer = "sgd"
        configuration.learningRate = 0.1
        configuration.batchSize = .full
        configuration.steps = 30
        configuration.split = [1, 0, 0]
        configuration.dataType = .float64
        change(&configuration)
        let run = folder.appendingPathComponent("\(name)-run").path
        _ = try Trainer(configuration, data: PreparedData(configuration), options: .init(run: run)).run()
        return try TrainedModel(run: run)
    }

    /// A weight of 3 trains like three copies, and the figures are those of the copies.
    @Test(arguments: [Task.regression, .binary, .multiclass]) func weightsAreCopies(_ task: Task) throws {
        let target: (Double, Double) -> String = { a, b in
            switch task {
            case .regression: String(format: "%.2f", a - 2 * b)
            case .binary: a > b ? "yes" : "no"
            case .multiclass: a > 0.3 ? "high" : b > 0 ? "middle" : "low"
            }
        }
        try withFolder { folder in
            let weighted = try train(table(target, copies: false), in: folder, name: "weighted") {
                $0.weightColumn = "Weight"
            }
            let copied = try train(table(target, copies: true), in: folder, name: "copied") { _ in }
            let (a, b) = (weighted.network.stateDictionary(), copied.network.stateDictionary())
            for (x, y) in zip(a, b) { expectClose(x.tensor.doubles(), y.tensor.doubles(), 1e-9, x.name) }
            let scores = [weighted, copied].map { $0.description.training.train }
            let (mine, theirs) = (try #require(scores[0]), try #require(scores[1]))
            #expect(abs(mine.loss - theirs.loss) < 1e-9 && abs(mine.metric - theirs.metric) < 1e-9)
            #expect(weighted.description.preprocessing.inputWidth == 2)
            if task == .regression {
                expectClose(
                    weighted.description.targets?.means ?? [], copied.description.targets?.means ?? [0], 1e-9, "means")
            }
        }
    }

    /// Balanced weights are those in inverse proportion to the classes' examples, by number or by name.
    @Test func classWeights() throws {
        let target: (Double, Double) -> String = { a, b in a + b > 0.8 ? "yes" : "no" }
        try withFolder { folder in
            let text = table(target, copies: true)
            let counts = ["no", "yes"].map { label in text.split(separator: "\n").count { $0.hasSuffix(",\(label)") } }
            let forms: [ClassWeights] = [
                .balanced, .numbers([Double(counts[1]), Double(counts[0])]),
                .named(["yes": Double(counts[0]) / Double(counts[1])]),
            ]
            let models = try forms.enumerated().map { place, weights in
                try train(text, in: folder, name: "form\(place)") { $0.classWeights = weights }
            }
            let states = models.map { $0.network.stateDictionary().flatMap { $0.tensor.doubles() } }
            expectClose(states[1], states[0], 1e-9, "numbers")
            expectClose(states[2], states[0], 1e-9, "names")
            let factors = try #require(models[0].description.classWeights)
            let total = Double(counts[0] + counts[1])
            expectClose(factors, counts.map { total / 2 / Double($0) }, 1e-12, "factors")
            let plain = try train(text, in: folder, name: "plain") { _ in }
            let recall = [plain, models[0]].map { $0.description.training.assessments?.train.recalls[1].share ?? 0 }
            #expect(recall[1] > recall[0])
        }
    }

    @Test func settings() throws {
        var configuration = TrainingConfiguration()
        try configuration.set(assignment: "class-weights=yes=5,no=1")
        #expect(configuration.classWeights == .named(["yes": 5, "no": 1]))
        var read = TrainingConfiguration()
        try read.read(toml: configuration.toml)
        #expect(read.classWeights == configuration.classWeights)
        try configuration.set(assignment: "class-weights=1,2.5")
        try read.read(toml: configuration.toml)
        #expect(read.classWeights == .numbers([1, 2.5]))
        try read.read(toml: "class-weights = [\"a=b=2\"]\nfalse-negative-cost = 5\nweight-column = \"w\"")
        #expect(read.classWeights == .named(["a=b": 2]) && read.falseNegativeCost == 5 && read.weightColumn == "w")
        for text in ["balance", "1,-2", "0,0", "yes=5,2", "yes=x", ""] {
            #expect(throws: ConfigurationError.self, "\(text)") {
                try configuration.set("class-weights", to: text)
            }
        }
    }

    @Test func refusals() throws {
        let target: (Double, Double) -> String = { a, b in a > b ? "yes" : "no" }
        try withFolder { folder in
            func problem(_ text: String, _ change: (inout TrainingConfiguration) -> Void) -> String {
                do {
                    _ = try train(text, in: folder, name: UUID().uuidString, change)
                    return ""
                } catch { return "\(error)" }
            }
            let text = table(target, copies: false)
            #expect(problem(text) { $0.weightColumn = "wheight" }.contains("did you mean 'weight'?"))
            #expect(problem(text) { $0.weightColumn = "y" }.contains("column to predict"))
            let negative = text.replacing(",2,", with: ",-2,", maxReplacements: 1)
            #expect(problem(negative) { $0.weightColumn = "weight" }.contains("line 4"))
            let none = text.replacing(",3,", with: ",0,").replacing(",2,", with: ",0,").replacing(",1,", with: ",0,")
            #expect(problem(none) { $0.weightColumn = "weight" }.contains("all weights are 0"))
            #expect(problem(text) { $0.classWeights = .numbers([1, 2, 3]) }.contains("3 numbers for 2 classes"))
            #expect(problem(text) { $0.classWeights = .named(["maybe": 2]) }.contains("none of the classes"))
            let numbers = table({ a, b in "\(a + b)" }, copies: false)
            #expect(problem(numbers) { $0.classWeights = .balanced }.contains("regression"))
            #expect(problem(numbers) { $0.falseNegativeCost = 2 }.contains("for two classes"))
        }
    }

    /// The threshold is kept in the model, and predictions follow it.
    @Test func thresholdOfARun() throws {
        let target: (Double, Double) -> String = { a, b in a + b * b > 0.5 ? "yes" : "no" }
        try withFolder { folder in
            let model = try train(table(target, copies: true), in: folder, name: "costly") {
                $0.falseNegativeCost = 8
                $0.split = [0.6, 0.4, 0]
            }
            let threshold = try #require(model.description.threshold)
            #expect(threshold.falseNegativeCost == 8 && threshold.cost <= threshold.costAtHalf)
            let data = try model.ownData()
            for case .label(let label, let probabilities) in try model.predict(data.loaded.train).predictions {
                #expect((label == "yes") == (probabilities[1] > threshold.probability))
            }
            let dev = try #require(data.partition.dev)
            let again = try model.evaluate(dev.examples).assessment
            #expect(again.score.count == data.loaded.train.count)
        }
    }
}
