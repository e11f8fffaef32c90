import Foundation
import ThalwegDataSets
import ThalwegTraining

/// `search.html`: the trials of a search as pictures, and what mattered.
public struct SearchPage {
    private let result: SearchResult
    private let importance: SearchImportance

    public init(_ result: SearchResult) {
        self.result = result
        importance = SearchImportance(plan: result.plan, records: result.records)
    }

    private var objective: SearchObjective { result.plan.objective }

    public var page: Page {
        let name = result.folder.url.standardizedFileURL.lastPathComponent
        let trials = Set(result.records.map(\.trial)).count
        return Page(
            "Search \(name)",
            subtitle:
                "\(result.plan.strategy.rawValue), \(counted(trials, "trial")), "
                + "judged by \(objective.name) of the dev examples"
        ) {
            section("What was found") {
                if let missed = result.missedConditions { element("p") { missed } }
                element("p") { result.gain }
                if let caution = result.caution { element("p") { caution } }
                if let cut = result.cutSentence { element("p") { cut } }
                if let test = result.testSentence { element("p") { test } }
                if let winner = result.winner {
                    element("p") { "Trial \(winner.record.trial): \(winner.record.settings)" }
                }
                element("p") { element("code") { result.command } }
            }
            section("Trials") {
                coordinates.html
                course.html
                table.html
            }
            section("What mattered") {
                if importance.isTold {
                    shares.html
                    element("p", ["class": "note"]) {
                        "Each parameter on its own, all others averaged out (functional ANOVA of the trials' ranks by a "
                            + "forest, which explains \(percentText(importance.explained ?? 0)) of the variance in "
                            + "trials it has not seen)."
                    }
                } else {
                    element("p") {
                        "What mattered cannot be told by \(counted(importance.trials, "trial")): too few, or too much alike."
                    }
                }
                values.html
            }
        }
    }

    /// The latest trainings of each trial on the usual dev examples, as far as they went to the end of a rung.
    private var finished: [TrialRecord] {
        let usual = result.records.filter { $0.fold == 0 && $0.status == .finished }
        return Dictionary(usual.map { ($0.trial, $0) }) { $0.rung > $1.rung ? $0 : $1 }.values
            .sorted { $0.trial < $1.trial }
    }

    /// The settings that mattered most, as far as they fit beside each other.
    private var coordinates: ParallelCoordinates {
        let shown = importance.entries.compactMap { entry in result.plan.space.coordinate(entry.name) }
            .filter { coordinate in finished.contains { $0.parameters[coordinate.parameter.key] != nil } }.prefix(7)
        let values = finished.map { record in shown.map { value($0, of: record) } }
        let axes = shown.indices.map { index in
            let numbers = values.compactMap { values -> Double? in
                if case .number(let number)? = values[index] { number } else { nil }
            }
            return Axis.spread(
                shown[index].parameter.key + (shown[index].axisName.isEmpty ? "" : " " + shown[index].axisName),
                over: numbers)
        }
        let lines = zip(finished, values).map { record, values in
            ParallelCoordinates.Line(
                "trial \(record.trial)", values + [record.objective.map { .number($0) }])
        }
        return ParallelCoordinates(
            "Settings and \(objective.name)",
            axes: axes + [.spread(objective.name, over: finished.compactMap(\.objective))],
            lines: lines,
            isHigherBetter: objective.isHigherBetter)
    }

    /// A trial's value on an axis; that of the settings as they are where it leaves them alone.
    private func value(_ coordinate: SearchSpace.Coordinate, of record: TrialRecord) -> ParallelCoordinates.Value? {
        let (parameter, plan) = (coordinate.parameter, result.plan)
        guard plan.space.isActive(parameter, beside: record.parameters, base: plan.base) else { return nil }
        guard let value = record.parameters[parameter.key] ?? plan.defaults[parameter.key] else { return nil }
        guard case .integers(let units) = value, !coordinate.axisName.isEmpty else {
            return value.coordinate
        }
        switch coordinate.axisName {
        case "depth": return .number(Double(units.count))
        case "width": return units.first.map { .number(Double($0)) }
        default: return units.count < 2 ? nil : .choice(Set(units).count == 1 ? "constant" : "pyramid")
        }
    }

    /// The objective, trial by trial.
    private var course: ScatterChart {
        let groups = Dictionary(grouping: finished, by: \.rung).sorted { $0.key < $1.key }
        return ScatterChart(
            "Trial by trial", x: Axis("trial"), y: Axis(objective.name),
            groups: groups.map { rung, records in
                let epochs =
                    groups.count > 1 ? records.compactMap(\.epochs).max().map { "up to \(counted($0, "epoch"))" } : nil
                return ScatterChart.Group(
                    epochs ?? "trials", records.map { ChartPoint(Double($0.trial), $0.objective ?? .nan) })
            })
    }

    private var table: DataTable {
        let limits = result.plan.constraints.map(\.metric)
        let rows = result.standings.prefix(100).map { standing in
            let record = standing.record
            let value = standing.objective.map(objective.text) ?? record.reason ?? record.status.rawValue
            return ["\(record.trial)", value, "\(standing.count)", standing.loss.map(numberText) ?? "–"]
                + limits.map { record.metrics[$0].map(numberText) ?? "–" } + [record.settings]
        }
        return DataTable(
            rows.count < result.standings.count ? "The best \(rows.count) trials" : "All trials, the best first",
            columns: ["trial", objective.name, "dev sets", "loss"] + limits + ["settings"], rows: rows)
    }

    private var shares: BarChart {
        BarChart(
            "Share of the variance", value: Axis("share"),
            bars: importance.entries.prefix(12).map { BarChart.Bar($0.name, $0.share ?? 0) })
    }

    private var values: DataTable {
        DataTable(
            "Values in the best \(importance.bestTrials) of \(importance.trials) trials",
            columns: ["parameter", "values"],
            rows: importance.entries.map { [$0.name, $0.best] })
    }
}
