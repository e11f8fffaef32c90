import ArgumentParser
import Thalweg

struct GradcheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gradcheck",
        abstract: "Compares gradients with finite differences.",
        discussion: """
            Without a run every operation, activation, layer and loss is checked; with one, the trained network on a few examples of
            its data, in float64, penalties included, dropout off. The error is |approximate - gradient| / (|approximate| + |gradient|):
            up to 1e-7 is great, from 1e-3 a bug, between them worth a look. Exit code 1 when there is a bug.

            EXAMPLES
              thalweg gradcheck
              thalweg gradcheck runs/digits-1
            """)

    @Argument(help: ArgumentHelp("The run folder; the building blocks when not given.", valueName: "run"))
    var folder: String?

    @Option(help: "Examples of the run's data to check with.", transform: wholeNumber(atLeast: 2))
    var examples = 32

    @Flag(help: "Print one JSON object as the last line of standard output.")
    var json = false

    private struct Report: Encodable {
        struct Check: Encodable {
            var kind: String
            var name: String
            var error: Double
            var verdict: String
            var component: String?
        }
        var verdict: String
        var worst: Double
        var checks: [Check]
    }

    func run() throws {
        var checks: [Report.Check] = []
        var worst = GradientReport.Verdict.great
        func take(_ kind: String, _ name: String, _ report: GradientReport) throws {
            worst = max(worst, report.verdict)
            let culprit = report.culprit.map { "\($0.name)\($0.worst.index)" }
            checks.append(
                .init(kind: kind, name: name, error: report.error, verdict: report.verdict.rawValue, component: culprit)
            )
            guard !json else { return }
            let line =
                kind.padding(to: 12) + name.padding(to: 28) + significant(report.error, 3).padding(to: 12)
                + report.verdict.rawValue
            try Terminal.print(line + (report.verdict > .great ? "  " + (culprit ?? "") : ""))
        }
        if let folder {
            for entry in try TrainedModel.gradientReport(run: folder, examples: examples).entries {
                worst = max(worst, entry.verdict)
                checks.append(
                    .init(
                        kind: "parameter", name: entry.name, error: entry.error, verdict: entry.verdict.rawValue,
                        component: "\(entry.worst.index)"))
                guard !json else { continue }
                try Terminal.print(
                    entry.name.padding(to: 28) + significant(entry.error, 3).padding(to: 12)
                        + entry.verdict.rawValue.padding(to: 8)
                        + "\(entry.checked) of \(entry.count) components, worst \(entry.worst.index)")
            }
        } else {
            for check in GradientCheckTable.all { try take(check.kind.rawValue, check.name, try check.run()) }
        }
        let error = checks.map(\.error).max() ?? 0
        if json {
            try Terminal.print(Report(verdict: worst.rawValue, worst: error, checks: checks).jsonLine)
        } else {
            try Terminal.print("\(checks.count) checks, greatest error \(significant(error, 3)): \(worst.rawValue)")
        }
        if worst == .bug {
            throw CommandFailure(description: "a gradient is wrong: \(checks.max { $0.error < $1.error }?.name ?? "")")
        }
    }
}
