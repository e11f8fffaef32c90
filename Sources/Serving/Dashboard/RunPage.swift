import ThalwegDataSets
import ThalwegPractice
import ThalwegTraining

/// One run: how it stands, its curves, figures and settings.
struct RunPage: DashboardPage {
    let title: String
    private let run: RunSummary
    private let curves: RunCurves?

    init(_ dashboard: Dashboard, _ parameters: Parameters) throws {
        guard let path = parameters["path"], let run = try dashboard.index.run(path) else { throw NotFound() }
        self.run = run
        title = run.path
        curves = dashboard.curves.curves(dashboard.index.runFolder(run), metricName: run.metric ?? "metric")
    }

    var controls: HTML {
        let files = [("report.html", "/report", "Report"), ("errors.html", "/errors", "Errors")].filter {
            run.artifacts.contains($0.0)
        }
        return element("p") {
            for file in files {
                element("a", ["href": Parameters.link(file.1, [("path", run.path)])]) { file.2 }
                " "
            }
            if let search = run.search {
                element("a", ["href": Parameters.link("/search", [("path", search)])]) { "Search \(search)" }
            }
        }
    }

    var live: HTML {
        HTMLBuilder.buildBlock(
            element("p", ["class": "status \(run.status?.rawValue ?? "")"]) {
                (run.status?.rawValue ?? "status unknown") + (run.problem.map { ": \($0)" } ?? "") + progress
            },
            element("div", ["class": "cards"]) {
                if let curves {
                    for quantity in RunCurves.Quantity.allCases {
                        if let chart = curves.chart(quantity) { chart.html }
                    }
                }
            },
            section("Figures") {
                DataTable("Figures", columns: ["figure", "value"], rows: figures).html
            },
            section("How it was made") { descriptionList(facts) },
            section("Settings") {
                DataTable(
                    "Settings in force", columns: ["setting", "value"],
                    rows: run.settings.sorted { $0.key < $1.key }.map { [$0.key, $0.value] }
                ).html
            })
    }

    private var progress: String {
        guard run.status == .running, let last = curves?.last else { return "" }
        return ", at step \(grouped(last.step))"
            + (run.settings["epochs"].map { ", epoch \(grouped(last.epoch)) of \($0)" } ?? "")
    }

    private var figures: [[String]] {
        RunComparison([run]).figures.map { [$0.name, ($0.values[0] ?? "–")] }
    }

    private var facts: [(name: String, value: HTML)] {
        let facts: [(String, String?)] = [
            ("Started", run.started.map(RunTable.localTime)), ("Ended", run.ended.map(RunTable.localTime)),
            ("Data", run.data), ("Fingerprint", run.fingerprint), ("Network", run.network),
            ("Parameters", run.parameters.map(grouped)), ("Command", run.command), ("Given in", run.commandFolder),
            ("Commit", run.git.map { $0.commit + ($0.isChanged ? ", with changes" : "") }),
            (
                "Machine",
                run.environment.map { "\($0.processor), \(counted($0.cores, "core")), \($0.system), \($0.host)" }
            ),
            ("Thalweg", run.environment?.thalweg), ("Files", run.artifacts.joined(separator: ", ")),
        ]
        return facts.compactMap { name, value in value.map { (name, HTML(text: $0)) } }
    }
}
