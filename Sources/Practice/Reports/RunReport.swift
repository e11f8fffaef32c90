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
    let judged: JudgedOutcomes?
    /// What the run says of itself and its data; nil for a run of an early version, or one that is damaged.
    let evidence: RunEvidence?

    let isInterrupted: () -> Bool

    /// Reads the run folder, and its data, where they still are what they were.
    ///
    /// - Parameters:
    ///   - data: the run's data, where they are at hand.
    ///   - isInterrupted: true ends a network that is trained for comparison; what it would have told is left out.
    /// - Throws: `TrainingError.notARun`.
    public init(
        _ folder: RunFolder, data: PreparedData? = nil, isInterrupted: @escaping () -> Bool = { false }
    ) throws {
        self.folder = folder
        self.isInterrupted = isInterrupted
        summary = try RunSummary(contentsOf: folder.path)
        curves = try? RunCurves(folder, metricName: summary.metric ?? "metric")
        let evidence = try? RunEvidence(run: folder.path, data: data)
        self.evidence = evidence
        judged = evidence?.model.flatMap { model in
            (evidence?.data?.judged).flatMap { try? JudgedOutcomes(model, $0) }
        }
    }

    var model: ModelDescription? { evidence?.model?.description }

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
            if let diagnosis { section("Diagnosis") { diagnosis } }
            if let model { section("Figures") { figures(model) } }
            if let judged { section("Mistakes (\(judged.name))") { judged.html } }
            if let curves, curves.count > 0 { section("Training") { drawn(curves) } }
            if let watch { section("Layers while training") { watch } }
            if let model { section("Network") { NetworkDrawing(model.architecture).html } }
            section("How it was made") { provenance }
        }
    }

    private var headline: String {
        var words = [summary.status?.rawValue ?? ""]
        if let metric = summary.metric, let judge = summary.judge, let value = summary.figures["\(judge)_\(metric)"] {
            words.append("\(judge == "folds" ? "cross-validated" : judge) \(metric) \(metricText(value, name: metric))")
        }
        words.append(summary.dataName.map { "on \($0)" } ?? "")
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
}
