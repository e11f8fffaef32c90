import ArgumentParser
import Foundation
import Thalweg
import ThalwegPractice

struct RunsCompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare", abstract: "Sets runs beside each other: settings that differ, and what came out.",
        discussion: """
            EXAMPLE
              thalweg runs compare runs/digits-1 runs/digits-2 --plot
            """)

    @OptionGroup var place: RunsOptions

    @Argument(help: ArgumentHelp("Two run folders or more.", valueName: "run"))
    var names: [String]

    @Flag(help: "Show settings that are alike, too.")
    var all = false

    @Flag(help: "Draw the dev costs (training costs where there is no dev set) over each other.")
    var plot = false

    @Flag(help: "Print one JSON object as the last line of standard output.")
    var json = false

    private struct Report: Encodable {
        var runs: [String]
        var settings: [RunComparison.Row]
        var figures: [String: [Double?]]
    }

    func validate() throws {
        guard names.count >= 2 else { throw ValidationError("compare needs two runs or more") }
    }

    func run() throws {
        let runs = try names.map(place.run)
        let comparison = RunComparison(runs, isComplete: all)
        if json {
            let names = Set(runs.flatMap(\.figures.keys))
            let figures = Dictionary(uniqueKeysWithValues: names.map { name in (name, runs.map { $0.figures[name] }) })
            return try Terminal.print(
                Report(runs: runs.map(\.path), settings: comparison.settings, figures: figures).jsonLine)
        }
        try Terminal.print(comparison.lines.joined(separator: "\n"))
        guard plot else { return }
        let series = try runs.flatMap { run in
            let curves = try RunCurves(RunFolder(run.path), metricName: run.metric ?? "metric").series(
                .cost, prefix: run.path + " ")
            return curves.suffix(1)
        }
        let lines = TerminalPlot("Cost by step", x: Axis("step"), y: Axis("cost"), series: Array(series))
            .lines(columns: min(Terminal.columns, 120), isColored: Terminal.isOutputTerminal)
        try Terminal.print("\n" + lines.joined(separator: "\n"), isOurs: true)
    }
}
