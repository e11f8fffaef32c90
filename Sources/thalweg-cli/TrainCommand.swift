import ArgumentParser
import Foundation
import Thalweg
import ThalwegPractice

struct TrainCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "train",
        abstract: "Trains a network and says how good it is.",
        discussion: """
            Whatever is not said is worked out from the data: header, target, task, network, batch, rate, when to stop. The run goes into a
            new folder under runs/.

            EXAMPLES
              thalweg train digits
              thalweg train houses.csv --target price --out runs/houses
              thalweg train income.csv --test later.csv --layers 128,64 --keep-probability 0.8
              thalweg train moons.csv --layers 5,2 --optimizer "adam(beta1=0.95)" --epochs 500
              thalweg train --config runs/houses/config.toml --set init-scale=0.5 --out runs/houses-small
              thalweg train --resume --out runs/houses --epochs 200
              thalweg train houses.csv --target price --find-rate

            SETTINGS
              Everything in config.toml can be set with --set key=value; `thalweg train --list-settings` shows all keys.
            """)

    @Argument(help: "digits, a CSV or TSV file, a folder of IDX files, or an .npz with train_x, train_y or x, y.")
    var data: String?

    @OptionGroup(title: "Settings")
    var settings: SettingOptions

    @Option(
        help: ArgumentHelp("The run folder; a new one under runs/ when not given.", valueName: "DIR"),
        transform: folderName)
    var out: String?

    @Flag(help: "Go on with the run in --out from its checkpoint; --epochs and --steps may be raised.")
    var resume = false

    @OptionGroup var sources: SettingSources

    @Flag(help: "Draw cost and metric at the end.")
    var plot = false

    @Flag(help: "Write event files for TensorBoard, too.")
    var tensorboard = false

    @Flag(help: "Write no report.html.")
    var noReport = false

    @Flag(help: "Train nothing: let the rate rise on a fresh network and say which one fits.")
    var findRate = false

    @Flag(help: "Print one JSON object as the last line of standard output.")
    var json = false

    @Flag(help: "Print nothing but results and errors.")
    var quiet = false

    @Flag(help: "Print all settings with their defaults as TOML, and end.")
    var listSettings = false

    @Option(help: .hidden)
    var failpoint: String?

    /// The trials of a search: the test set is left alone, and the search's end ends them.
    @Flag(help: .hidden)
    var withoutTest = false

    @Option(help: .hidden)
    var parent: Int32?

    func run() throws {
        if listSettings { return try Terminal.print(TrainingConfiguration().toml) }
        guard !resume || out != nil else {
            throw ValidationError("--resume needs --out with the run folder to go on with")
        }
        guard !(resume && findRate) else {
            throw ValidationError("--find-rate starts from a fresh network: it cannot go on with a run")
        }
        if !resume, let out, RunFolder(out).exists { throw TrainingError.runExists(out) }
        let configuration = try merged()
        guard configuration.data != nil else {
            throw CommandFailure(description: "no data: name digits, a file or a folder to train on", code: 64)
        }
        let data = try Self.read(configuration, named: data)
        if findRate { return try searchRate(configuration, data) }
        var options = Trainer.Options(run: out ?? RunFolder.next(for: configuration.data ?? "run"))
        options.resumes = resume
        if let failpoint { options.failpoint = try asUsage { try Failpoint(failpoint) } }
        options.judgesByTest = !withoutTest
        let parent = parent
        options.isInterrupted = { Interruption.isRequested || parent.map { $0 != getppid() } ?? false }
        let style: ProgressBar.Style = quiet ? .quiet : Terminal.isErrorTerminal ? .bar : .lines
        let bar = ProgressBar(style: style, width: { Terminal.columns }, write: { Terminal.note($0, isOurs: true) })
        let opening = OpeningReport(data: data, isQuiet: quiet)
        var observers: [any TrainingObserver] = [opening, bar]
        if tensorboard {
            observers.append(TensorBoardLog(RunFolder(options.run)) { Terminal.note("note: \($0)\n") })
        }
        let trainer = try Trainer(configuration, data: data, options: options, observers: observers)
        Interruption.listen()
        let result: TrainingResult
        do { result = try trainer.run() } catch {
            bar.closeLine()
            throw error
        }
        let report = TrainingReport(result, data: data)
        if !noReport { writeReport(result.run, data) }
        if plot { try draw(result) }
        if json {
            if !quiet { Terminal.note(report.text + "\n") }
            try Terminal.print(report.json.jsonLine)
        } else if !quiet {
            try Terminal.print(report.text)
        } else {
            try Terminal.print(report.line)
        }
    }

    /// Whoever names a verb for data meant the verb.
    private static func read(_ configuration: TrainingConfiguration, named word: String?) throws -> PreparedData {
        do { return try PreparedData(configuration) } catch var error as DataError {
            let verbs = ThalwegCommand.configuration.subcommands.map { $0._commandName }
            if error.kind == .notFound, let word, error.file == configuration.data, !error.problem.contains("did you"),
                let verb = nearestName(to: word, among: verbs)
            {
                error.problem += " (did you mean `thalweg \(verb)`?)"
            }
            if error.kind == .missingValue, configuration.target == nil, error.problem.contains("to predict") {
                error.problem += "; the last column is predicted where --target names no other"
            }
            throw error
        }
    }

    /// A report that cannot be made does not spoil the run.
    private func writeReport(_ run: String, _ data: PreparedData) {
        do { try RunReport(RunFolder(run), data: data) { Interruption.isRequested }.write() } catch {
            Terminal.note("note: no report was made: \(error)\n")
        }
    }

    /// On standard error beside `--json`, whose object is alone on standard output.
    private func draw(_ result: TrainingResult) throws {
        let curves = try RunCurves(RunFolder(result.run), metricName: result.plan.metricName)
        let isColored = json ? Terminal.isErrorTerminal : Terminal.isOutputTerminal
        let text = curves.lines(columns: Terminal.columns, isColored: isColored).joined(separator: "\n")
        if json { Terminal.note(text + "\n", isOurs: true) } else { try Terminal.print(text, isOurs: true) }
    }

    private func searchRate(_ configuration: TrainingConfiguration, _ data: PreparedData) throws {
        for note in data.notes where !quiet { Terminal.note("note: \(note)\n") }
        Interruption.listen()
        let search = try RateFinder(configuration, data: data).run { Interruption.isRequested }
        let source = URL(fileURLWithPath: configuration.data ?? "").deletingPathExtension().lastPathComponent
        let folder = RunFolder(out ?? RunFolder.next(for: source + "-rates"))
        try search.write(to: folder)
        let command = search.suggestion.map { rate in
            return
                (["thalweg"] + Self.words(trainingAs: Terminal.arguments) + [
                    "--learning-rate", String(format: "%.2g", rate),
                ]).map(\.shellQuoted)
                .joined(separator: " ")
        }
        let report = RateReport(search: search, folder: folder, command: command)
        if !quiet, json { Terminal.note(report.text(columns: Terminal.columns) + "\n") }
        if json {
            try Terminal.print(report.json.jsonLine)
        } else if quiet {
            try Terminal.print(search.suggestion.map { numberText($0) } ?? "none")
        } else {
            try Terminal.print(report.text(columns: Terminal.columns))
        }
    }

    /// The command's words without those that belong to the search for a rate.
    private static func words(trainingAs words: [String]) -> [String] {
        var (kept, rest) = ([String](), words[...])
        while let word = rest.popFirst() {
            if word == "--out" { _ = rest.popFirst() }
            guard !["--find-rate", "--json", "--quiet", "--out"].contains(word), !word.hasPrefix("--out=") else {
                continue
            }
            kept.append(word)
        }
        return kept
    }

    /// The run's own configuration when resuming, else the defaults; then the file, then the options, then `--set`.
    private func merged() throws -> TrainingConfiguration {
        var configuration = TrainingConfiguration()
        if resume, let out {
            do { configuration = try RunFolder(out).settings() } catch let error as TrainingError {
                // None when the run was ended in its first moment: then everything stands on the command line.
                guard RunFolder(out).exists, data != nil || sources.config != nil else { throw error }
            }
        }
        try sources.readFile(into: &configuration)
        try sources.apply(data: data, settings, to: &configuration)
        return configuration
    }
}
