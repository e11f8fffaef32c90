import ArgumentParser
import Thalweg
import ThalwegPractice

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Tells how good a trained model is on examples.",
        discussion: """
            The examples go through the preprocessing of the training run. An .npz or IDX folder with a test part is judged by that
            part, everything else as a whole. Evaluations are kept in the run's evaluations.csv, and uses of its test set are counted.

            EXAMPLES
              thalweg evaluate runs/houses-1 newer-houses.csv
              thalweg evaluate runs/fraud-1 march.csv --metrics --false-negative-cost 20
            """)

    @Argument(help: ArgumentHelp("The run folder.", valueName: "run"))
    var folder: String

    @Argument(help: "digits, a CSV or TSV file, a folder of IDX files, or an .npz.")
    var data: String

    @Flag(help: "Show every metric, every class and how far probabilities can be trusted.")
    var metrics = false

    @Flag(help: "Measure latency, throughput, memory and size of the model on this machine.")
    var costs = false

    @Option(
        help: ArgumentHelp(
            "Of two classes: what missing a positive costs, in false positives; tells the best threshold.",
            valueName: "X"), transform: positiveNumber)
    var falseNegativeCost: Double?

    @Option(
        help: "Threads to compute with; all cores when not given.",
        transform: wholeNumber(atLeast: 1, atMost: Setting.mostThreads))
    var threads: Int?

    @Flag(help: "Print one JSON object as the last line of standard output.")
    var json = false

    func run() throws {
        let started = ContinuousClock.now
        let model = try TrainedModel(run: folder)
        if let interruption = model.interruption { Terminal.note("note: \(interruption)\n") }
        let loaded = try model.examples(from: data)
        let (assessment, matched) = try naming(data) {
            try model.evaluate(loaded.examples, threads: threads)
        }
        let outcomes = try naming(data) { try model.outcomes(loaded.examples, threads: threads) }
        let threshold = try falseNegativeCost.map { cost in
            try naming(data) { try model.threshold(falseNegativeCost: cost, judging: outcomes, threads: threads) }
        }
        let measured = costs ? try model.costs(threads: threads ?? 1) : nil
        let review = model.description.preprocessing.review(loaded.examples)
        let isRecorded = model.record(assessment, of: loaded)
        let notes =
            loaded.notes + matched + review.notes + remarks(model, loaded, assessment, isRecorded: isRecorded)
        for note in notes { Terminal.note("note: \(note)\n") }
        let name = loaded.part == .other ? "data" : loaded.part.rawValue
        let report = AssessmentReport(
            parts: [(name, assessment)], judge: (name, assessment), model: model.description)
        guard json else {
            let sentences = report.sentences
            var lines = report.table + (sentences.isEmpty ? [] : [""] + sentences)
            lines += [""] + MetricsReport(outcomes: outcomes).lines(all: metrics)
            if let measured { lines += [""] + measured.lines }
            if let threshold { lines += [""] + threshold.lines(classes: outcomes.classes) }
            return try Terminal.print(lines.joined(separator: "\n"))
        }
        // What was measured here stands here: the figures of the training run are in its model.json.
        try Terminal.print(
            JSONReport(
                task: model.description.task.rawValue, metric: model.description.task.metricName,
                test: assessment.score.metric, loss: assessment.score.loss,
                seconds: (ContinuousClock.now - started) / .seconds(1), parameters: model.description.parameters,
                seed: model.description.training.seed, out: folder, parts: [name: .init(assessment)],
                testUses: model.testUses, data: data, inputs: review, notes: notes,
                figures: MetricsJSON(outcomes), threshold: threshold,
                costs: measured
            ).jsonLine)
    }

    /// What makes the figure worth less than it looks.
    private func remarks(
        _ model: TrainedModel, _ loaded: LoadedExamples, _ assessment: Assessment, isRecorded: Bool
    ) -> [String] {
        let training = model.description.training
        switch loaded.part {
        case .train:
            return [
                "the run was trained on this file: on \(grouped(training.examples)) of these "
                    + "\(counted(assessment.score.count, "example")); the figure flatters the model"
            ]
        case .dev: return ["these are the run's dev examples, which chose its weights; the figure flatters the model"]
        case .test:
            let uses = model.testUses.map { "it has now been used \(counted($0, "time"))" } ?? "it has been used before"
            return [
                "this is the run's test set; \(uses), and the best of several figures flatters the model"
                    + (isRecorded ? "" : " (the run folder cannot be written: this use is not counted)")
            ]
        case .other: return []
        }
    }
}

extension ModelCosts {
    fileprivate var lines: [String] {
        aligned([
            ["latency", "\(numberText(latencyMs)) ms for one example, \(counted(threads, "thread"))"],
            ["throughput", "\(numberText(examplesPerSecond)) examples a second"],
            ["memory", "\(numberText(memoryMb)) MB"], ["size", "\(numberText(sizeMb)) MB on disk"],
        ])
    }
}

extension ThresholdChoice {
    /// In words.
    fileprivate func lines(classes: [String]) -> [String] {
        let cost = chosen.falseNegativeCost
        return [
            "A missed '\(classes[1])' costing as much as \(numberText(cost)) false ones: answer it from a probability of "
                + "\(numberText(chosen.probability)) on (chosen on \(counted(chosen.count, "example")) "
                + "\(isIndependent ? "of the run's dev set" : "judged here, which flatters it")).",
            "Mean cost of an example here: \(numberText(self.cost)); at a half \(numberText(costAtHalf)), as the model answers "
                + "\(numberText(costOfModel)). To train a model that answers so: --set false-negative-cost=\(numberText(cost))",
        ]
    }
}
