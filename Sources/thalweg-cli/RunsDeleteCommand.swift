import ArgumentParser
import Foundation
import Thalweg
import ThalwegPractice

struct RunsDeleteCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "delete", abstract: "Removes run folders, but none in which training is under way.",
        discussion: """
            EXAMPLES
              thalweg runs delete runs/digits-1
              thalweg runs delete --where "status=killed" --yes
            """)

    @OptionGroup var place: RunsOptions

    @Argument(help: ArgumentHelp("Run folders.", valueName: "run"))
    var names: [String] = []

    @Option(
        name: .customLong("where"), parsing: .singleValue,
        help: ArgumentHelp("All runs of which this holds, as for list.", valueName: "COND"))
    var conditions: [String] = []

    @Flag(help: "Do not ask.")
    var yes = false

    func validate() throws {
        guard !names.isEmpty || !conditions.isEmpty else { throw ValidationError("delete needs runs, or --where") }
    }

    func run() throws {
        var folders = try names.map(place.ownRun)
        if !conditions.isEmpty {
            let query = try RunsFilter.query(conditions)
            let index = try place.index()
            folders += try index.runs(query).map(index.runFolder)
        }
        guard !folders.isEmpty else { return try Terminal.print("No run matches.") }
        // All or none: what cannot go is said before anything is gone.
        if let busy = folders.first(where: { $0.status == .running }) { throw TrainingError.busy(busy.path) }
        guard yes || confirmed(folders) else {
            throw CommandFailure(description: "nothing was removed; --yes removes without asking")
        }
        for folder in folders { try folder.delete() }
        try Terminal.print("Removed \(counted(folders.count, "run")).")
    }

    private func confirmed(_ folders: [RunFolder]) -> Bool {
        for folder in folders.prefix(10) { Terminal.note("\(folder.path)\n") }
        if folders.count > 10 { Terminal.note("and \(grouped(folders.count - 10)) more\n") }
        guard isatty(STDIN_FILENO) == 1 else { return false }
        Terminal.note("Remove \(counted(folders.count, "run")) for good? [y/N] ")
        return ["y", "yes"].contains(readLine()?.lowercased())
    }
}
