import Foundation
import TestSupport
import Testing
import ThalwegPractice

@Suite struct SearchJournalTests {
    private func record(_ trial: Int) -> TrialRecord {
        let job = TrialJob(
            trial: trial,
            parameters: [
                "learning-rate": .number(0.01), "layers": .integers([64, 32]), "batch-norm": .flag(true),
                "activation": .text("leaky_relu(slope=0.1)"), "epochs": .integer(5), "keep-probability": .number(1),
            ])
        var record = TrialRecord(job, status: .finished)
        record.objective = 0.1 + Double(trial) / 3
        record.metrics = ["loss": 1e-300, "accuracy": 0.98]
        return record
    }

    @Test func recordsComeBack() throws {
        try withFolder { folder in
            let url = folder.appendingPathComponent("trials.jsonl")
            let journal = try SearchJournal(url)
            let records = (0..<3).map(record)
            for record in records { try journal.append(record) }
            #expect(try SearchJournal(url).records == records)
            #expect(try SearchFolder(folder.path).records() == records)
        }
    }

    /// Cut at any byte, the whole lines stay, and the next record stands on a line of its own.
    @Test func aTornLineIsCut() throws {
        try withFolder { folder in
            let url = folder.appendingPathComponent("trials.jsonl")
            let journal = try SearchJournal(url)
            for trial in 0..<3 { try journal.append(record(trial)) }
            let bytes = try Data(contentsOf: url)
            let second = try #require(bytes.firstIndex(of: 10).map { bytes[($0 + 1)...].firstIndex(of: 10) ?? 0 })
            for length in stride(from: second + 1, to: bytes.count, by: 37) {
                try bytes.prefix(length).write(to: url)
                let torn = try SearchJournal(url)
                #expect(torn.records.map(\.trial) == [0, 1], "cut at \(length)")
                try torn.append(record(7))
                #expect(try SearchJournal(url).records.map(\.trial) == [0, 1, 7])
            }
        }
    }

    @Test func aDamagedLineIsNamed() throws {
        try withFolder { folder in
            let url = folder.appendingPathComponent("trials.jsonl")
            let journal = try SearchJournal(url)
            try journal.append(record(0))
            try (Data(contentsOf: url) + Data("{\"trial\": 1}\n".utf8)).write(to: url)
            let error = #expect(throws: SearchError.self) { try SearchJournal(url) }
            #expect(error?.description.contains("line 2") ?? false)
        }
    }
}
