import ArgumentParser
import Thalweg

struct InfoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "info", abstract: "Shows what is in a run folder: the network, its data, how well it does.")

    @Argument(help: ArgumentHelp("The run folder.", valueName: "run"))
    var folder: String

    func run() throws {
        let model = try TrainedModel(run: folder)
        if let interruption = model.interruption { Terminal.note("note: \(interruption)\n") }
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
        try Terminal.print(lines.joined(separator: "\n"))
    }

    private static func figures(_ model: TrainedModel) -> [String] {
        let training = model.description.training
        // Runs of earlier versions keep no more than the scores.
        let earlier = [("train", training.train), ("dev", training.dev), ("test", training.test)].compactMap {
            name, score in
            score.map { (name: name, assessment: Assessment(score: $0)) }
        }
        let parts = training.assessments?.parts ?? earlier
        guard let judge = training.assessments?.judge ?? earlier.last else { return [] }
        let report = AssessmentReport(parts: parts, judge: judge, model: model.description)
        let uses = model.testUses.map { ["The test set was used \(counted($0, "time"))."] } ?? []
        let sentences = report.sentences + uses
        return report.table + (sentences.isEmpty ? [] : [""] + sentences)
    }

    private static func shortened(_ classes: [String]) -> String {
        classes.count <= 12 ? classes.joined(separator: ", ") : classes.prefix(10).joined(separator: ", ") + ", …"
    }
}
