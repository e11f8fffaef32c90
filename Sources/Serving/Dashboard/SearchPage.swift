import Foundation
import ThalwegDataSets
import ThalwegPractice
import ThalwegTraining

/// The searches below the folder of runs.
struct SearchesPage: DashboardPage {
    let title = "Searches"
    let controls = HTML()
    private let searches: [(path: String, trials: Int)]

    init(_ dashboard: Dashboard, _ parameters: Parameters) throws {
        searches = try dashboard.index.searches().map { path in
            (path, TrialJournal(dashboard.index.folder.appendingPathComponent(path)).trials.count)
        }
    }

    var live: HTML {
        guard !searches.isEmpty else {
            return element("p") { "No searches in this folder; thalweg tune makes them." }
        }
        return element("ul") {
            for search in searches {
                element("li") {
                    element("a", ["href": Parameters.link("/search", [("path", search.path)])]) {
                        search.path.isEmpty ? "(this folder)" : search.path
                    }
                    ", \(counted(search.trials, "trial")) ended"
                }
            }
        }
    }
}

/// One search: its trials by settings and outcome, as they end.
struct TrialsPage: DashboardPage {
    let title: String
    private let path: String
    private let journal: TrialJournal
    private let objective: String
    private let isHigherBetter: Bool
    private let hasReport: Bool
    /// Trials whose run folders are there.
    private let runs: Set<String>

    init(_ dashboard: Dashboard, _ parameters: Parameters) throws {
        path = parameters["path"] ?? ""
        guard try dashboard.index.searches().contains(path) else { throw NotFound() }
        title = "Search \(path)"
        let folder = dashboard.index.folder.appendingPathComponent(path)
        journal = TrialJournal(folder)
        var query = RunQuery()
        query.conditions = [.init("search", .equal, path)]
        let trials = try dashboard.index.runs(query)
        runs = Set(trials.map(\.path))
        objective = journal.objective ?? trials.first?.metric ?? "objective"
        isHigherBetter = RunSummary.isHigherBetter(objective)
        hasReport = FileManager.default.fileExists(atPath: folder.appendingPathComponent("search.html").path)
    }

    var controls: HTML {
        guard hasReport else { return HTML() }
        return element("p") {
            element("a", ["href": Parameters.link("/search-report", [("path", path)])]) { "Report of the search" }
        }
    }

    /// The best first; those without an outcome last.
    private var ranked: [TrialRecord] {
        func key(_ trial: TrialRecord) -> Double {
            guard let value = trial.objective, value.isFinite else { return .infinity }
            return isHigherBetter ? -value : value
        }
        return journal.trials.sorted { (key($0), $0.trial) < (key($1), $1.trial) }
    }

    var live: HTML {
        let keys = Set(journal.trials.flatMap(\.parameters.keys)).sorted()
        return HTMLBuilder.buildBlock(
            element("p", ["role": "status"]) {
                "\(counted(journal.trials.count, "trial")) ended"
                    + (ranked.first?.objective.map { ", best \(objective) \(figureText($0, objective))" } ?? "")
            },
            journal.trials.isEmpty ? HTML() : coordinates(keys), journal.trials.isEmpty ? HTML() : table(keys))
    }

    private func coordinates(_ keys: [String]) -> HTML {
        let done = journal.trials.filter { $0.objective != nil }
        let varied = keys.filter { key in Set(done.map { $0.parameters[key]?.text ?? "" }).count > 1 }
        let axes = varied.map { key in Axis.spread(key, over: done.compactMap { $0.parameters[key]?.number }) }
        let lines = done.map { trial in
            ParallelCoordinates.Line(
                "trial \(trial.trial)",
                varied.map { trial.parameters[$0]?.coordinate } + [trial.objective.map { .number($0) }])
        }
        return ParallelCoordinates(
            "Settings and \(objective)", axes: axes + [.spread(objective, over: done.compactMap(\.objective))],
            lines: lines,
            isHigherBetter: isHigherBetter, absent: "unchanged"
        ).html
    }

    private func table(_ keys: [String]) -> HTML {
        element("div", ["class": "scroll wide", "tabindex": "0", "role": "region", "aria-label": "Trials"]) {
            element("table") {
                element("caption") { "Trials, the best first" }
                element("thead") {
                    element("tr") {
                        for name in ["trial", "status", objective, "epochs", "time"] + keys {
                            element("th", ["scope": "col"]) { name }
                        }
                    }
                }
                element("tbody") {
                    for trial in ranked.prefix(1000) { row(trial, keys) }
                }
            }
        }
    }

    private func row(_ trial: TrialRecord, _ keys: [String]) -> HTML {
        let run = path.isEmpty ? trial.folder : "\(path)/\(trial.folder)"
        return element("tr") {
            element("th", ["scope": "row"]) {
                if runs.contains(run) {
                    element("a", ["href": Parameters.link("/run", [("path", run)])]) { "\(trial.trial)" }
                } else {
                    "\(trial.trial)"
                }
            }
            element("td", ["class": "status \(trial.status.rawValue)"]) {
                trial.status.rawValue + (trial.reason.map { ": \($0)" } ?? "")
            }
            element("td", ["class": "number"]) { trial.objective.map { figureText($0, objective) } ?? "–" }
            element("td", ["class": "number"]) { trial.epochs.map(grouped) ?? "–" }
            element("td", ["class": "number"]) { trial.seconds.map(duration) ?? "–" }
            for key in keys { element("td") { trial.parameters[key]?.text ?? "–" } }
        }
    }
}
