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
        let name = description.task.metricName
        var lines = [
            "task        \(description.task.rawValue)"
                + (description.classes.isEmpty
                    ? "" : ", \(description.classes.count) classes: " + Self.shortened(description.classes)),
            "data        \(training.data), \(grouped(training.examples)) training examples",
            "training    \(grouped(training.steps)) steps, \(grouped(training.epochs)) epochs, "
                + "\(duration(training.seconds)), seed \(training.seed)",
        ]
        for (part, score) in [("train", training.train), ("dev", training.dev), ("test", training.test)] {
            guard let score else { continue }
            lines.append(
                part.padding(to: 12)
                    + "\(name) \(metricText(score.metric, name: name)), loss \(significant(score.loss, 5)), "
                    + "\(grouped(score.count)) examples")
        }
        lines.append("made by     thalweg \(description.thalweg)")
        lines.append("")
        lines.append(model.network.summary(inputShape: [description.architecture.inputs]))
        try Terminal.print(lines.joined(separator: "\n"))
    }

    private static func shortened(_ classes: [String]) -> String {
        classes.count <= 12 ? classes.joined(separator: ", ") : classes.prefix(10).joined(separator: ", ") + ", …"
    }
}

extension String {
    /// With spaces up to `columns`.
    func padding(to columns: Int) -> String { self + String(repeating: " ", count: max(0, columns - count)) }
}
