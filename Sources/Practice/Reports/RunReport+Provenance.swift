import Foundation
import ThalwegDataSets
import ThalwegTraining

extension RunReport {
    /// Commands, data, program, machine, settings: what it takes to do the same again.
    var provenance: HTML {
        let record = try? folder.readRecord()
        let settings = (try? String(contentsOf: folder.configuration, encoding: .utf8)) ?? ""
        return HTMLBuilder.buildBlock(
            element("p") { "To repeat the run:" },
            element("pre") { element("code") { repetition(record) } },
            descriptionList(facts(record)),
            record.map { $0.sessions.count > 1 ? sessions($0) : HTML() } ?? HTML(),
            settings.isEmpty
                ? HTML()
                : element("details") {
                    element("summary") { "Settings (config.toml)" }
                    element("pre") { element("code") { settings } }
                })
    }

    /// As it was typed, or by the run's settings where that is more.
    private func repetition(_ record: RunRecord?) -> String {
        let own =
            "thalweg train --config \("\(folder.path)/config.toml".shellQuoted) --out \("\(folder.path)-again".shellQuoted)"
        guard let first = record?.sessions.first else { return own }
        let typed = "cd \(first.folder.shellQuoted)\n" + first.commandLine
        return typed + "\n\n# the same by the settings in force, every choice written out:\n" + own
    }

    private func facts(_ record: RunRecord?) -> [(name: String, value: HTML)] {
        let last = record?.sessions.last
        let facts: [(String, String?)] = [
            ("Status", summary.status.map { $0.rawValue + (summary.problem.map { ": \($0)" } ?? "") }),
            ("Started", record?.sessions.first?.started), ("Ended", last?.ended),
            ("Training", summary.seconds.map(duration)),
            ("Steps", summary.steps.map { "\(grouped($0)) in \(counted(summary.epochs ?? 0, "epoch"))" }),
            ("Seed", summary.seed.map { "\($0)" }), ("Data", summary.data),
            ("Fingerprint of the data", summary.fingerprint),
            (
                "Git commit of the working folder",
                last?.git.map { $0.commit + ($0.isChanged ? ", with changes that are in no commit" : "") }
            ),
            ("Thalweg", last?.environment.thalweg ?? model?.thalweg),
            (
                "Machine",
                last.map {
                    "\($0.environment.processor), \(counted($0.environment.cores, "core")), "
                        + "\(counted($0.environment.threads, "thread")) used, \($0.environment.system)"
                }
            ),
        ]
        return facts.compactMap { name, value in value.map { (name, HTML(text: $0)) } }
    }

    private func sessions(_ record: RunRecord) -> HTML {
        DataTable(
            "Sessions", columns: ["started", "ended", "status", "command"],
            rows: record.sessions.map { [$0.started, $0.ended ?? "–", $0.status.rawValue, $0.commandLine] }
        ).html
    }
}
