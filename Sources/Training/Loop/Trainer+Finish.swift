import Foundation
import ThalwegDataSets
import ThalwegEngine
import ThalwegFormats
import ThalwegNetworks

extension Trainer {
    /// Saves the state, takes the best weights, judges them and writes the model.
    func finish(_ plan: TrainingPlan) throws -> TrainingResult {
        let end: TrainingResult.End = isStopped ? .stopped : state.stopping.shouldStop ? .stoppedEarly : .finished
        state.end = end
        // Before the last row: a run that is resumed with more epochs tells that row's cost again.
        try saveCheckpoint()
        if usesStepCost || state.batch != 0 {
            try record((state.pending ?? newRow()).with(train: evaluateTraining()))
        }
        try log?.synchronize()
        watch.review(.finished)
        try watch.save()

        if state.stopping.isActive, !best.isEmpty {
            try? network.load(Dictionary(uniqueKeysWithValues: best.map { ($0.name, $0.tensor) }))
        }
        let threshold = chosenThreshold()
        func assessment(_ part: PreparedData.Part) -> Assessment {
            evaluator.outcomes(
                part, preprocessing: data.preprocessing, targets: data.targets,
                threshold: threshold?.probability
            )
            .assessment(classes: data.preprocessing.classes, hasBaseline: true)
        }
        var assessments = Assessments(train: assessment(data.train))
        assessments.dev = data.dev.map(assessment)
        let test = options.judgesByTest ? data.test : nil
        assessments.test = test.map(assessment)
        let seconds = seconds
        var problem: String?
        do { assessments.crossValidation = try crossValidation() } catch let error as TrainingError {
            if case .interrupted = error { throw TrainingError.interrupted(step: state.step, run: folder.path) }
            problem = error.description
        } catch let error as DataError where error.kind != .diskFull && error.kind != .permission {
            problem = error.description
        }
        let earlier = try? TrainedModel(run: folder.path).description
        let model = ModelDescription(
            thalweg: ThalwegVersion.text, architecture: network.architecture, preprocessing: data.preprocessing,
            task: objective.task, classes: data.preprocessing.classes, regressionLoss: objective.regressionLoss,
            classWeights: objective.classWeights, threshold: threshold,
            targets: data.targets, parameters: network.parameterCount,
            training: .init(
                data: configuration.data ?? "", fingerprint: data.fingerprint, examples: data.train.count,
                epochs: state.epoch, steps: state.step, seconds: seconds, seed: configuration.seed,
                train: assessments.train.score, dev: assessments.dev?.score, test: assessments.test?.score,
                assessments: assessments, fingerprints: data.fingerprints,
                testUses: test.map { _ in Self.testUses(before: earlier?.training, steps: state.step) }))
        options.failpoint.pass(.beforeModel)
        try SafeTensors.write(network.stateDictionary(), metadata: ["thalweg": ThalwegVersion.text], to: folder.weights)
        options.failpoint.pass(.weightsWritten)
        try folder.write(model, to: folder.description)
        let result = TrainingResult(
            run: folder.path, plan: plan, assessments: assessments, crossValidationProblem: problem, end: end,
            epochs: state.epoch, steps: state.step,
            bestStep: state.stopping.isActive && !best.isEmpty ? state.stopping.bestStep : state.step,
            seconds: seconds, model: model, notes: data.notes, findings: watch.findings)
        for observer in observers { observer.trainingDidFinish(result) }
        return result
    }

    /// A run that is resumed where it had ended tells the same figures again.
    private static func testUses(before: ModelDescription.Training?, steps: Int) -> Int {
        guard let before, let uses = before.testUses else { return 1 }
        return before.steps == steps ? uses : uses + 1
    }

    /// The threshold of least cost on the dev examples (the training examples where there are none); nil where no cost is set.
    func chosenThreshold() -> DecisionThreshold? {
        guard let cost = configuration.falseNegativeCost else { return nil }
        let part = data.dev ?? data.train
        return DecisionThreshold(
            probabilities: evaluator.outputs(for: part.x).map { Predictions.positiveProbability(logit: $0) },
            isPositive: part.y.doubles().map { $0 > 0.5 }, weights: part.weights, falseNegativeCost: cost)
    }

    private func crossValidation() throws -> CrossValidation? {
        guard options.judgesByTest, let folds = data.crossValidationFolds else { return nil }
        return try CrossValidation.run(
            configuration, folds: folds, folder: folder.url.appendingPathComponent("cross-validation"),
            isInterrupted: options.isInterrupted)
    }
}
