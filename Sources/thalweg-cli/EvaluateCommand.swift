import ArgumentParser
import Thalweg

struct EvaluateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "evaluate",
        abstract: "Tells how good a trained model is on examples.",
        discussion: """
            The examples go through the preprocessing of the training run. An .npz or IDX folder with a test part is judged by that
            part, everything else as a whole.

            EXAMPLE
              thalweg evaluate runs/houses-1 newer-houses.csv
            """)

    @Argument(help: ArgumentHelp("The run folder.", valueName: "run"))
    var folder: String

    @Argument(help: "digits, a CSV or TSV file, a folder of IDX files, or an .npz.")
    var data: String

    @Option(help: "Threads to compute with; all cores when not given.", transform: wholeNumber(atLeast: 1))
    var threads: Int?

    @Flag(help: "Print one JSON object as the last line of standard output.")
    var json = false

    func run() throws {
        let model = try TrainedModel(run: folder)
        if let interruption = model.interruption { Terminal.note("note: \(interruption)\n") }
        let (examples, notes) = try model.examples(from: data)
        let (score, interval, matched) = try naming(data) { try model.evaluate(examples, threads: threads) }
        let name = model.description.task.metricName
        for note in notes + matched { Terminal.note("note: \(note)\n") }
        guard json else {
            try Terminal.print(
                "\(name) \(metricText(score.metric, name: name)) "
                    + "(95 % interval \(metricText(interval.low, name: name)) to \(metricText(interval.high, name: name))), "
                    + "loss \(significant(score.loss, 5)), \(grouped(score.count)) examples")
            return
        }
        let training = model.description.training
        try Terminal.print(
            JSONReport(
                task: model.description.task.rawValue, metric: name, train: training.train?.metric,
                dev: training.dev?.metric, test: score.metric, loss: score.loss, epochs: training.epochs,
                steps: training.steps, seconds: training.seconds, parameters: model.description.parameters,
                seed: training.seed, out: folder
            ).jsonLine)
    }
}
