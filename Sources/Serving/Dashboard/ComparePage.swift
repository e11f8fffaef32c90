import ThalwegPractice
import ThalwegTraining

/// Runs over each other and beside each other.
struct ComparePage: DashboardPage {
    let title = "Compare"
    private let parameters: Parameters
    private let runs: [RunSummary]
    private let charts: [LineChart]

    /// More curves than this in one drawing cannot be told apart.
    private static let most = 24

    init(_ dashboard: Dashboard, _ parameters: Parameters) throws {
        self.parameters = parameters
        let asked = parameters.all("run").prefix(Self.most)
        let runs = try asked.compactMap { try dashboard.index.run($0) }
        // One that was removed meanwhile leaves the others.
        guard asked.isEmpty || !runs.isEmpty else { throw NotFound() }
        self.runs = runs
        let scale = Axis.Scale(rawValue: parameters["scale"] ?? "") ?? .linear
        let parts = parameters["part"] == "both" ? ["train", "dev"] : [parameters["part"] ?? "dev"]
        let curves = runs.compactMap { run in
            dashboard.curves.curves(dashboard.index.runFolder(run), metricName: run.metric ?? "metric").map {
                (run.path, $0)
            }
        }
        // Metrics of different names are no curves of one drawing.
        let names = Set(curves.map(\.1.metricName)).sorted()
        let quantities: [(RunCurves.Quantity, String?)] = [(.cost, nil)] + names.map { (.metric, $0) } + [(.rate, nil)]
        charts = quantities.compactMap { quantity, metric in
            let series = curves.filter { metric == nil || $0.1.metricName == metric }.flatMap { path, curves in
                let all = curves.series(quantity)
                // A run without a dev set is shown by what it has.
                let chosen = all.filter { parts.contains($0.name) }
                return (chosen.isEmpty ? all : chosen).map {
                    LineChart.Series("\(path) \($0.name)", $0.points, of: $0.count)
                }
            }
            guard !series.isEmpty else { return nil }
            let label = metric ?? (quantity == .cost ? "cost" : "learning rate")
            return LineChart(
                "\(label.prefix(1).uppercased() + label.dropFirst()) by step", x: Axis("step"),
                y: Axis(label, scale: quantity == .metric ? .linear : scale), series: series)
        }
    }

    var controls: HTML {
        element("form", ["method": "get", "action": "/compare", "class": "controls"]) {
            for run in runs { element("input", ["type": "hidden", "name": "run", "value": run.path]) }
            choice(
                "Curves of", name: "part",
                options: [("dev", "dev examples"), ("train", "training examples"), ("both", "both")],
                chosen: parameters["part"] ?? "dev")
            choice(
                "Costs and rates", name: "scale", options: [("linear", "linear"), ("logarithmic", "logarithmic")],
                chosen: parameters["scale"] ?? "linear")
            element("button") { "Show" }
        }
    }

    var live: HTML {
        guard runs.count > 1 else {
            return element("p") { "Choose two runs or more in the list of runs." }
        }
        let comparison = RunComparison(runs)
        return HTMLBuilder.buildBlock(
            element("div", ["class": "cards"]) { charts.map(\.html) },
            section("What differs") {
                comparison.settings.isEmpty
                    ? element("p") { "No setting differs." } : table("Settings that differ", comparison.settings)
            },
            section("What came out") { table("Figures", comparison.figures) })
    }

    private func table(_ caption: String, _ rows: [RunComparison.Row]) -> HTML {
        DataTable(caption, columns: [""] + runs.map(\.path), rows: rows.map { [$0.name] + $0.values.map { $0 ?? "–" } })
            .html
    }
}
