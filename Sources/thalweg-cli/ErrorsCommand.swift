import ArgumentParser
import Foundation
import Thalweg
import ThalwegPractice

struct ErrorsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "errors",
        abstract: "Shows what a trained model gets wrong, and what the mistakes have in common.",
        discussion: """
            Worst, most confident and most uncertain mistakes with the columns that mattered most; classes taken for each other; slices
            (values and ranges of columns) where the error is significantly higher, and what work on them can gain at most; labels that
            are probably wrong. Without DATA the run's own dev examples are looked at. --folds finds wrong labels in training examples, too.

            Tags are your own words on examples, in a CSV of row,tag with the numbers this report shows: each gets its ceiling.

            EXAMPLES
              thalweg errors runs/digits-1 --html errors.html
              thalweg errors runs/houses-1 newer-houses.csv --tag seen.csv
            """)

    @Argument(help: ArgumentHelp("The run folder.", valueName: "run"))
    var folder: String

    @Argument(help: "digits, a CSV or TSV file, a folder of IDX files, or an .npz; the run's own data when not given.")
    var data: String?

    @Option(help: ArgumentHelp("Of the run's own data: train, dev or test.", valueName: "train|dev|test"))
    var part: Part?

    @Option(
        help: ArgumentHelp(
            "Judge all of the run's own data, each example by one of N new networks that did not see it.",
            valueName: "N"
        ), transform: wholeNumber(atLeast: 2))
    var folds: Int?

    @Option(help: ArgumentHelp("Write a page with the examples themselves here.", valueName: "FILE.html"))
    var html: String?

    @Option(help: ArgumentHelp("A CSV of row,tag: your words on examples; may be given again.", valueName: "FILE.csv"))
    var tag: [String] = []

    @Option(help: "Mistakes of each kind to show.", transform: wholeNumber(atLeast: 1))
    var top = 12

    @Option(
        help: "Threads to compute with; all cores when not given.",
        transform: wholeNumber(atLeast: 1, atMost: Setting.mostThreads))
    var threads: Int?

    @Flag(help: "Print one JSON object as the last line of standard output.")
    var json = false

    enum Part: String, ExpressibleByArgument, CaseIterable {
        case train, dev, test
    }

    func validate() throws {
        if data != nil, part != nil || folds != nil {
            throw ValidationError("--\(part != nil ? "part" : "folds") is of the run's own data; leave out DATA")
        }
        if part != nil, folds != nil { throw ValidationError("--folds takes all parts; leave out --part") }
    }

    func run() throws {
        let model = try TrainedModel(run: folder)
        if let interruption = model.interruption { Terminal.note("note: \(interruption)\n") }
        if let html { try requireSpare(html, option: "html", inputs: [data].compactMap { $0 } + tag) }
        let tags = try RowTags(files: tag)
        let (examples, outcomes, name, isSeen) = try chosen(model)
        let analysis = try naming(data ?? model.description.training.data) {
            try ErrorAnalysis(
                model, examples, outcomes: outcomes, name: name, isSeen: isSeen, top: top, tags: tags,
                threads: threads)
        }
        if let html {
            let page = ErrorGallery(analysis).page.text
            try writeAtomically(URL(fileURLWithPath: html)) { try $0.write(page) }
            Terminal.note("the examples themselves are in \(html)\n")
        }
        if json {
            try Terminal.print(ErrorsReport(analysis: analysis, html: html).json.jsonLine)
        } else {
            try Terminal.print(ErrorsReport(analysis: analysis, html: html).lines.joined(separator: "\n"))
        }
    }

    private typealias Chosen = (
        part: ThalwegDataSets.Part, outcomes: PredictedOutcomes?, name: String, isSeen: Bool
    )

    /// The examples to look at, what they are called, and whether training saw them.
    private func chosen(_ model: TrainedModel) throws -> Chosen {
        if let data {
            let loaded = try model.examples(from: data)
            for note in loaded.notes { Terminal.note("note: \(note)\n") }
            if loaded.part == .train {
                Terminal.note("note: the run was trained on this file; without DATA its dev examples are looked at\n")
            }
            return (ThalwegDataSets.Part(examples: loaded.examples), nil, data, loaded.part == .train)
        }
        if let folds {
            Interruption.listen()
            let found: (part: ThalwegDataSets.Part, outcomes: PredictedOutcomes)
            do {
                found = try model.outOfFoldOutcomes(
                    folds: folds, threads: threads,
                    tell: { Terminal.note("training fold \(grouped($0)) of \(grouped(folds))\n") },
                    isInterrupted: { Interruption.isRequested })
            } catch let error as DiagnosisInterrupted {
                throw CommandFailure(description: error.description, code: Interruption.exitCode)
            }
            return (
                found.part, found.outcomes, "all of \(Self.short(model.description.training.data)), in \(folds) folds",
                false
            )
        }
        let own = try model.ownData()
        let wanted = part.flatMap { EvaluationLog.Part(rawValue: $0.rawValue) }
        let found =
            wanted.map { name in own.parts.first { $0.name == name } }
            ?? own.parts.first { $0.name == .dev } ?? own.parts.last
        guard let found else {
            throw CommandFailure(description: "\(folder): the run has no \(part?.rawValue ?? "dev") examples")
        }
        return (found.part, nil, "\(found.name.rawValue) of \(Self.short(own.source))", found.name == .train)
    }

    private static func short(_ source: String) -> String { URL(fileURLWithPath: source).lastPathComponent }
}
