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
            /// Components compared, those that are 0, and those too small to be compared.
            var compared: Int
            var zero: Int
            var tooSmall: Int
        }
        var verdict: String
        var worst: Double
        var checks: [Check]
    }

    func run() throws {
        var checks: [Report.Check] = []
        var worst = GradientReport.Verdict.unmeasured
        func take(
            _ kind: String, _ name: String, _ entries: [GradientReport.Entry], verdict: GradientReport.Verdict,
            error: Double, component: String?
        ) throws {
            worst = max(worst, verdict)
            let check = Report.Check(
                kind: kind, name: name, error: error, verdict: verdict.rawValue, component: component,
                compared: entries.reduce(0) { $0 + $1.compared }, zero: entries.reduce(0) { $0 + $1.zero },
                tooSmall: entries.reduce(0) { $0 + $1.tooSmall })
            checks.append(check)
            guard !json else { return }
            let number = check.compared == 0 ? "-" : numberText(error)
            var remarks = [
                "compared \(grouped(check.compared)) of \(counted(entries.reduce(0) { $0 + $1.count }, "component"))"
            ]
            if check.zero > 0 { remarks.append("\(grouped(check.zero)) are 0") }
            if check.tooSmall > 0 { remarks.append("\(grouped(check.tooSmall)) too small to compare") }
            let kinks = entries.reduce(0) { $0 + $1.atKinks }
            if kinks > 0 { remarks.append("\(grouped(kinks)) at kinks left out") }
            if verdict > .great, let component { remarks.append("worst \(component)") }
            try Terminal.print(
                kind.padding(to: 12) + name.padding(to: 28) + number.padding(to: 12)
                    + verdict.rawValue.padding(to: 12) + remarks.joined(separator: ", "))
        }
        if let folder {
            for entry in try TrainedModel.gradientReport(run: folder, examples: examples).entries {
                try take(
                    "parameter", entry.name, [entry], verdict: entry.verdict, error: entry.error,
                    component: "\(entry.worst.index)")
            }
        } else {
            for check in GradientCheckTable.all {
                let report = try check.run()
                try take(
                    check.kind.rawValue, check.name, report.entries, verdict: report.verdict, error: report.error,
                    component: report.culprit.map { "\($0.name)\($0.worst.index)" })
            }
        }
        let error = checks.map(\.error).max() ?? 0
        if json {
            try Terminal.print(Report(verdict: worst.rawValue, worst: error, checks: checks).jsonLine)
        } else {
            let unmeasured = checks.count { $0.verdict == GradientReport.Verdict.unmeasured.rawValue }
            try Terminal.print(
                "\(counted(checks.count, "check")), greatest error \(numberText(error)): \(worst.rawValue)"
                    + (unmeasured > 0 ? "; \(grouped(unmeasured)) could not be measured" : ""))
        }
        if worst == .bug {
            throw CommandFailure(description: "a gradient is wrong: \(checks.max { $0.error < $1.error }?.name ?? "")")
        }
    }
}

extension String {
    /// With spaces up to `columns`, two at least: what follows cannot touch it.
    fileprivate func padding(to columns: Int) -> String {
        self + String(repeating: " ", count: max(2, columns - count))
    }
}
