import Foundation
import ThalwegPractice

/// What `trials.jsonl` of a search says so far, as much as a page shows.
struct TrialJournal {
    /// The last training of each trial; those on other dev examples are left out.
    let trials: [TrialRecord]
    /// What was made best; the task's own metric when nil.
    let objective: String?

    /// A line that is damaged, or still being written, is passed over.
    init(_ folder: URL) {
        let lines = (try? Data(contentsOf: folder.appendingPathComponent("trials.jsonl")))?.split(separator: 10) ?? []
        let records = lines.compactMap { try? JSONDecoder().decode(TrialRecord.self, from: $0) }.filter { $0.fold == 0 }
        trials = Dictionary(records.map { ($0.trial, $0) }, uniquingKeysWith: { $1 }).values.sorted {
            $0.trial < $1.trial
        }
        let settings = (try? String(contentsOf: folder.appendingPathComponent("search.toml"), encoding: .utf8)) ?? ""
        objective = settings.firstMatch(of: /(?m)^objective *= *"([^"]+)"/).map { String($0.1) }
    }
}
