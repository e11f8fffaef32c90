import ArgumentParser
import Foundation
import Thalweg
import ThalwegPractice

struct RunsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "runs",
        abstract: "Lists, compares and removes runs.",
        discussion: """
            Run folders are the truth; an index beside them, made anew whenever it is missing or damaged, makes them searchable.

            EXAMPLES
              thalweg runs
              thalweg runs list --where "dev_accuracy>0.95 and status=finished" --sort dev_accuracy --limit 10
              thalweg runs show runs/digits-1 --plot
              thalweg runs compare runs/digits-1 runs/digits-2
              thalweg runs delete --where "status=killed" --yes
              thalweg runs export --out runs.csv
            """,
        subcommands: [
            RunsListCommand.self, RunsShowCommand.self, RunsCompareCommand.self, RunsDeleteCommand.self,
            RunsExportCommand.self, RunsRebuildCommand.self,
        ], defaultSubcommand: RunsListCommand.self)
}

/// Where the runs are.
struct RunsOptions: ParsableArguments {
    @Option(help: ArgumentHelp("The folder of runs, searched with the folders in it.", valueName: "DIR"))
    var runs = "runs"

    /// The index, up to date.
    func index() throws -> RunIndex {
        let index = try RunIndex(runs)
        try index.refresh()
        index.tellNotes()
        return index
    }

    /// The run that `text` names: a run folder, or one in the folder of runs.
    func run(_ text: String) throws -> RunSummary {
        let inside = URL(fileURLWithPath: runs).appendingPathComponent(text).relativePath
        for path in [text, inside] where RunFolder(path).isRun { return try RunSummary(contentsOf: path) }
        return try RunSummary(contentsOf: text)
    }

    /// The run that `text` names, if it lies in the folder of runs: what is removed is not looked for elsewhere.
    func ownRun(_ text: String) throws -> RunFolder {
        let folder = URL(fileURLWithPath: runs)
        let inside = folder.appendingPathComponent(text).relativePath
        let found = [inside, text].filter { RunFolder($0).isRun }
        let place = folder.standardizedFileURL.path + "/"
        if let own = found.first(where: { URL(fileURLWithPath: $0).standardizedFileURL.path.hasPrefix(place) }) {
            return RunFolder(own)
        }
        guard let other = found.first else { return RunFolder(try run(text).path) }
        let parent = URL(fileURLWithPath: other).deletingLastPathComponent().relativePath
        throw CommandFailure(
            description:
                "'\(other)' does not lie in '\(runs)', so it is not removed; name its folder: --runs \(parent.shellQuoted)"
        )
    }
}

extension RunIndex {
    /// Says what is not as one would expect.
    fileprivate func tellNotes() {
        for note in [note, unreadable.note].compactMap({ $0 }) { Terminal.note("note: \(note)\n") }
    }
}

/// Which runs, in which order.
struct RunsFilter: ParsableArguments {
    @Option(
        name: .customLong("where"), parsing: .singleValue,
        help: ArgumentHelp(
            "Only runs of which this holds: a figure, a setting or a field, compared by < <= > >= = != or ~ (contains); several with `and`.",
            valueName: "COND"))
    var conditions: [String] = []

    @Option(
        help: ArgumentHelp(
            "Order: figures the best first, dates the newest first. Newest when not given.", valueName: "FIELD"))
    var sort: String?

    @Flag(help: "The other way round.")
    var reverse = false

    @Option(help: "At most so many runs; a table shows 100 when not given.", transform: wholeNumber(atLeast: 1))
    var limit: Int?

    @Flag(help: "Leave out the trials of searches.")
    var noTrials = false

    func query() throws -> RunQuery {
        var query = try Self.query(conditions, sort: sort)
        query.isReversed = reverse
        query.limit = limit
        query.includesTrials = !noTrials
        return query
    }

    static func query(_ conditions: [String], sort: String? = nil) throws -> RunQuery {
        try asUsage { try RunQuery(where: conditions, sort: sort) }
    }
}

struct RunsListCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "Lists runs (what `thalweg runs` does by itself).",
        discussion: """
            EXAMPLES
              thalweg runs list --where "data~houses and test_rmse<50000" --sort test_rmse
              thalweg runs list --where "learning-rate>0.01" --where "status=finished" --json
            """)

    @OptionGroup var place: RunsOptions
    @OptionGroup var filter: RunsFilter

    @Flag(help: "Print one JSON object as the last line of standard output.")
    var json = false

    func run() throws {
        var query = try filter.query()
        // Nobody reads thousands of lines; programs may want them.
        if !json, query.limit == nil { query.limit = 100 }
        let index = try place.index()
        if json {
            let runs = try index.json(query)
            let count = query.limit == nil ? runs.count : try index.count(query)
            return try Terminal.print("{\"count\":\(count),\"runs\":[\(runs.joined(separator: ","))]}")
        }
        let entries = try index.entries(query)
        guard !entries.isEmpty else {
            let all = try index.count()
            return try Terminal.print(
                all == 0 ? "No runs in \(place.runs)." : "None of \(counted(all, "run")) matches.")
        }
        try Terminal.print(entries.lines.joined(separator: "\n"))
        let count = try index.count(query)
        if entries.count < count {
            try Terminal.print("\(grouped(entries.count)) of \(grouped(count)) runs; --limit shows more")
        }
    }
}

struct RunsExportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "export", abstract: "Writes runs as CSV, with a column for every figure and setting.",
        discussion: """
            EXAMPLE
              thalweg runs export --where "data~houses" --out houses.csv
            """)

    @OptionGroup var place: RunsOptions
    @OptionGroup var filter: RunsFilter

    @Option(help: ArgumentHelp("The CSV file; standard output when not given.", valueName: "FILE"))
    var out: String?

    func run() throws {
        if let out { try requireSpare(out, option: "out") }
        let query = try filter.query()
        let text = RunTable(try place.index().runs(query)).csv
        guard let out else { return try Terminal.data(String(text.dropLast())) }
        try writeAtomically(URL(fileURLWithPath: out)) { try $0.write(text) }
    }
}

struct RunsRebuildCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rebuild", abstract: "Makes the index anew from the run folders.",
        discussion: """
            EXAMPLE
              thalweg runs rebuild --runs experiments
            """)

    @OptionGroup var place: RunsOptions

    func run() throws {
        let index = try RunIndex(place.runs)
        try index.rebuild()
        index.tellNotes()
        try Terminal.print("\(counted(try index.count(), "run")) in \(place.runs)")
    }
}
