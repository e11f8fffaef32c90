import ArgumentParser
import Foundation
import Thalweg

struct PredictCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "predict",
        abstract: "Predicts the target of examples with a trained model.",
        discussion: """
            Prints CSV: the prediction and, for classes, the probability of each. The target column may be missing. Rows with missing
            cells or categories that training never saw are predicted as well, and counted on standard error.

            EXAMPLE
              thalweg predict runs/houses-1 new-houses.csv --out prices.csv
            """)

    @Argument(help: ArgumentHelp("The run folder.", valueName: "run"))
    var folder: String

    @Argument(help: "digits, a CSV or TSV file, a folder of IDX files, or an .npz.")
    var data: String

    @Option(help: ArgumentHelp("Write the CSV here instead of standard output.", valueName: "FILE.csv"))
    var out: String?

    @Option(
        help: "Threads to compute with; all cores when not given.",
        transform: wholeNumber(atLeast: 1, atMost: Setting.mostThreads))
    var threads: Int?

    @Flag(help: "Print one JSON object as the last line of standard output.")
    var json = false

    private struct Report: Encodable {
        var task: String
        var classes: [String]
        var predictions: [Prediction]?
        var count: Int
        var out: String?
        var inputs: InputReview
        var notes: [String]

        enum Prediction: Encodable {
            case label(String, [Double])
            case numbers([Double])

            private enum Key: CodingKey { case prediction, probabilities }

            func encode(to encoder: any Encoder) throws {
                var container = encoder.container(keyedBy: Key.self)
                switch self {
                case .label(let label, let probabilities):
                    try container.encode(label, forKey: .prediction)
                    try container.encode(probabilities, forKey: .probabilities)
                case .numbers(let row):
                    if row.count == 1 {
                        try container.encode(row[0], forKey: .prediction)
                    } else {
                        try container.encode(row, forKey: .prediction)
                    }
                }
            }
        }
    }

    private func requireOutside(_ out: String) throws {
        func resolved(_ path: String) -> String { URL(fileURLWithPath: path).resolvingSymlinksInPath().path }
        if resolved(out).hasPrefix(resolved(folder) + "/") {
            throw CommandFailure(description: "\(out): lies in the run folder; name another file with --out")
        }
    }

    func run() throws {
        let model = try TrainedModel(run: folder)
        if let interruption = model.interruption { Terminal.note("note: \(interruption)\n") }
        if let out {
            try requireSpare(out, option: "out", inputs: [data])
            try requireOutside(out)
        }
        let loaded = try model.examples(from: data)
        let predictions = try naming(data) { try model.predict(loaded.examples, threads: threads) }
        let review = model.description.preprocessing.review(loaded.examples)
        let notes = loaded.notes + review.notes
        for note in notes { Terminal.note("note: \(note)\n") }
        if let out {
            try writeAtomically(URL(fileURLWithPath: out)) { writer in
                try writer.write(predictions.header + "\n")
                for row in predictions.rows { try writer.write(row + "\n") }
            }
            Terminal.note("\(grouped(predictions.predictions.count)) predictions in \(out)\n")
        } else if !json {
            try Terminal.data(predictions.header)
            for row in predictions.rows { try Terminal.data(row) }
        }
        guard json else { return }
        let list = predictions.predictions.map { prediction -> Report.Prediction in
            switch prediction {
            case .label(let label, let probabilities): .label(label, probabilities)
            case .numbers(let row): .numbers(row)
            }
        }
        try Terminal.print(
            Report(
                task: predictions.task.rawValue, classes: predictions.classes, predictions: out == nil ? list : nil,
                count: list.count, out: out, inputs: review, notes: notes
            ).jsonLine)
    }
}
