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
            var query = RunQuery()
            query.conditions = [.init("search", .equal, path)]
            return (path, try dashboard.index.count(query))
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
                    ", \(counted(search.trials, "trial"))"
                }
            }
        }
    }
}

/// One search: its trials by settings and outcome.
struct SearchPage: DashboardPage {
    let title: String
    let controls = HTML()
    private let trials: [RunSummary]

    init(_ dashboard: Dashboard, _ parameters: Parameters) throws {
        let path = parameters["path"] ?? ""
        guard try dashboard.index.searches().contains(path) else { throw NotFound() }
        title = "Search \(path)"
        var query = RunQuery()
        query.conditions = [.init("search", .equal, path)]
        trials = try dashboard.index.runs(query)
    }

    var live: HTML { element("p") { counted(trials.count, "trial") } }
}
