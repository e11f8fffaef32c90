import Foundation
import TestSupport
import Testing
import ThalwegDataSets
import ThalwegEngine
import ThalwegNetworks
import ThalwegTraining

@Suite struct TrainerTests {
    private func inFolder(_ body: (String) throws -> Void) throws {
        try withFolder { try body($0.path) }
    }

    private func digits(_ settings: [(String, String)]) throws -> (TrainingConfiguration, PreparedData) {
        var configuration = TrainingConfiguration()
        configuration.data = "digits"
        for (key, value) in settings { try configuration.set(key, to: value) }
        return (configuration, try PreparedData(configuration))
    }

    private final class Recorder: TrainingObserver {
        var rows: [MetricsRow] = []
        var warnings: [String] = []
        func trainingDidRecord(_ row: MetricsRow) { rows.append(row) }
        func trainingDidWarn(_ message: String) { warnings.append(message) }
    }

    @Test func keepsTheBestWeights() throws {
        try inFolder { folder in
            let (configuration, data) = try digits([
                ("layers", "32"), ("batch-size", "32"), ("epochs", "40"), ("learning-rate", "0.05"),
                ("early-stopping", "3"),
                ("schedule", "constant"), ("keep-probability", "1"),
            ])
            let recorder = Recorder()
            let result = try Trainer(
                configuration, data: data, options: .init(run: folder + "/run"), observers: [recorder]
            ).run()
            #expect(result.end == .stoppedEarly)
            let costs = recorder.rows.compactMap(\.devCost)
            let best = try #require(costs.min())
            #expect(abs(try #require(result.dev).cost - best) < 1e-9)
            #expect(recorder.rows.first { $0.devCost == best }?.step == result.bestStep)
            #expect(result.epochs < 40)
        }
    }

    /// More rows than wait at once for the file.
    @Test func everyStepHasItsRow() throws {
        try inFolder { folder in
            let file = folder + "/line.csv"
            let lines = (0..<16).map { "\($0),\($0 % 5 < 2 ? "yes" : "no")" }
            try ("x,y\n" + lines.joined(separator: "\n") + "\n").write(toFile: file, atomically: true, encoding: .utf8)
            var configuration = TrainingConfiguration()
            configuration.data = file
            for (key, value) in [
                ("split", "1,0,0"), ("layers", "2"), ("batch-size", "full"), ("epochs", "20000"), ("optimizer", "sgd"),
            ] { try configuration.set(key, to: value) }
            let recorder = Recorder()
            _ = try Trainer(
                configuration, data: try PreparedData(configuration), options: .init(run: folder + "/run"),
                observers: [recorder]
            ).run()
            let rows = try RunFolder(folder + "/run").metricsRows()
            #expect(rows.map(\.step) == Array(0...20000))
            #expect(rows == recorder.rows)
        }
    }

    @Test func warnsWhenSymmetryIsNotBroken() throws {
        try inFolder { folder in
            let (configuration, data) = try digits([("layers", "8"), ("init", "zeros"), ("epochs", "1")])
            let recorder = Recorder()
            _ = try Trainer(configuration, data: data, options: .init(run: folder + "/run"), observers: [recorder])
                .run()
            #expect(recorder.warnings.contains { $0.contains("symmetry") })
        }
    }

    @Test(arguments: [(1, true), (2, false)]) func batchNormOfOneExampleIsWarnedOf(_ size: Int, _ isWarned: Bool) throws
    {
        try inFolder { folder in
            let (configuration, data) = try digits([
                ("layers", "4"), ("batch-norm", "true"), ("batch-size", "\(size)"), ("steps", "1"),
            ])
            let recorder = Recorder()
            _ = try Trainer(configuration, data: data, options: .init(run: folder + "/run"), observers: [recorder])
                .run()
            #expect(recorder.warnings.contains { $0.contains("batches of one") } == isWarned, "\(recorder.warnings)")
        }
    }

    @Test func aLoadedModelJudgesAlike() throws {
        try inFolder { folder in
            let (configuration, data) = try digits([
                ("layers", "16"), ("epochs", "20"), ("batch-norm", "true"), ("dtype", "float64"),
            ])
            let result = try Trainer(configuration, data: data, options: .init(run: folder + "/run")).run()
            let model = try TrainedModel(run: folder + "/run")
            let (assessment, _) = try model.evaluate(try model.examples(from: "digits").examples)
            let score = assessment.score
            let interval = try #require(assessment.interval)
            #expect(score.count == 1797)
            let parts = [result.train, try #require(result.dev), try #require(result.test)]
            let right = parts.reduce(0) { $0 + $1.metric * Double($1.count) }
            #expect(abs(score.metric * 1797 - right) < 1e-6)
            #expect(interval.low < score.metric && score.metric < interval.high)
        }
    }

    @Test func l1MakesWeightsZeroAndCostsIncludePenalties() throws {
        try inFolder { folder in
            let (configuration, data) = try digits([
                ("layers", ""), ("l1", "30"), ("epochs", "60"), ("optimizer", "sgd"),
            ])
            let result = try Trainer(configuration, data: data, options: .init(run: folder + "/run")).run()
            #expect(result.train.cost > result.train.loss)
            let model = try TrainedModel(run: folder + "/run")
            let zeros = model.network.stateDictionary()[0].tensor.doubles().count { $0 == 0 }
            #expect(zeros > 64)
        }
    }

    @Test func interruptionIsTypedAndResumable() throws {
        try inFolder { folder in
            let (configuration, data) = try digits([("layers", "8"), ("batch-size", "128"), ("epochs", "3")])
            var options = Trainer.Options(run: folder + "/run")
            var calls = 0
            options.isInterrupted = {
                calls += 1
                return calls > 7
            }
            #expect(throws: TrainingError.interrupted(step: 7, run: folder + "/run")) {
                try Trainer(configuration, data: data, options: options).run()
            }
            options.isInterrupted = { false }
            options.resumes = true
            let resumed = try Trainer(configuration, data: data, options: options).run()
            let whole = try Trainer(configuration, data: data, options: .init(run: folder + "/whole")).run()
            #expect(resumed.train == whole.train)
            let weights = try ["run", "whole"].map {
                try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\($0)/model.safetensors"))
            }
            #expect(weights[0] == weights[1])
        }
    }
}
