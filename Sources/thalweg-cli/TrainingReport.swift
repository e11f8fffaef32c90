import Thalweg

/// Says before training what was assumed and what will be done.
final class OpeningReport: TrainingObserver {
    private let data: PreparedData
    private let isQuiet: Bool

    init(data: PreparedData, isQuiet: Bool) {
        self.data = data
        self.isQuiet = isQuiet
    }

    func trainingWillStart(_ plan: TrainingPlan) {
        guard !isQuiet else { return }
        for note in data.notes { Terminal.note("note: \(note)\n") }
        let counts = [("train", plan.trainCount), ("dev", plan.devCount), ("test", plan.testCount)]
            .filter { $0.1 > 0 }.map { "\($0.0) \(grouped($0.1))" }.joined(separator: ", ")
        let task = plan.configuration.task.map(\.rawValue) ?? ""
        let classes = data.preprocessing.classes.isEmpty ? "" : ", \(data.preprocessing.classes.count) classes"
        let batch =
            switch plan.configuration.batchSize {
            case .count(let count): "batches of \(count)"
            case .full, nil: "full batch"
            }
        Terminal.note("data     \(plan.configuration.data ?? ""): \(task)\(classes); examples: \(counts)\n")
        Terminal.note("network  \(plan.description); \(grouped(plan.parameters)) parameters\n")
        Terminal.note(
            "training \(plan.configuration.optimizer.prefix { $0 != "(" }), rate "
                + "\(significant(plan.configuration.learningRate ?? 0, 3)), \(batch), "
                + "at most \(grouped(plan.totalSteps)) steps, seed \(plan.configuration.seed)\n")
        if plan.firstStep > 0 { Terminal.note("resumed  at step \(grouped(plan.firstStep))\n") }
    }
}

/// What a run came to, as text for people and as JSON for programs.
struct TrainingReport {
    private let result: TrainingResult
    private let data: PreparedData
    private let name: String

    init(_ result: TrainingResult, data: PreparedData) {
        self.result = result
        self.data = data
        name = result.plan.metricName
    }

    var json: JSONReport {
        JSONReport(
            task: result.model.task.rawValue, metric: name, train: result.train.metric, dev: result.dev?.metric,
            test: result.test?.metric, loss: result.train.cost, epochs: result.epochs, steps: result.steps,
            seconds: result.seconds, parameters: result.model.parameters, seed: result.model.training.seed,
            out: result.run)
    }

    /// The result in one line.
    var line: String {
        let part = result.test.map { ("test", $0) } ?? result.dev.map { ("dev", $0) } ?? ("train", result.train)
        return
            "\(part.0) \(name) \(metricText(part.1.metric, name: name)) (\(grouped(part.1.count)) examples); \(result.run)"
    }

    var text: String {
        var lines = [
            "",
            "".padding(to: 9) + name.padding(to: 14) + "95 % interval".padding(to: 22) + "loss".padding(to: 12)
                + "examples",
        ]
        for (part, score, interval) in [
            ("train", result.train as Score?, result.intervals.train), ("dev", result.dev, result.intervals.dev),
            ("test", result.test, result.intervals.test),
        ] {
            guard let score else { continue }
            let range = interval.map { "\(metricText($0.low, name: name)) to \(metricText($0.high, name: name))" } ?? ""
            lines.append(
                part.padding(to: 9) + metricText(score.metric, name: name).padding(to: 14) + range.padding(to: 22)
                    + significant(score.loss, 4).padding(to: 12) + grouped(score.count))
        }
        lines.append("")
        switch result.end {
        case .finished:
            lines.append(
                "Finished \(grouped(result.epochs)) epochs (\(grouped(result.steps)) steps) in \(duration(result.seconds))."
            )
        case .stoppedEarly:
            lines.append(
                "Stopped after \(grouped(result.epochs)) epochs (\(grouped(result.steps)) steps, \(duration(result.seconds))): "
                    + "the dev cost no longer fell.")
        }
        if result.bestStep != result.steps {
            lines.append("The weights of step \(grouped(result.bestStep)), where the dev cost was lowest, are kept.")
        }
        if result.dev != nil, result.test != nil {
            let chose = result.end == .stoppedEarly || result.bestStep != result.steps
            lines.append(
                (chose ? "The dev set chose the weights; the" : "The") + " test set was used once, for this report.")
        } else if result.test == nil {
            lines.append("No test set: \(result.dev == nil ? "training" : "dev") figures flatter the model.")
        }
        lines.append("")
        lines.append("Saved in \(result.run). Next: thalweg predict \(result.run.shellQuoted) DATA")
        return lines.joined(separator: "\n")
    }
}
