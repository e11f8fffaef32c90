import Testing
import ThalwegPractice
import ThalwegTraining

/// Advice for a run, from what is known of it.
@Suite struct RecipeTests {
    private func facts(_ change: (inout TrainingConfiguration) -> Void = { _ in }) -> RunFacts {
        var configuration = TrainingConfiguration()
        configuration.data = "digits"
        configuration.layers = [256, 128]
        configuration.keepProbability = [0.8]
        configuration.epochs = 40
        configuration.earlyStopping = 10
        change(&configuration)
        return RunFacts(
            configuration: configuration, run: "runs/a b", train: 1200, dev: 400, test: 400, isClassification: true,
            devError: 0.1)
    }

    private func gap(_ question: Gap.Question) throws -> Gap {
        let levels = ErrorLevels(
            bayes: .known(0), train: .counts(wrong: 100, of: 1000), trainDev: .counts(wrong: 300, of: 1000),
            dev: .counts(wrong: 500, of: 1000), test: .counts(wrong: 700, of: 1000))
        return try #require(levels.diagnosis[question])
    }

    @Test(arguments: Gap.Question.allCases) func everyGapHasRemediesInOrder(_ question: Gap.Question) throws {
        let remedies = Recipe.remedies(for: try gap(question), of: facts())
        let expected: [Gap.Question: [String]] = [
            .avoidableBias: ["bigger", "batch-norm"],
            .variance: ["more-data", "l2", "batch-norm", "smoothing", "dropout"],
            .dataMismatch: ["error-analysis", "similar-data"], .devOverfitting: ["larger-dev"],
        ]
        #expect(remedies.map(\.name) == expected[question])
        for remedy in remedies {
            // What is advised can be set.
            var configuration = facts().configuration
            for setting in remedy.settings { try configuration.set(setting.key, to: setting.value) }
            #expect(remedy.settings.isEmpty || configuration != facts().configuration)
            #expect(remedy.settings.isEmpty || remedy.command?.contains("'runs/a b/config.toml'") == true)
        }
    }

    @Test func layersGrow() throws {
        for (present, expected) in [
            ([1], "256,128"), ([], "256,128"), ([256, 128], "512,256"), ([512], "1024,512"),
            ([300, 200, 100], "600,400,200"),
        ] {
            let remedies = Recipe.remedies(for: try gap(.avoidableBias), of: facts { $0.layers = present })
            #expect(remedies.first?.settings.first == .init("layers", expected))
        }
    }

    @Test func heavyRegularizationGoesBeforeABiggerNetwork() throws {
        let remedies = Recipe.remedies(
            for: try gap(.avoidableBias),
            of: facts {
                $0.l2 = 200
                $0.keepProbability = [0.3]
            })
        #expect(remedies.first?.name == "less-regularization")
    }

    @Test func aFallingCurveComesFirst() throws {
        var facts = facts()
        let rows = (0...40).map { epoch in
            let cost = 1 / (1 + Double(epoch) / 10)
            return MetricsRow(
                step: epoch, epoch: epoch, trainCost: cost, devCost: cost, trainMetric: nil, devMetric: nil,
                learningRate: 0.1)
        }
        facts.curve = CurveReading(rows)
        let first = try #require(Recipe.remedies(for: try gap(.avoidableBias), of: facts).first)
        #expect(first.name == "longer" && first.settings.first == .init("epochs", "80") && first.gain ?? 0 > 0.3)
        facts.hasStoppedEarly = true
        #expect(Recipe.remedies(for: try gap(.avoidableBias), of: facts).first?.name == "bigger")
    }

    @Test func everyQuestionHasKnobs() {
        #expect(Set(Recipe.controls.map(\.question)) == Set(Gap.Question.allCases))
        #expect(RunDiagnosis.controls.count == Gap.Question.allCases.count + 1)
    }
}
