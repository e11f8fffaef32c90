import Foundation
import GRDB
import TestSupport
import Testing
import ThalwegFormats
import ThalwegPractice
import ThalwegTraining

/// The index is a cache of the run folders: it may be thrown away, damaged or locked, and the list stays right.
@Suite struct RunIndexTests {
    private func withRuns(_ body: (URL) throws -> Void) throws {
        try withFolder { folder in
            for number in 1...5 {
                try SyntheticRuns.write(
                    folder.appendingPathComponent("run-\(number)"), accuracy: Double(number) / 10,
                    rate: pow(10, -Double(number)), seed: number, started: "2026-01-0\(number)T00:00:00.000Z")
            }
            try FileManager.default.createDirectory(
                at: folder.appendingPathComponent("not-a-run/empty"), withIntermediateDirectories: true)
            try body(folder)
        }
    }

    private func paths(
        _ index: RunIndex, _ conditions: [String] = [], sort: String? = nil, reversed: Bool = false, limit: Int? = nil
    ) throws -> [String] {
        try index.refresh()
        var query = try RunQuery(where: conditions, sort: sort)
        (query.isReversed, query.limit) = (reversed, limit)
        return try index.runs(query).map(\.path)
    }

    private func list(_ folder: URL) throws -> [String] { try paths(RunIndex(folder.path)) }

    private static let all = ["run-5", "run-4", "run-3", "run-2", "run-1"]

    @Test func runsAreFoundFilteredAndSorted() throws {
        try withRuns { folder in
            let index = try RunIndex(folder.path)
            #expect(try paths(index) == Self.all)
            #expect(try paths(index, ["dev_accuracy>0.25"], sort: "dev_accuracy", limit: 2) == ["run-5", "run-4"])
            #expect(try paths(index, ["dev_accuracy>=0.3 and learning-rate>=0.001"]) == ["run-3"])
            #expect(try paths(index, ["seed!=2", "seed<4"], sort: "seed") == ["run-1", "run-3"])
            #expect(try paths(index, ["learning_rate<0.001"], sort: "learning-rate") == ["run-5", "run-4"])
            #expect(try paths(index, sort: "dev_loss", reversed: true).count == 5)
            #expect(try paths(index, ["data~HOUSES", "status=finished", "layers=8,4", "commit~abc3"]) == ["run-3"])
            #expect(try paths(index, ["test_accuracy>0"]).isEmpty)
            #expect(try paths(index, ["started<2026-01-03"]) == ["run-2", "run-1"])
            let words = try RunQuery(search: "houses run-4 and dev_accuracy>0.1")
            #expect(try index.runs(words).map(\.path) == ["run-4"])
        }
    }

    @Test(arguments: [
        "dev_accuracy", "nosuch>1", "dev_x\"y>1", "=3", "drop table run; --=1", "", "  ", "dev_accuracy>", "status~",
        "dev_accuracy!=abc", "epochs<1e", "status=finished or status=killed",
    ])
    func conditionsThatAreNoneAreOneLine(_ text: String) {
        #expect { try RunQuery(where: [text]) } throws: { error in
            (error as? ConfigurationError).map { !$0.description.contains("\n") } ?? false
        }
    }

    @Test func aMeantFieldIsSuggested() {
        #expect { try RunQuery(where: ["lerning-rate>1"]) } throws: {
            "\($0)".contains("did you mean 'learning-rate'?")
        }
    }

    @Test func whatChangesIsReadAgain() throws {
        try withRuns { folder in
            let index = try RunIndex(folder.path)
            #expect(try paths(index) == Self.all)
            try SyntheticRuns.write(
                folder.appendingPathComponent("group/run-6"), accuracy: 0.99, started: "2026-02-01T00:00:00.000Z")
            try FileManager.default.removeItem(at: folder.appendingPathComponent("run-2"))
            try SyntheticRuns.write(folder.appendingPathComponent("run-1"), accuracy: 0.77)
            #expect(try paths(index) == ["group/run-6", "run-5", "run-4", "run-3", "run-1"])
            #expect(try index.run("run-1")?.figures["dev_accuracy"] == 0.77)
            #expect(try paths(index, ["dev_accuracy>0.7"], sort: "dev_accuracy") == ["group/run-6", "run-1"])
        }
    }

    @Test func theSummaryHoldsWhatTheFolderSays() throws {
        try withRuns { folder in
            let run = try RunSummary(contentsOf: folder.appendingPathComponent("run-3").path)
            #expect(run.status == .finished && run.network == "4-8-4-1" && run.parameters == 50 && run.judge == "dev")
            #expect(
                run.command == "thalweg train /data/houses.csv" && run.git?.commit == "abc3"
                    && run.fingerprint == "00ff")
            #expect(run.settings["layers"] == "8,4" && run.settings["learning-rate"] == "0.001")
            #expect(run.artifacts == ["config.toml", "metrics.csv", "model.json", "run.json"])
        }
    }

    @Test func aRunUnderWayIsToldFromAKilledOne() throws {
        try withFolder { folder in
            let run = folder.appendingPathComponent("run")
            try SyntheticRuns.write(run, accuracy: 0.5, status: "running")
            let lock = open(run.appendingPathComponent("lock").path, O_RDWR | O_CREAT, 0o644)
            #expect(lock >= 0 && flock(lock, LOCK_EX | LOCK_NB) == 0)
            let index = try RunIndex(folder.path)
            try index.refresh()
            #expect(try index.run("run")?.status == .running)
            #expect(try index.run("run")?.figures["dev_accuracy"] == 0.5)
            #expect(throws: TrainingError.self) { try RunFolder(run.path).delete() }
            close(lock)
            try index.refresh()
            #expect(try index.run("run")?.status == .killed)
            try RunFolder(run.path).delete()
            #expect(try paths(index).isEmpty)
            #expect(
                try FileManager.default.contentsOfDirectory(atPath: folder.path).allSatisfy { $0.hasPrefix(".index") })
        }
    }

    @Test func onlyRunsAreDeleted() throws {
        try withFolder { folder in
            #expect(throws: TrainingError.self) { try RunFolder(folder.path).delete() }
            #expect(FileManager.default.fileExists(atPath: folder.path))
        }
    }

    @Test func aDamagedIndexIsMadeAnew() throws {
        try withRuns { folder in
            let file = folder.appendingPathComponent(".index.sqlite")
            #expect(try list(folder) == Self.all)
            let sound = [UInt8](try Data(contentsOf: file))
            var random = SeededGenerator(state: 7)
            let damages: [[UInt8]] =
                [
                    [], Array("no database".utf8), Array(sound.prefix(5000)),
                    Array(sound.prefix(100)) + Array(repeating: 0xAA, count: sound.count - 100),
                ] + (0..<25).map { _ in mutated(sound, &random) }
            for damage in damages {
                for suffix in ["-wal", "-shm"] { try? FileManager.default.removeItem(atPath: file.path + suffix) }
                try damage.write(to: file)
                #expect(try list(folder) == Self.all)
                let index = try RunIndex(folder.path)
                try index.rebuild()
                #expect(try paths(index) == Self.all && index.note == nil)
            }
        }
    }

    @Test func anEarlierSchemaIsBroughtUpToDate() throws {
        try withRuns { folder in
            #expect(try list(folder) == Self.all)
            let queue = try DatabaseQueue(path: folder.appendingPathComponent(".index.sqlite").path)
            try queue.write { database in
                try database.execute(sql: "DROP TABLE search")
                try database.execute(sql: "DELETE FROM grdb_migrations WHERE identifier <> 'runs'")
            }
            try queue.close()
            let index = try RunIndex(folder.path)
            #expect(try paths(index) == Self.all && index.note == nil)
            #expect(try index.searches().isEmpty)
        }
    }

    @Test func aLaterSchemaIsLeftAlone() throws {
        try withRuns { folder in
            #expect(try list(folder) == Self.all)
            let file = folder.appendingPathComponent(".index.sqlite")
            let queue = try DatabaseQueue(path: file.path)
            try queue.write { try $0.execute(sql: "INSERT INTO grdb_migrations VALUES ('from the future')") }
            let index = try RunIndex(folder.path)
            #expect(try paths(index) == Self.all)
            #expect(index.note?.contains("later version") == true)
            #expect(try queue.read { try Int.fetchOne($0, sql: "SELECT COUNT(*) FROM grdb_migrations") } == 5)
        }
    }

    @Test func aLockedIndexGivesWayToMemory() throws {
        try withRuns { folder in
            #expect(try list(folder) == Self.all)
            let queue = try DatabaseQueue(path: folder.appendingPathComponent(".index.sqlite").path)
            try SyntheticRuns.write(
                folder.appendingPathComponent("run-6"), accuracy: 0.6, started: "2026-03-01T00:00:00.000Z")
            try queue.writeWithoutTransaction { database in
                try database.execute(sql: "BEGIN EXCLUSIVE")
                let index = try RunIndex(folder.path)
                #expect(try paths(index) == ["run-6"] + Self.all)
                #expect(index.note != nil)
                try database.execute(sql: "ROLLBACK")
            }
            #expect(try list(folder) == ["run-6"] + Self.all)
        }
    }

    @Test func aFolderThatCannotBeWrittenIsListed() throws {
        try withRuns { folder in
            try FileManager.default.createDirectory(
                at: folder.appendingPathComponent(".index.sqlite"), withIntermediateDirectories: true)
            let index = try RunIndex(folder.path)
            #expect(try paths(index) == Self.all && index.note != nil)
        }
        expectError(.notFound, ["does not exist"]) { _ = try RunIndex("/nowhere/at/all") }
    }

    @Test(.enabled(if: geteuid() != 0, "root may look into every folder"))
    func aFolderThatCannotBeLookedIntoIsNamed() throws {
        try withRuns { folder in
            let closed = folder.appendingPathComponent("run-2").path
            try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: closed)
            defer { try? FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: closed) }
            let index = try RunIndex(folder.path)
            #expect(try paths(index) == Self.all.filter { $0 != "run-2" })
            #expect(index.unreadable.map(\.path) == ["run-2"])
            #expect(index.unreadable.note?.hasPrefix("1 folder left out, which cannot be read: run-2 (") == true)
        }
    }

    @Test func runsArePrintedAsTheyAreKept() throws {
        try withRuns { folder in
            let index = try RunIndex(folder.path)
            try index.refresh()
            let runs = try index.runs()
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
            encoder.keyEncodingStrategy = .convertToSnakeCase
            #expect(!runs.isEmpty && runs.contains { !$0.settings.isEmpty && !$0.figures.isEmpty })
            #expect(try index.json() == runs.map { String(decoding: try encoder.encode($0), as: UTF8.self) })
        }
    }

    @Test func listsShowWhatSummariesSay() throws {
        try withRuns { folder in
            try SyntheticRuns.write(
                folder.appendingPathComponent("failed"), accuracy: 0.5, started: "2025-12-31T00:00:00.000Z",
                status: "failed")
            let index = try RunIndex(folder.path)
            try index.refresh()
            let entries = try index.entries()
            #expect(try entries == index.runs().map(RunEntry.init))
            #expect(entries.first?.dev == 0.5 && entries.first?.network == "4-8-4-1")
            #expect(entries.last?.status == .failed && entries.lines.count == 7)
        }
    }

    @Test func manyWritersAgree() throws {
        try withFolder { (folder) throws in
            let problems = Lines()
            DispatchQueue.concurrentPerform(iterations: 8) { worker in
                do {
                    for number in 0..<6 {
                        try SyntheticRuns.write(folder.appendingPathComponent("run-\(worker)-\(number)"), accuracy: 0.5)
                        let index = try RunIndex(folder.path)
                        if worker == 0, number % 2 == 1 { try index.rebuild() } else { try index.refresh() }
                        let mine = try index.runs().count { $0.path.hasPrefix("run-\(worker)-") }
                        if mine != number + 1 { problems.add("worker \(worker) saw \(mine) of \(number + 1)") }
                    }
                } catch { problems.add("\(error)") }
            }
            #expect(problems.texts.isEmpty, "\(problems.texts)")
            #expect(try list(folder).count == 48)
        }
    }

    @Test func trialsBelongToTheirSearch() throws {
        try withFolder { folder in
            let search = folder.appendingPathComponent("search")
            for name in ["trials/001", "trials/002", "best"] {
                try SyntheticRuns.write(search.appendingPathComponent(name), accuracy: 0.5)
            }
            try Data().write(to: search.appendingPathComponent("trials.jsonl"))
            try SyntheticRuns.write(folder.appendingPathComponent("alone"), accuracy: 0.5)
            let index = try RunIndex(folder.path)
            #expect(try paths(index).count == 4 && index.searches() == ["search"])
            #expect(try paths(index, ["search=search"]).count == 3)
            var query = RunQuery()
            query.includesTrials = false
            #expect(try index.runs(query).map(\.path) == ["alone"])
        }
    }

    @Test func comparisonsShowWhatDiffers() throws {
        try withRuns { folder in
            let index = try RunIndex(folder.path)
            try index.refresh()
            let runs = try ["run-1", "run-2"].map { try #require(try index.run($0)) }
            let comparison = RunComparison(runs)
            #expect(comparison.settings.map(\.name) == ["learning-rate", "seed", "commit"])
            #expect(comparison.figures.first { $0.name == "dev_accuracy" }?.values == ["10.0 %", "20.0 %"])
            #expect(RunComparison(runs, isComplete: true).settings.contains { $0.name == "layers" })
            let lines = RunTable(runs).csv.split(separator: "\n")
            #expect(
                lines.count == 3 && lines[0].hasPrefix("run,search,status")
                    && lines[0].contains("setting:learning-rate"))
        }
    }
}

/// Lines gathered by several threads.
private final class Lines: @unchecked Sendable {
    private let lock = NSLock()
    private var lines: [String] = []

    func add(_ line: String) { lock.withLock { lines.append(line) } }

    var texts: [String] { lock.withLock { lines } }
}
