import ThalwegDataSets
import ThalwegEngine
import ThalwegFormats
import ThalwegNetworks

extension Trainer {
    /// Saves the state, takes the best weights, judges them and writes the model.
    func finish(_ plan: TrainingPlan) throws -> TrainingResult {
        let end: TrainingResult.End = state.stopping.shouldStop ? .stoppedEarly : .finished
        state.end = end
        // Before the last row: a run that is resumed with more epochs tells that row's cost again.
        try saveCheckpoint()
        if usesStepCost || state.batch != 0 {
            try record((state.pending ?? newRow(train: nil)).with(train: evaluateTraining()))
        }
        try log?.synchronize()

        if state.stopping.isActive, !best.isEmpty {
            try? network.load(Dictionary(uniqueKeysWithValues: best.map { ($0.name, $0.tensor) }))
        }
        let train = evaluator(data.train.x, data.train.y)
        let dev = data.dev.map { evaluator($0.x, $0.y) }
        let test = data.test.map { evaluator($0.x, $0.y) }
        let seconds = seconds
        let model = ModelDescription(
            thalweg: ThalwegVersion.text, architecture: network.architecture, preprocessing: data.preprocessing,
            task: objective.task, classes: data.preprocessing.classes, regressionLoss: objective.regressionLoss,
            parameters: network.parameterCount,
            training: .init(
                data: configuration.data ?? "", fingerprint: data.fingerprint, examples: data.train.count,
                epochs: state.epoch, steps: state.step, seconds: seconds, seed: configuration.seed, train: train,
                dev: dev, test: test))
        options.failpoint.pass(.beforeModel)
        try SafeTensors.write(network.stateDictionary(), metadata: ["thalweg": ThalwegVersion.text], to: folder.weights)
        options.failpoint.pass(.weightsWritten)
        try folder.write(model, to: folder.description)
        let result = TrainingResult(
            run: folder.path, plan: plan, train: train, dev: dev, test: test,
            intervals: (
                evaluator.interval(train, data.train.x, data.train.y),
                data.dev.flatMap { part in dev.map { evaluator.interval($0, part.x, part.y) } },
                data.test.flatMap { part in test.map { evaluator.interval($0, part.x, part.y) } }
            ), end: end, epochs: state.epoch,
            steps: state.step,
            bestStep: state.stopping.isActive && !best.isEmpty ? state.stopping.bestStep : state.step,
            seconds: seconds, model: model, notes: data.notes)
        for observer in observers { observer.trainingDidFinish(result) }
        return result
    }
}
