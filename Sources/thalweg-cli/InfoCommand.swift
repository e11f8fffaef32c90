import ArgumentParser
import Thalweg
import ThalwegPractice

struct InfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Shows what is in a run folder: the network, its data, how well it does.",
        discussion: """
            EXAMPLES
              thalweg info runs/digits-1
              thalweg info runs/digits-1 --dot | dot -Tsvg > network.svg
            """)

    @Argument(help: ArgumentHelp("The run folder.", valueName: "run"))
    var folder: String

    @Flag(help: "Print the network as a graph in the language of Graphviz, and nothing else.")
    var dot = false

    @Flag(help: "Print one JSON object as the last line of standard output.")
    var json = false

    func validate() throws {
        if dot && json { throw ValidationError("--dot and --json: one of them") }
    }

    func run() throws {
        let model = try TrainedModel(run: folder)
        if let interruption = model.interruption { Terminal.note("note: \(interruption)\n") }
        if dot { return try Terminal.print(NetworkDrawing(model.description.architecture).dot) }
        try Terminal.print(json ? InfoReport(model, run: folder).jsonLine : Self.text(model))
    }

    private static func text(_ model: TrainedModel) -> String {
        let description = model.description
        let training = description.training
        var lines = aligned([
            [
                "task",
                description.task.rawValue
                    + (description.classes.isEmpty
                        ? "" : ", \(description.classes.count) classes: " + Self.shortened(description.classes)),
            ],
            ["data", "\(training.data), \(counted(training.examples, "training example"))"],
            ["inputs", description.preprocessing.inputSummary],
            ["network", model.network.line],
            [
                "training",
                "\(counted(training.steps, "step")), \(counted(training.epochs, "epoch")), "
                    + "\(duration(training.seconds)), seed \(training.seed)",
            ],
            ["made by", "thalweg \(description.thalweg)"],
        ])
        lines.append("")
        lines += Self.figures(model)
        lines.append("")
        lines.append(model.network.summary(inputShape: [description.architecture.inputs]))
        return lines.joined(separator: "\n")
    }

    private static func figures(_ model: TrainedModel) -> [String] {
        let training = model.description.training
        let parts = training.parts
        guard let judge = training.assessments?.judge ?? parts.last else { return [] }
        let report = AssessmentReport(parts: parts, judge: judge, model: model.description)
        let uses = model.testUses.map { ["The test set was used \(counted($0, "time"))."] } ?? []
        let sentences = report.sentences + uses
        return report.table + (sentences.isEmpty ? [] : [""] + sentences)
    }

    private static func shortened(_ classes: [String]) -> String {
        classes.count <= 12 ? classes.joined(separator: ", ") : classes.prefix(10).joined(separator: ", ") + ", …"
    }
}

/// What `thalweg info --json` prints.
private struct InfoReport: Encodable {
    var run: String
    var thalweg: String
    var task: String
    var metric: String
    var classes: [String]
    var data: String
    var fingerprint: String
    var examples: Int
    var network: String
    var layers: [NetworkDrawing.Box]
    var embeddings: [NetworkDrawing.Box]
    var parameters: Int
    var epochs: Int
    var steps: Int
    var seconds: Double
    var seed: Int
    var parts: [String: JSONReport.Part]
    var testUses: Int?

    init(_ model: TrainedModel, run: String) {
        let (description, training) = (model.description, model.description.training)
        let drawing = NetworkDrawing(description.architecture)
        self.run = run
        thalweg = description.thalweg
        task = description.task.rawValue
        metric = description.task.metricName
        classes = description.classes
        data = training.data
        fingerprint = training.fingerprint
        examples = training.examples
        network = model.network.line
        (layers, embeddings) = (drawing.boxes, drawing.embeddings)
        parameters = description.parameters
        (epochs, steps, seconds, seed) = (training.epochs, training.steps, training.seconds, training.seed)
        parts = Dictionary(uniqueKeysWithValues: training.parts.map { ($0.name, JSONReport.Part($0.assessment)) })
        testUses = model.testUses
    }
}

extension ModelDescription.Training {
    /// Runs of earlier versions keep no more than the scores.
    fileprivate var parts: [(name: String, assessment: Assessment)] {
        if let assessments { return assessments.parts }
        return [("train", train), ("dev", dev), ("test", test)].compactMap { name, score in
            score.map { (name: name, assessment: Assessment(score: $0)) }
        }
    }
}
