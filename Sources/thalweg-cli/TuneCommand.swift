import ArgumentParser
import Foundation
import Thalweg
import ThalwegPractice

struct TuneCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "tune",
        abstract: "Searches settings that make a better network, and trains it.",
        discussion: """
            Trains with many settings, each trial in a process of its own, judges them by the dev examples, and trains the
            winner once more, on the dev examples, too; the test examples are looked at once, by the winner. Trial 0 is the
            settings as they are, which win where nothing is better beyond noise. Settings given here are those of every
            trial.

            EXAMPLES
              thalweg tune digits
              thalweg tune houses.csv --target price --trials 60 --parallel 2
              thalweg tune income.csv --objective loss --subject-to "latency_ms<0.5"
              thalweg tune moons.csv --space space.toml --strategy grid --epochs 200
              thalweg tune --resume runs/houses-search-1

            A SPACE, space.toml
              learning-rate = { log = [0.0005, 0.05] }
              layers = { depth = [1, 3], width = [16, 256] }
              activation = ["relu", "tanh"]
              optimizer = ["adam", "momentum"]
              "optimizer.beta1" = { one-minus-log = [0.8, 0.999] }
              l2 = { log = [0.01, 10], skip = 0.5 }
            """)

    @Argument(help: "digits, a CSV or TSV file, a folder of IDX files, or an .npz with train_x, train_y or x, y.")
    var data: String?

    @Option(
        help: ArgumentHelp("What is searched; a space that suits the data when not given.", valueName: "FILE.toml"),
        completion: .file(extensions: ["toml"]))
    var space: String?

    @Option(
        help: ArgumentHelp("Trials, the settings as they are among them; 30 when not given.", valueName: "N"),
        transform: wholeNumber(atLeast: 1, atMost: SearchOptions.mostTrials))
    var trials: Int?

    @Option(
        help: ArgumentHelp("Trials at a time; each gets its share of the threads.", valueName: "P"),
        transform: wholeNumber(atLeast: 1, atMost: Setting.mostThreads))
    var parallel = 1

    @Option(
        help: ArgumentHelp("coarse-to-fine (when not given), random, halving or grid.", valueName: "NAME"),
        completion: .list(strategies),
        transform: strategy)
    var strategy: SearchStrategy?

    @Option(
        help: ArgumentHelp(
            "What to make best on the dev examples; the task's metric when not given.", valueName: "METRIC"))
    var objective: String?

    @Option(
        name: .customLong("subject-to"), parsing: .singleValue,
        help: ArgumentHelp("A condition, as \"latency_ms<5\"; may be given several times.", valueName: "METRIC<X"))
    var conditions: [String] = []

    @Option(
        help: ArgumentHelp(
            "The best so many, and the settings as they are, train anew on three or four other dev sets, which decide; 5 when not given, 0 for none.",
            valueName: "K"),
        transform: wholeNumber(atLeast: 0))
    var finalists: Int?

    @Flag(help: "End trials early that do worse than half of the others did at the same epoch.")
    var prune = false

    @Flag(help: "Leave the dev examples apart when the winner is trained, instead of learning from them, too.")
    var keepDev = false

    @Option(
        help: ArgumentHelp("Seconds that a training may take.", valueName: "X"), transform: wholeNumber(atLeast: 1))
    var timeLimit: Int?

    @OptionGroup(title: "Settings")
    var settings: SettingOptions

    @Option(
        help: ArgumentHelp("The search folder; a new one under runs/ when not given.", valueName: "DIR"),
        transform: folderName)
    var out: String?

    @Option(
        help: ArgumentHelp("Go on with the search in this folder; nothing finished is done again.", valueName: "DIR"),
        transform: folderName)
    var resume: String?

    @OptionGroup var sources: SettingSources

    @Flag(help: "Print one JSON object as the last line of standard output.")
    var json = false

    @Flag(help: "Print nothing but results and errors.")
    var quiet = false

    /// Metrics that no task has; whether the task at hand has them, the data tell.
    private func requireNames() throws {
        func require(_ read: (Task) throws -> Void) throws {
            try asUsage {
                do { try read(.regression) } catch let error as ConfigurationError {
                    guard Task.allCases.contains(where: { (try? read($0)) != nil }) else { throw error }
                }
            }
        }
        if let objective { try require { _ = try SearchObjective(objective, task: $0) } }
        for condition in conditions { try require { _ = try SearchConstraint(condition, task: $0) } }
    }

    func run() throws {
        try requireNames()
        var execution = Search.Execution(executable: try Self.executable())
        execution.parallel = parallel
        execution.isInterrupted = { Interruption.isRequested }
        let progress = SearchProgress(isQuiet: quiet)
        let search: Search
        if let resume {
            guard data == nil, space == nil, out == nil, sources.config == nil, settings.assignments.isEmpty,
                sources.assignments.isEmpty, strategy == nil, objective == nil, conditions.isEmpty, finalists == nil,
                timeLimit == nil, !prune, !keepDev
            else {
                throw ValidationError(
                    "--resume goes on with the search as it is; only --trials and --parallel go with it")
            }
            search = try Search(resuming: resume, trials: trials, execution: execution, observer: progress)
        } else {
            let (base, fixed, inFile) = try merged()
            guard let data = base.data else {
                throw CommandFailure(description: "no data: name digits, a file or a folder to train on", code: 64)
            }
            let read = try space.map { try SearchSpace(contentsOf: URL(fileURLWithPath: $0), base: base) }
            search = try Search(
                creating: out ?? SearchFolder.next(for: data), options: options(seed: base.seed), space: read,
                base: base,
                fixed: fixed, read: inFile, execution: execution, observer: progress)
        }
        Interruption.listen()
        let result: SearchResult
        do { result = try search.run() } catch let error as SearchError {
            guard case .interrupted = error else { throw error }
            throw CommandFailure(description: error.description, code: Interruption.exitCode)
        }
        let report = SearchReport(result)
        if json {
            if !quiet { Terminal.note(report.text + "\n") }
            try Terminal.print(report.json.jsonLine)
        } else {
            try Terminal.print(quiet ? report.line : report.text)
        }
    }

    private static let strategies = SearchStrategy.allCases.map(\.rawValue)

    private static func strategy(_ text: String) throws -> SearchStrategy {
        guard let strategy = SearchStrategy(rawValue: text) else {
            let near = nearestName(to: text, among: strategies).map { "; did you mean '\($0)'?" } ?? ""
            throw ValidationError("no strategy of this name; there are \(strategies.joined(separator: ", "))\(near)")
        }
        return strategy
    }

    private func options(seed: Int) -> SearchOptions {
        var options = SearchOptions()
        options.strategy = strategy ?? options.strategy
        options.trials = trials ?? (strategy == .grid ? nil : SearchOptions.usualTrials)
        options.seed = seed
        options.objective = objective
        options.constraints = conditions
        options.finalists = finalists ?? options.finalists
        options.timeLimit = timeLimit.map(Double.init)
        options.prunes = prune
        options.keepsDev = keepDev
        return options
    }

    /// The defaults, then the file, then the options, then `--set`; and the keys of what was given, and of what is in the file.
    private func merged() throws -> (TrainingConfiguration, fixed: Set<String>, inFile: Set<String>) {
        var configuration = TrainingConfiguration()
        try sources.readFile(into: &configuration)
        let defaults = TrainingConfiguration()
        let changed = Setting.all.filter { $0.read(configuration) != $0.read(defaults) }.map(\.key)
        let given = try sources.apply(data: data, settings, to: &configuration)
        return (configuration, given, Set(changed).subtracting(given))
    }

    /// This very program.
    private static func executable() throws -> String {
        #if os(Linux)
            let path = "/proc/self/exe"
            var buffer = [CChar](repeating: 0, count: 4097)
            let length = readlink(path, &buffer, buffer.count - 1)
            guard length > 0 else { throw CommandFailure(description: "\(path) cannot be read to start trials") }
            return String(decoding: buffer[..<length].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        #else
            return Bundle.main.executablePath ?? CommandLine.arguments[0]
        #endif
    }
}
