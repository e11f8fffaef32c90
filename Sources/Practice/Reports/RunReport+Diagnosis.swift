import Foundation
import ThalwegDataSets
import ThalwegTraining

extension RunReport {
    /// The last `thalweg diagnose`, else what the figures alone say, and what was noticed while training.
    var diagnosis: HTML? {
        let known = try? RunDiagnosis.kept(in: folder)
        // As `thalweg diagnose` would see them.
        var options = RunDiagnosis.Options()
        options.isInterrupted = isInterrupted
        let errors = known?.errors ?? evidence.flatMap { try? RunDiagnosis.levels($0, options)?.diagnosis }
        let noticed = (try? folder.findings()) ?? []
        guard errors != nil || known != nil || !noticed.isEmpty else { return nil }
        return HTMLBuilder.buildBlock(
            errors.map(gaps) ?? HTML(),
            known.map(verdicts) ?? (noticed.isEmpty ? HTML() : findings(noticed)),
            known == nil
                ? element("p", ["class": "note"]) {
                    "More, from the data and with what to do next: thalweg diagnose \(folder.path.shellQuoted)"
                }
                : HTML())
    }

    /// Files of the run folder that are damaged, a line each: what they hold is missing in the report.
    public var problems: [String] {
        let readers: [() throws -> Void] = [
            { _ = try TrainedModel(run: folder.path) }, { _ = try folder.metricsRows() },
            { _ = try folder.watchRows() },
            { _ = try folder.findings() }, { _ = try RunDiagnosis.kept(in: folder) },
        ]
        return readers.compactMap { read in
            do { try read() } catch TrainingError.unfinished { return nil } catch { return "\(error)" }
            return nil
        }
    }

    private func gaps(_ errors: Diagnosis) -> HTML {
        let rows = errors.gaps.map { gap in
            [
                gap.question.name, "\(gap.from) to \(gap.to)",
                gap.most.map { "\(errors.size(gap.size)) to \(errors.size($0))" } ?? errors.size(gap.size),
                "\(errors.size(gap.interval.low)) to \(errors.size(gap.interval.high))",
                gap.verdict.rawValue.replacing("-", with: " "),
            ]
        }
        return HTMLBuilder.buildBlock(
            HTMLBuilder.buildArray(errors.sentences.map { sentence in element("p") { sentence } }),
            DataTable(
                "Gaps between the errors; the intervals hold together with 95 %.",
                columns: ["question", "from", "gap", "interval", "verdict"], rows: rows
            ).html)
    }

    private func verdicts(_ known: RunDiagnosis) -> HTML {
        HTMLBuilder.buildBlock(
            findings(known.verdicts.filter(\.isFault).map(\.finding)),
            known.next.isEmpty
                ? HTML()
                : section("What to do", level: 3) {
                    element("ol") {
                        for remedy in known.next {
                            element("li") {
                                element("p") { remedy.advice }
                                if let command = remedy.command { element("pre") { element("code") { command } } }
                            }
                        }
                    }
                })
    }

    private func findings(_ findings: [Finding]) -> HTML {
        guard !findings.isEmpty else { return HTML() }
        return section("Noticed", level: 3) {
            element("ul") {
                for finding in findings {
                    element("li") {
                        element("strong") { finding.kind.title + (finding.place.map { " (\($0))" } ?? "") }
                        ": \(finding.evidence)"
                        if !finding.actions.isEmpty {
                            element("ul") { for action in finding.actions { element("li") { action.advice } } }
                        }
                    }
                }
            }
        }
    }
}
