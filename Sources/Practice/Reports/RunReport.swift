import Foundation
import ThalwegDataSets
import ThalwegFormats
public import ThalwegTraining

/// `report.html` of a run folder: one file that says what the run was, how it went and what it is worth.
///
/// Whatever a run lacks (no model yet, no dev set, findings of an earlier version) is left out.
public struct RunReport {
    public let folder: RunFolder
    let summary: RunSummary
    let curves: RunCurves?
    let model: ModelDescription?
    let findings: [Finding]

    /// Reads the run folder.
    ///
    /// - Throws: `TrainingError.notARun`.
    public init(_ folder: RunFolder) throws {
        self.folder = folder
        summary = try RunSummary(contentsOf: folder.path)
        curves = try? RunCurves(folder, metricName: summary.metric ?? "metric")
        model = try? TrainedModel.describe(folder)
        findings = []
    }

    /// Writes the report into the run folder.
    ///
    /// - Throws: `DataError` where it cannot be written; an earlier report stays then.
    public func write() throws {
        let text = page.text
        try writeAtomically(folder.report) { try $0.write(text) }
    }

    public var page: Page {
        let name = folder.url.standardizedFileURL.lastPathComponent
        return Page("Run \(name)", subtitle: headline) {
            if !findings.isEmpty { section("Findings") { findingsList } }
            if let model { section("Figures") { figures(model) } }
            if let curves, curves.count > 0 { section("Training") { drawn(curves) } }
            if let model { section("Network") { NetworkDrawing(model.architecture).html } }
            section("How it was made") { provenance }
        }
    }

    private var headline: String {
        var words = [summary.status?.rawValue ?? ""]
        if let metric = summary.metric, let judge = summary.judge, let value = summary.figures["\(judge)_\(metric)"] {
            words.append("\(judge == "folds" ? "cross-validated" : judge) \(metric) \(metricText(value, name: metric))")
        }
        words.append(summary.data.map { "on \(URL(fileURLWithPath: $0).lastPathComponent)" } ?? "")
        words.append(summary.started.map(RunTable.localTime) ?? "")
        return words.filter { !$0.isEmpty }.joined(separator: ", ")
    }

    private func drawn(_ curves: RunCurves) -> HTML {
        element("div", ["class": "cards"]) {
            for quantity in RunCurves.Quantity.allCases {
                if let chart = curves.chart(quantity) { chart.html }
            }
        }
    }

    private var findingsList: HTML {
        element("ol") {
            for finding in findings {
                element("li") {
                    element("strong") { finding.kind.rawValue.replacing("-", with: " ") }
                    if let place = finding.place { " (\(place))" }
                    ": \(finding.evidence)"
                    if !finding.actions.isEmpty {
                        element("ul") { for action in finding.actions { element("li") { action.advice } } }
                    }
                }
            }
        }
    }
}
