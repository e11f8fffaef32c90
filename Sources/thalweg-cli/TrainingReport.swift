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
        for line in aligned(Self.lines(plan, data)) { Terminal.note(line + "\n") }
    }

    /// What was chosen, by topic.
    private static func lines(_ plan: TrainingPlan, _ data: PreparedData) -> [[String]] {
        let settings = plan.configuration
        let counts = [("train", plan.trainCount), ("dev", plan.devCount), ("test", plan.testCount)]
            .filter { $0.1 > 0 }.map { "\($0.0) \(grouped($0.1))" }.joined(separator: ", ")
        let classes = data.preprocessing.classes.isEmpty ? "" : ", \(data.preprocessing.classes.count) classes"
        let batch =
            switch settings.batchSize {
            case .count(let count): "batches of \(grouped(count))"
            case .full, nil: "full batch"
            }
        let stopping =
            switch settings.earlyStopping ?? 0 {
            case 0: "no early stopping"
            case _ where plan.devCount == 0: "no early stopping (there is no dev set to judge by)"
            case let patience: "stops after \(counted(patience, "epoch")) without a better dev cost"
            }
        let length =
            "at most \(counted(settings.epochs ?? 1, "epoch")) of \(counted(plan.stepsPerEpoch, "step"))"
            + (settings.steps.map { " and \(counted($0, "step")) in all" } ?? "")
        var lines = [
            ["data", "\(settings.data ?? ""): \(settings.task.map(\.rawValue) ?? "")\(classes)"],
            ["split", "\(counts) (\(data.splitSummary))"], ["inputs", data.preprocessing.inputSummary],
            ["network", "\(plan.description); \(counted(plan.parameters, "parameter"))"],
            [
                "steps",
                "\(settings.optimizer.prefix { $0 != "(" }), rate \(numberText(settings.learningRate ?? 0)) "
                    + "(\((settings.schedule ?? "constant").prefix { $0 != "(" })), \(batch), seed \(settings.seed)",
            ], ["length", "\(length), \(stopping)"],
        ]
        if plan.firstStep > 0 { lines.append(["resumed", "at step \(grouped(plan.firstStep))"]) }
        return lines
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
        let assessments = result.assessments
        return JSONReport(
            task: result.model.task.rawValue, metric: name, train: result.train.metric, dev: result.dev?.metric,
            test: result.test?.metric, loss: result.train.cost, epochs: result.epochs, steps: result.steps,
            seconds: result.seconds, parameters: result.model.parameters, seed: result.model.training.seed,
            out: result.run,
            parts: [
                "train": .init(assessments.train), "dev": assessments.dev.map { .init($0) },
                "test": assessments.test.map { .init($0) },
            ].compactMapValues { $0 },
            folds: assessments.crossValidation?.folds,
            crossValidation: assessments.crossValidation.map { .init($0.assessment) },
            testUses: result.model.training.testUses, notes: result.notes, findings: result.findings)
    }

    private var figures: AssessmentReport {
        AssessmentReport(parts: result.assessments.parts, judge: result.assessments.judge, model: result.model)
    }

    /// The result in one line.
    var line: String { "\(figures.line); \(result.run)" }

    var text: String {
        var lines = [""] + figures.table + [""] + figures.sentences
        if let problem = result.crossValidationProblem {
            lines.append("No cross-validation: \(problem).")
        } else if let validation = result.assessments.crossValidation {
            lines.append(
                "\(validation.folds) folds: the figure of \(validation.folds) networks made in the same way, each judged by "
                    + "examples it did not see.")
        }
        switch result.end {
        case .finished where result.plan.firstStep == result.steps && result.steps > 0:
            lines.append(
                "It was finished already, with \(counted(result.epochs, "epoch")) (\(counted(result.steps, "step"))): nothing was left to do. "
                    + "More: thalweg train --resume --out \(result.run.shellQuoted) --epochs N")
        case .finished:
            lines.append(
                "Finished \(counted(result.epochs, "epoch")) (\(counted(result.steps, "step"))) in \(duration(result.seconds))."
            )
        case .stopped:
            lines.append(
                "Stopped on request after \(counted(result.epochs, "epoch")) (\(counted(result.steps, "step")), "
                    + "\(duration(result.seconds))).")
        case .stoppedEarly:
            lines.append(
                "Stopped after \(counted(result.epochs, "epoch")) (\(counted(result.steps, "step")), \(duration(result.seconds))): "
                    + "the dev cost no longer fell.")
        }
        if result.bestStep != result.steps {
            lines.append("The weights of step \(grouped(result.bestStep)), where the dev cost was lowest, are kept.")
        }
        if result.dev != nil, result.test != nil {
            let chose = result.end == .stoppedEarly || result.bestStep != result.steps
            let uses = result.model.training.testUses ?? 1
            lines.append(
                (chose ? "The dev set chose the weights; the" : "The")
                    + (uses == 1
                        ? " test set was used once, for this report."
                        : " test set was used \(grouped(uses)) times, by this run's reports."))
        } else if result.test == nil {
            lines.append("No test set: \(result.dev == nil ? "training" : "dev") figures flatter the model.")
        }
        lines.append("")
        lines.append("Saved in \(result.run). Next: thalweg predict \(result.run.shellQuoted) DATA")
        return lines.joined(separator: "\n")
    }
}
