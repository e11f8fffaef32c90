import Foundation
import TestSupport
import Testing
import ThalwegDataSets
import ThalwegEngine
import ThalwegPractice
import ThalwegTraining

/// Faults planted in real runs must be named first or second; runs without a fault must get none.
@Suite struct RunDiagnosisTests {
    /// Handwritten digits as CSV, a row each, mixed (people wrote some hundred in a row each); `change` may spoil one.
    private static func digits(_ rows: Range<Int>, change: (Int, inout [Int], inout Int) -> Void = { _, _, _ in })
        -> String
    {
        guard case .arrays(let x, let y?) = Digits.examples else { fatalError("digits have labels") }
        let pixels = x.reshaped(to: [-1, 64]).cast(to: .int64).scalars(as: Int64.self)
        let labels = y.cast(to: .int64).scalars(as: Int64.self)
        var text = (0..<64).map { "p\($0)" }.joined(separator: ",") + ",label\n"
        for place in rows {
            let row = place * 1009 % 1797
            var values = pixels[row * 64..<row * 64 + 64].map(Int.init)
            var label = Int(labels[row])
            change(place, &values, &label)
            text += (values + [label]).map(String.init).joined(separator: ",") + "\n"
        }
        return text
    }

    private func diagnose(
        _ files: [String: String] = [:], options: RunDiagnosis.Options = .init(),
        _ settings: (URL, inout TrainingConfiguration) -> Void
    ) throws -> (RunDiagnosis, [String: Any]) {
        try withFolder { folder in
            for (name, text) in files { try Data(text.utf8).write(to: folder.appendingPathComponent(name)) }
            var configuration = TrainingConfiguration()
            settings(folder, &configuration)
            let run = folder.appendingPathComponent("run").path
            let data = try PreparedData(configuration)
            _ = try Trainer(configuration, data: data, options: Trainer.Options(run: run)).run()
            let diagnosis = try RunDiagnosis(run: run, options: options)
            try diagnosis.write()
            let bytes = try Data(contentsOf: URL(fileURLWithPath: run + "/diagnosis.json"))
            let json = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
            return (diagnosis, json)
        }
    }

    private func kinds(_ diagnosis: RunDiagnosis) -> [Finding.Kind] { diagnosis.findings.prefix(2).map(\.kind) }

    @Test(arguments: [1, 2]) func aNetworkThatIsTooSmall(_ units: Int) throws {
        let (diagnosis, json) = try diagnose { _, settings in
            settings.data = "digits"
            settings.layers = [units]
        }
        #expect(diagnosis.findings.first?.kind == .avoidableBias, "\(diagnosis.text())")
        #expect(diagnosis.next.first?.name == "bigger" && diagnosis.first?.settings.first?.value == "256,128")
        #expect((json["next"] as? [[String: Any]])?.first?["command"] is String)
    }

    @Test(arguments: [400, 800]) func tooLongATrainingOnFewRows(_ epochs: Int) throws {
        // Some wrong labels, so that there is something to learn by heart.
        let files = [
            "train.csv": Self.digits(0..<60) { row, _, label in if row % 7 == 0 { label = (label + 1) % 10 } },
            "dev.csv": Self.digits(60..<660),
        ]
        let (diagnosis, _) = try diagnose(files) { folder, settings in
            settings.data = folder.appendingPathComponent("train.csv").path
            settings.dev = folder.appendingPathComponent("dev.csv").path
            settings.task = .multiclass
            settings.layers = [64]
            settings.earlyStopping = 0
            settings.epochs = epochs
            settings.schedule = "constant"
        }
        #expect(kinds(diagnosis).contains(.variance), "\(diagnosis.text())")
        #expect(diagnosis.curve?.hasOvertrained == true)
        #expect(diagnosis.next.first?.name == "early-stopping")
    }

    @Test(arguments: [1, 2]) func aDevSetFromElsewhere(_ severity: Int) throws {
        let files = [
            "train.csv": Self.digits(0..<600),
            "dev.csv": Self.digits(600..<900) { row, pixels, _ in
                // Scanned with noise, or shifted by a pixel.
                pixels =
                    severity == 1
                    ? pixels.enumerated().map { min(16, $1 + (row * 31 + $0 * 17) % 4) }
                    : (0..<64).map { $0 % 8 == 0 ? 0 : pixels[$0 - 1] }
            },
        ]
        let (diagnosis, _) = try diagnose(files) { folder, settings in
            settings.data = folder.appendingPathComponent("train.csv").path
            settings.dev = folder.appendingPathComponent("dev.csv").path
            settings.epochs = 30
            settings.trainDev = 0.1
        }
        #expect(kinds(diagnosis).contains(.dataMismatch), "\(diagnosis.text())")
        #expect(diagnosis.errors?.levels.map(\.name) == ["human", "train", "train-dev", "dev", "test"])
        #expect(diagnosis.twoSampleTests["dev"]?.isDifferent == true && diagnosis.shifts["dev"]?.isEmpty == false)
    }

    @Test(arguments: [30, 300]) func testExamplesInTheTrainingFile(_ leaked: Int) throws {
        let files = [
            "train.csv": Self.digits(0..<600)
                + Self.digits(900..<900 + leaked).split(separator: "\n").dropFirst()
                .joined(separator: "\n") + "\n",
            "test.csv": Self.digits(900..<1200),
        ]
        let (diagnosis, _) = try diagnose(files) { folder, settings in
            settings.data = folder.appendingPathComponent("train.csv").path
            settings.test = folder.appendingPathComponent("test.csv").path
            settings.epochs = 20
        }
        #expect(
            diagnosis.findings.first?.kind == .leakage && diagnosis.findings.first?.place == "test",
            "\(diagnosis.text())")
    }

    @Test(arguments: [1, 2]) func aHealthyRunHasNoFault(_ seed: Int) throws {
        let files = ["train.csv": Self.digits(0..<1000), "dev.csv": Self.digits(1000..<1797)]
        let (diagnosis, json) = try diagnose(files) { folder, settings in
            settings.data = folder.appendingPathComponent("train.csv").path
            settings.dev = folder.appendingPathComponent("dev.csv").path
            settings.seed = seed
        }
        #expect(diagnosis.verdicts.filter { $0.isFault }.isEmpty, "\(diagnosis.text())")
        #expect(json["errors"] is [String: Any])
    }

    @Test(arguments: [20, 10]) func wrongLabels(_ every: Int) throws {
        let files = [
            "t.csv": Self.digits(0..<1797) { row, _, label in
                if row % every == 0 { label = (label + 1 + row / every % 9) % 10 }
            }
        ]
        let (diagnosis, _) = try diagnose(files) { folder, settings in
            settings.data = folder.appendingPathComponent("t.csv").path
            settings.epochs = 60
        }
        #expect(kinds(diagnosis).contains(.labelErrors), "\(diagnosis.text())")
        let doubt = try #require(diagnosis.labelDoubt)
        #expect(abs(doubt.share - 1 / Double(every)) < 0.03 && doubt.suspects.allSatisfy { $0.label != $0.suggestion })
    }

    @Test func aLearningCurveTellsWhatMoreDataBring() throws {
        var options = RunDiagnosis.Options()
        options.measuresLearningCurve = true
        let files = ["train.csv": Self.digits(0..<400), "dev.csv": Self.digits(400..<1000)]
        let (diagnosis, _) = try diagnose(files, options: options) { folder, settings in
            settings.data = folder.appendingPathComponent("train.csv").path
            settings.dev = folder.appendingPathComponent("dev.csv").path
            settings.epochs = 40
        }
        let curve = try #require(diagnosis.learningCurve)
        let last = try #require(curve.points.last)
        let twice = try #require(curve.twice)
        #expect(curve.points.count == 4 && last.examples > 2 * curve.points[0].examples)
        #expect(curve.points[0].dev > last.dev && twice.error <= last.dev + 0.02 && twice.interval.low <= twice.error)
        #expect(diagnosis.next.first { $0.name == "more-data" }?.advice.contains("should be") == true)
    }

    /// Where no gap is certain no single change is known to help: a search comes first, then what costs no capacity.
    @Test func whereNoGapIsCertainASearchIsAdvised() throws {
        var random = SplitMix(state: 5)
        let rows = (0..<100).map { _ -> String in
            let (a, b) = (Double.random(in: 0...1, using: &random), Double.random(in: 0...1, using: &random))
            return "\(a),\(b),\((a > 0.5) != (Double.random(in: 0...1, using: &random) < 0.25) ? "yes" : "no")"
        }
        let (diagnosis, _) = try diagnose(["t.csv": "a,b,y\n" + rows.joined(separator: "\n") + "\n"]) {
            folder, settings in
            settings.data = folder.appendingPathComponent("t.csv").path
            settings.learningRate = 0.006
        }
        #expect(diagnosis.errors?.outcome == .tooFew && (diagnosis.curve?.bestDevEpoch ?? 300) < 150)
        let search = try #require(diagnosis.next.first)
        #expect(search.name == "tune" && search.settings.isEmpty, "\(diagnosis.text())")
        let words = search.command?.split(separator: " ") ?? []
        #expect(words.prefix(3) == ["thalweg", "tune", "--config"] && words.contains("--keep-dev"))
        #expect(diagnosis.next[1].settings == [.init("learning-rate", "0.002")], "\(diagnosis.text())")
    }

    /// A layer of few units is named, though what it costs is less than the examples can tell.
    @Test(arguments: [[8, 2], [4], [16]]) func narrowLayersAreNamed(_ layers: [Int]) throws {
        var random = SplitMix(state: 7)
        let rows = (0..<200).map { _ -> String in
            let x = (0..<6).map { _ in Double.random(in: -1...1, using: &random) }
            return x.map { "\($0)" }.joined(separator: ",") + ",\(x[0] + 0.8 * x[1] > 0 ? "yes" : "no")"
        }
        let (diagnosis, _) = try diagnose(["t.csv": "a,b,c,d,e,f,y\n" + rows.joined(separator: "\n") + "\n"]) {
            folder, settings in
            settings.data = folder.appendingPathComponent("t.csv").path
            settings.layers = layers
            settings.epochs = 60
        }
        let narrow = diagnosis.verdicts.first { $0.finding.kind == .narrowLayer }
        guard layers.contains(where: { $0 < 4 }) else { return #expect(narrow == nil, "\(diagnosis.text())") }
        #expect(narrow?.finding.place == "layers.\(layers.count - 1)" && narrow?.isFault == false)
        #expect(narrow?.finding.evidence.contains("passes through 2 numbers") == true, "\(diagnosis.text())")
        #expect(diagnosis.next.first?.settings == [.init("layers", "64,32")], "\(diagnosis.text())")
    }

    @Test func aDozenRowsGetNoSettings() throws {
        let rows = (0..<12).map { "\($0 * 5 % 12),\($0 % 2)" }.joined(separator: "\n")
        let (diagnosis, _) = try diagnose(["dozen.csv": "a,b\n\(rows)\n"]) { folder, settings in
            settings.data = folder.appendingPathComponent("dozen.csv").path
        }
        #expect(diagnosis.next.map(\.name) == ["more-data"] && diagnosis.first == nil, "\(diagnosis.text())")
    }

    @Test func regressionsAreJudgedInTheTargetsUnit() throws {
        var random = SplitMix(state: 3)
        let rows = (0..<600).map { _ -> String in
            let (a, b) = (Double.random(in: -3...3, using: &random), Double.random(in: -3...3, using: &random))
            return "\(a),\(b),\(1000 * (sin(2 * a) * cos(2 * b)))"
        }
        let (diagnosis, _) = try diagnose(["t.csv": "a,b,y\n" + rows.joined(separator: "\n") + "\n"]) {
            folder, settings in
            settings.data = folder.appendingPathComponent("t.csv").path
            settings.layers = []
            settings.bins = false
        }
        #expect(diagnosis.findings.first?.kind == .avoidableBias, "\(diagnosis.text())")
        #expect(diagnosis.metric == "rmse" && (diagnosis.errors?.levels[1].error ?? 0) > 100)
    }

    /// What is learned is a logarithm; every figure is of the target itself, and training and diagnosis tell the same interval.
    @Test(arguments: [nil, TargetTransform.log, .log1p]) func figuresAreThoseOfTheTarget(_ transform: TargetTransform?)
        throws
    {
        var random = SplitMix(state: 4)
        let rows = (0..<400).map { _ -> String in
            let (a, b) = (Double.random(in: -2...2, using: &random), Double.random(in: -1...1, using: &random))
            return "\(a),\(b),\(100 * exp(a + 0.3 * b))"
        }
        try withFolder { folder in
            try Data(("a,b,y\n" + rows.joined(separator: "\n")).utf8).write(to: folder.appendingPathComponent("t.csv"))
            var configuration = TrainingConfiguration()
            configuration.data = folder.appendingPathComponent("t.csv").path
            configuration.epochs = 60
            configuration.targetTransform = transform
            let run = folder.appendingPathComponent("run").path
            _ = try Trainer(
                configuration, data: try PreparedData(configuration), options: Trainer.Options(run: run)
            ).run()
            let model = try TrainedModel(run: run)
            let outcomes = try #require(try model.ownOutcomes().first { $0.part == .dev }?.outcomes)
            let errors = zip(outcomes.wantedNumbers, outcomes.predictedNumbers).map { $0 - $1 }
            let rmse = (errors.reduce(0) { $0 + $1 * $1 } / Double(errors.count)).squareRoot()
            let assessment = try #require(model.description.training.assessments?.dev)
            #expect(abs(assessment.score.metric / rmse - 1) < 1e-4 && rmse < 60, "\(assessment.score.metric) \(rmse)")
            let mean = try #require(model.description.targets?.means.first)
            #expect((140...200).contains(mean), "the mean of the values, not of their logarithms: \(mean)")
            let level = try #require(try RunDiagnosis(run: run).errors?.levels.first { $0.name == "dev" })
            let (own, other) = (try #require(assessment.interval), try #require(level.interval))
            #expect(abs(own.low / other.low - 1) < 1e-4 && abs(own.high / other.high - 1) < 1e-4, "\(own) \(other)")
            let last = try #require(try RunFolder(run).metricsRows().compactMap(\.devMetric).min())
            #expect(abs(last / rmse - 1) < 0.5, "metrics.csv is in the target's unit: \(last), \(rmse)")
        }
    }
}
