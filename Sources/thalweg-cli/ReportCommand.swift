import ArgumentParser
import Foundation
import Thalweg
import ThalwegPractice

struct ReportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "report",
        abstract: "Writes report.html into a run folder: curves, figures, findings, the network, how to repeat it.",
        discussion: """
            Training writes it at its end; this writes it again, with what was found since, or for a run that was ended early.

            EXAMPLE
              thalweg report runs/digits-1
            """)

    @Argument(help: ArgumentHelp("The run folder.", valueName: "run"))
    var folder: String

    @Flag(help: "Print one JSON object as the last line of standard output.")
    var json = false

    private struct Report: Encodable {
        var run: String
        var report: String
    }

    func run() throws {
        let run = RunFolder(folder)
        let report = try RunReport(run)
        for problem in report.problems { Terminal.note("note: \(problem); the report does without it\n") }
        try report.write()
        let file = run.report.relativePath
        try Terminal.print(json ? Report(run: folder, report: file).jsonLine : file)
    }
}
