import Foundation
import TestSupport
import Testing
import ThalwegDataSets
import ThalwegEngine
import ThalwegFormats
import ThalwegNetworks
import ThalwegTraining

/// Faults planted in real runs, each named by its finding; healthy runs that are silent.
@Suite struct WatchTests {
    struct Run {
        var findings: [Finding]
        var warnings: [String]
        var rows: [LayerWatch]
        var error: (any Error)?
    }

    private final class Listener: TrainingObserver {
        var warnings: [String] = []
        var found: [Finding] = []
        func trainingDidWarn(_ message: String) { warnings.append(message) }
        func trainingDidFind(_ finding: Finding) { found.append(finding) }
    }

    /// The rate finder takes the steps that training takes: weights of the classes and changes to the images included.
    @Test(arguments: ["class-weights=9,1,1,1,1,1,1,1,1,5", "augment=rotate(degrees=20), shift(pixels=2)", "l2=300"])
    func theRateFinderTrainsAsTheRunWould(_ setting: String) throws {
        try withFolder { folder in
            var configuration = TrainingConfiguration()
            configuration.data = "digits"
            for assignment in ["layers=8", "epochs=1", "batch-size=full", setting] {
                try configuration.set(assignment: assignment)
            }
            let data = try PreparedData(configuration)
            let path = folder.path + "/run"
            _ = try Trainer(configuration, data: data, options: .init(run: path)).run()
            let first = try RunFolder(path).metricsRows().first?.trainCost
            var finder = RateFinder(configuration, data: data)
            finder.steps = 2
            #expect(try finder.run().points.first?.cost == first, "\(setting)")
        }
    }

    private func train(_ settings: [String]) throws -> Run {
        try withFolder { folder in
            var configuration = TrainingConfiguration()
            configuration.data = "digits"
            for assignment in settings { try configuration.set(assignment: assignment) }
            let listener = Listener()
            let path = folder.path + "/run"
            var failure: (any Error)?
            do {
                _ = try Trainer(
                    configuration, data: PreparedData(configuration), options: .init(run: path), observers: [listener]
                ).run()
            } catch { failure = error }
            let run = RunFolder(path)
            let findings = try run.findings()
            #expect(findings == listener.found && findings.map(\.kind) == listener.found.map(\.kind))
            return Run(
                findings: findings, warnings: listener.warnings, rows: try run.watchRows(), error: failure)
        }
    }

    private static let deep = "layers=" + [String](repeating: "32", count: 50).joined(separator: ",")

    @Test func fiftySigmoidLayersVanish() throws {
        let run = try train([Self.deep, "activation=sigmoid", "epochs=6", "watch=true"])
        let finding = try #require(run.findings.first)
        #expect(finding.kind == .vanishingGradients)
        // The first layers, not the last ones.
        let place = try #require(finding.place?.components(separatedBy: " to "))
        #expect(place.first == "layers.0")
        let last = try #require(place.last?.split(separator: ".").last.flatMap { Int($0) })
        #expect((30..<49).contains(last), "\(place)")
        #expect(finding.actions.first?.settings.first == .init("activation", "relu"))
        #expect(run.warnings.count { $0.hasPrefix("vanishing gradients:") } == 1)
        #expect(run.rows.count == 51 * 6)
    }

    @Test(arguments: [true, false]) func unscaledNormalWeightsExplode(_ isWatched: Bool) throws {
        let run = try train(["init=normal(scale=2)", "epochs=5", "watch=\(isWatched)"])
        #expect(run.findings.first?.kind == .explodingGradients)
        #expect(run.findings.first?.actions.first?.settings.first == .init("init", "auto"))
    }

    @Test(arguments: ["zeros", "constant(0.3)", "ones"]) func equalWeightsAreSymmetric(_ rule: String) throws {
        let run = try train(["init=\(rule)", "epochs=12", "layers=8,8", "watch=true"])
        #expect(run.findings.first?.kind == .symmetricWeights && run.findings.first?.step == 0)
        #expect(run.findings.first?.place == "layers.0 to layers.1")
        #expect(!run.findings.contains { [.plateau, .rateTooLow, .deadUnits].contains($0.kind) }, "\(run.findings)")
    }

    @Test(arguments: [("adam", 0.5), ("adam", 0.15), ("sgd", 10.0), ("momentum", 30)])
    func ratesTooHighAreNamed(_ optimizer: String, _ rate: Double) throws {
        let run = try train(["optimizer=\(optimizer)", "learning-rate=\(rate)", "epochs=40"])
        #expect(run.findings.first?.kind == .rateTooHigh, "\(run.findings)")
        let setting = try #require(run.findings.first?.actions.first?.settings.first)
        #expect(setting.key == "learning-rate" && (Double(setting.value) ?? 1) <= rate / 3)
    }

    /// A run that ends with a cost that is no number leaves its finding too.
    @Test func divergenceIsAFinding() throws {
        let run = try train([
            "optimizer=sgd", "learning-rate=1e6", "layers=", "split=1,0,0", "regression-loss=squared",
            "task=regression", "epochs=50",
        ])
        #expect(run.error is TrainingError)
        #expect(run.findings.first?.kind == .rateTooHigh && run.findings.count == 1, "\(run.findings)")
    }

    @Test(arguments: [(0.00005, 300), (0.000005, 300)]) func ratesTooLowAreNamed(_ rate: Double, _ epochs: Int) throws {
        let run = try train(["learning-rate=\(rate)", "epochs=\(epochs)"])
        #expect(run.findings.map(\.kind) == [.rateTooLow])
        #expect(run.findings.first?.actions.first?.settings.first == .init("learning-rate", "0.005"))
    }

    @Test func deadUnitsAreCounted() throws {
        try withFolder { folder in
            // Biases far below zero: no example reaches the first layer's units.
            let file = folder.appendingPathComponent("w.safetensors")
            let keys = KeyStream(seed: 1)
            try SafeTensors.write(
                [
                    ("layers.0.weight", Initializer.he([16, 64], key: keys.next())),
                    ("layers.0.bias", Tensor.full([16], -100)),
                    ("layers.1.weight", Initializer.he([10, 16], key: keys.next())),
                ], to: file)
            let run = try train(["layers=16", "initial-weights=\(file.path)", "epochs=30", "watch=true"])
            #expect(run.findings.first?.kind == .deadUnits && run.findings.first?.place == "layers.0")
            #expect(run.rows.first?.dead == 1 && run.rows.first?.saturated == nil)
        }
    }

    @Test func saturationIsNamed() throws {
        let run = try train(["activation=tanh", "init=normal(scale=2)", "epochs=10", "watch=true"])
        #expect(run.findings.contains { $0.kind == .saturation && $0.place == "layers.0 to layers.1" })
        #expect(run.rows.first?.dead == nil && run.rows.first?.saturated ?? 0 > 0.5)
    }

    @Test func healthyDigitsAreSilent() throws {
        for seed in 1...2 {
            for extra in [
                [], ["batch-size=32", "epochs=15"], ["optimizer=sgd"], ["activation=tanh", "batch-norm=true"],
            ] {
                let run = try train(["seed=\(seed)", "watch=true", "epochs=60"] + extra)
                #expect(run.findings.isEmpty && run.warnings.isEmpty, "seed \(seed), \(extra): \(run.findings)")
                #expect(run.rows.allSatisfy { $0.weightNorm > 0 && $0.gradientNorm >= 0 && $0.updateRatio >= 0 })
            }
        }
    }

    /// Watching changes no number of the run.
    @Test func watchingIsOnlyLooking() throws {
        func weights(_ watch: Bool) throws -> [[Double]] {
            try withFolder { folder in
                var configuration = TrainingConfiguration()
                configuration.data = "digits"
                for (key, value) in [("layers", "24,16"), ("batch-size", "64"), ("epochs", "3"), ("watch", "\(watch)")]
                {
                    try configuration.set(key, to: value)
                }
                let path = folder.path + "/run"
                _ = try Trainer(configuration, data: PreparedData(configuration), options: .init(run: path)).run()
                return try TrainedModel(run: path).network.stateDictionary().map { $0.tensor.doubles() }
            }
        }
        #expect(try weights(true) == weights(false))
    }

    /// Norms by hand, for one step of descent.
    @Test func normsOfOneStep() {
        let dense = Dense(weight: Parameter(Tensor([[3.0, 4.0]])), bias: Parameter(Tensor([0.0]), role: .bias))
        let step = TrainingStep(dense, rule: UpdateRule(SGD())) { squaredError($0, $1) }
        let (x, y) = (Tensor([[1.0, 0.0]]), Tensor([[1.0]]))
        let norms = step(x, y, rate: 0.5, isWatched: true).layers
        // Output 3, error 2, gradient (4, 0), update (-2, 0).
        #expect(norms.map(\.weight) == [5] && norms.map(\.gradient) == [4] && norms.map(\.update) == [2])
        #expect(norms.map(\.layer) == ["weight"])
        #expect(step(x, y, rate: 0.5).layers.isEmpty)
    }
}
