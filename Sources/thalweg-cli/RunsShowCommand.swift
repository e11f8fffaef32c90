import ArgumentParser
import Foundation
import Thalweg
import ThalwegPractice

struct RunsShowCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Shows one run: how it was made, how it stands, what came out.",
        discussion: """
            EXAMPLE
              thalweg runs show runs/digits-1 --plot
            """)

    @OptionGroup var place: RunsOptions

    @Argument(help: ArgumentHelp("The run folder.", valueName: "run"))
    var name: String

    @Flag(help: "Draw cost and metric.")
    var plot = false

    @Flag(help: "Print one JSON object as the last line of standard output.")
    var json = false

    func run() throws {
        let run = try place.run(name)
        if json { return try Terminal.print(run.jsonLine) }
        try Terminal.print(aligned(Self.rows(run)).joined(separator: "\n"))
        let figures = RunComparison([run]).figures.dropFirst(3).map { [$0.name, $0.values[0] ?? "-"] }
        if !figures.isEmpty { try Terminal.print("\n" + aligned(figures).joined(separator: "\n")) }
        guard plot else { return }
        let curves = try RunCurves(RunFolder(run.path), metricName: run.metric ?? "metric")
        try Terminal.print("")
        try Terminal.print(
            curves.lines(columns: Terminal.columns, isColored: Terminal.isOutputTerminal).joined(separator: "\n"),
            isOurs: true)
    }

    private static func rows(_ run: RunSummary) -> [[String]] {
        let rows: [(String, String?)] = [
            ("run", run.path), ("status", run.status.map { $0.rawValue + (run.problem.map { ": \($0)" } ?? "") }),
            ("started", run.started.map(RunTable.localTime)), ("ended", run.ended.map(RunTable.localTime)),
            ("data", run.data), ("fingerprint", run.fingerprint), ("task", run.task), ("network", run.network),
            ("parameters", run.parameters.map(grouped)),
            (
                "training",
                run.steps.map { "\(counted($0, "step")), \(counted(run.epochs ?? 0, "epoch")), seed \(run.seed ?? 0)" }
            ),
            ("command", run.command),
            ("given in", run.commandFolder),
            ("commit", run.git.map { $0.commit + ($0.isChanged ? " (with changes)" : "") }),
            (
                "machine",
                run.environment.map { "\($0.processor), \(counted($0.cores, "core")), \($0.system), \($0.host)" }
            ),
            ("made by", run.environment.map { "thalweg \($0.thalweg)" }),
            ("files", run.artifacts.joined(separator: ", ")),
        ]
        return rows.compactMap { name, value in value.map { [name, $0] } }
    }
}
