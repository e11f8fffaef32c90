import Foundation
import ThalwegDataSets
import ThalwegPractice
import ThalwegTraining

/// The list of runs: filtered, sorted, a hundred at a time.
struct RunsPage: DashboardPage {
    let title = "Runs"
    private let parameters: Parameters
    private let runs: [RunSummary]
    private let count: Int
    private let total: Int
    private let place: Int
    let problem: String?
    private let unreadable: String?

    private static let pageSize = 100

    init(_ dashboard: Dashboard, _ parameters: Parameters) throws {
        self.parameters = parameters
        place = max(0, (parameters["page"].flatMap { Int($0) } ?? 1) - 1)
        var problem: String?
        var query = RunQuery()
        do {
            query = try RunQuery(search: parameters["where"] ?? "", sort: parameters["sort"])
        } catch { problem = "\(error)" }
        query.isReversed = parameters["reverse"] != nil
        query.includesTrials = parameters["trials"] != nil
        count = try dashboard.index.count(query)
        var everything = RunQuery()
        everything.includesTrials = query.includesTrials
        total = try dashboard.index.count(everything)
        (query.limit, query.offset) = (Self.pageSize, min(place, 1_000_000) * Self.pageSize)
        runs = try dashboard.index.runs(query)
        self.problem = problem
        unreadable = dashboard.index.unreadable.note
    }

    var controls: HTML {
        element("form", ["method": "get", "action": "/", "role": "search", "class": "controls"]) {
            element("label", ["for": "where"]) { "Show runs with" }
            element(
                "input",
                [
                    "id": "where", "name": "where", "type": "search", "size": "44", "value": parameters["where"],
                    "placeholder": "digits and dev_accuracy>0.95", "aria-describedby": "where-help",
                ])
            element("label") {
                element(
                    "input",
                    [
                        "type": "checkbox", "name": "trials", "value": "1",
                        "checked": parameters["trials"].map { _ in "" },
                    ])
                " trials of searches"
            }
            for name in ["sort", "reverse"] {
                if let value = parameters[name] { element("input", ["type": "hidden", "name": name, "value": value]) }
            }
            element("button") { "Show" }
            element("p", ["class": "note", "id": "where-help"]) {
                "Words to find, and conditions on figures, settings and fields as learning-rate<0.01 or status=failed, joined by “and”."
            }
        }
    }

    var live: HTML {
        HTMLBuilder.buildBlock(
            problem.map { problem in element("p", ["class": "bad", "role": "alert"]) { problem } } ?? HTML(),
            unreadable.map { note in element("p", ["class": "note"]) { note } } ?? HTML(),
            element("p", ["role": "status"]) {
                count == total ? counted(total, "run") : "\(grouped(count)) of \(counted(total, "run"))"
            },
            runs.isEmpty ? element("p") { "Nothing to show." } : form, pages)
    }

    private var form: HTML {
        element("form", ["method": "get", "action": "/compare"]) {
            element("p") {
                element("button") { "Compare the chosen runs" }
            }
            element("div", ["class": "scroll wide", "tabindex": "0", "role": "region", "aria-label": "Runs"]) { table }
        }
    }

    private var columns: [(field: String?, name: String)] {
        let metrics = Set(runs.compactMap(\.metric)).sorted()
        let figures = (metrics.isEmpty ? [] : metrics).flatMap { metric in
            ["train", "dev", "test"].map { ("\($0)_\(metric)" as String?, "\($0) \(metric)") }
        }
        var columns: [(String?, String)] = [
            (nil, "compare"), ("path", "run"), ("status", "status"), ("started", "started"), ("data", "data"),
            ("network", "network"),
        ]
        columns += figures + [("epochs", "epochs"), ("seconds", "time")]
        // The column that decides the order is always there.
        if let sort = parameters["sort"], !columns.contains(where: { $0.0 == sort }), problem == nil {
            columns.insert((sort, sort), at: 2)
        }
        return columns
    }

    private var table: HTML {
        let columns = columns
        return element("table") {
            element("thead") {
                element("tr") {
                    for column in columns { heading(column.field, column.name) }
                }
            }
            element("tbody") {
                for run in runs {
                    element("tr") {
                        for column in columns { cell(run, column.field) }
                    }
                }
            }
        }
    }

    /// A heading that sorts; a second time the other way round.
    private func heading(_ field: String?, _ name: String) -> HTML {
        guard let field else { return element("th", ["scope": "col"]) { name } }
        let isSorted = (parameters["sort"] ?? "started") == field
        let isReversed = parameters["reverse"] != nil
        let link = parameters.link(
            "/", ["sort": field, "reverse": isSorted && !isReversed ? "1" : nil, "page": nil])
        let isDescending = (RunSummary.isHigherBetter(field) || ["started", "ended"].contains(field)) != isReversed
        return element(
            "th", ["scope": "col", "aria-sort": isSorted ? (isDescending ? "descending" : "ascending") : nil]
        ) {
            element("a", ["href": link]) { name }
            if isSorted { isDescending ? " ▾" : " ▴" }
        }
    }

    private func cell(_ run: RunSummary, _ field: String?) -> HTML {
        guard let field else {
            return element("td") {
                element(
                    "input",
                    [
                        "type": "checkbox", "name": "run", "value": run.path, "id": "run-\(run.path)",
                        "aria-label": "compare \(run.path)",
                    ])
            }
        }
        if field == "path" {
            return element("th", ["scope": "row"]) {
                element("a", ["href": Parameters.link("/run", [("path", run.path)])]) { run.path }
            }
        }
        if let value = run.figures[field] { return element("td", ["class": "number"]) { figureText(value, field) } }
        let text: String? =
            switch field {
            case "status": run.status?.rawValue
            case "started": run.started.map(RunTable.localTime)
            case "data": run.dataName
            case "network": run.network
            case "epochs": run.epochs.map(grouped)
            case "seconds": run.seconds.map(duration)
            default: run.settings[field]
            }
        let isNumber = ["epochs", "seconds"].contains(field) || RunSummary.isFigure(field)
        let kind = isNumber ? "number" : field == "status" ? "status \(run.status?.rawValue ?? "")" : nil
        return element("td", ["class": kind]) { text ?? "–" }
    }

    private var pages: HTML {
        let last = (count + Self.pageSize - 1) / Self.pageSize
        guard last > 1 else { return HTML() }
        return element("nav", ["aria-label": "Pages of runs"]) {
            if place > 0 {
                element("a", ["rel": "prev", "href": parameters.link("/", ["page": "\(place)"])]) { "Earlier page" }
            }
            element("span") { " Page \(grouped(place + 1)) of \(grouped(last)) " }
            if place + 1 < last {
                element("a", ["rel": "next", "href": parameters.link("/", ["page": "\(place + 2)"])]) { "Next page" }
            }
        }
    }
}
