import Foundation
import TestSupport
import Testing
import ThalwegDataSets
import ThalwegTraining

/// What is wrong with a table is told before a step is taken.
@Suite struct DataFindingsTests {
    private func findings(_ files: [String: [String]], _ settings: [String] = []) throws -> [Finding] {
        try withFolder { folder in
            var configuration = TrainingConfiguration()
            configuration.data = folder.appendingPathComponent("train.csv").path
            for (name, rows) in files {
                let url = folder.appendingPathComponent("\(name).csv")
                try Data((["a,b,label"] + rows).joined(separator: "\n").utf8).write(to: url)
                if name == "test" { configuration.test = url.path }
            }
            for assignment in settings { try configuration.set(assignment: assignment) }
            return try PreparedData(configuration).findings
        }
    }

    /// Different rows, `scale` times as large in the second column.
    private func rows(_ range: Range<Int>, scale: Int = 1) -> [String] {
        range.map { "\(Double($0 * 37 % 101) / 50),\(($0 * 53 % 97) * scale),\($0 * 37 % 101 > 50 ? "yes" : "no")" }
    }

    @Test func cleanTablesAreSilent() throws {
        #expect(try findings(["train": rows(0..<300)]).isEmpty)
        #expect(try findings(["train": rows(0..<300), "test": rows(400..<480)]).isEmpty)
    }

    @Test(arguments: [80, 10]) func testRowsInTrainingLeak(_ doubled: Int) throws {
        let test = rows(400..<480)
        let found = try findings(["train": rows(0..<300) + test.prefix(doubled), "test": test])
        #expect(found.map(\.kind) == [.leakage] && found.first?.place == "test", "\(found)")
        #expect(found.first?.evidence.contains("of 80 test examples") == true)
    }

    /// Inputs that come again with other targets are no leak: few different rows are possible.
    @Test func smallDomainsDoNotLeak() throws {
        let coins = (0..<200).map { "\($0 % 3),\($0 % 2),\($0 * 7919 % 13 < 6 ? "yes" : "no")" }
        #expect(
            try findings(["train": coins, "test": Array(coins.suffix(60))]).allSatisfy { $0.kind != .unscaledInputs })
    }

    @Test func repeatedRowsAreCounted() throws {
        let once = rows(0..<100)
        let found = try findings(["train": once + once + once], ["split=1,0,0"])
        #expect(found.first?.kind == .duplicates && found.first?.evidence.contains("200 of 300") == true, "\(found)")
    }

    @Test func unscaledColumnsAreNamed() throws {
        let large = try findings(["train": rows(0..<300, scale: 100)], ["normalize=none"])
        #expect(large.map(\.kind) == [.unscaledInputs] && large.first?.place == "b")
        #expect(large.first?.actions.first?.settings == [.init("normalize", "standard")])
        let small = (0..<300).map { "\(Double($0 % 100) / 50),\(Double($0 % 77) / 1e6),\($0 % 2)" }
        #expect(try findings(["train": small], ["normalize=none"]).map(\.kind) == [.unscaledInputs])
        #expect(try findings(["train": rows(0..<300, scale: 100)]).isEmpty)
    }

    @Test func valuesFarOutAreNamed() throws {
        func table(_ far: [Int: Int], spread: Int = 1) -> [String: [String]] {
            ["train": (0..<300).map { "\($0),\($0 * 53 % 97),\(far[$0] ?? ($0 * 53 % 97) * spread)" }]
        }
        let settings = ["task=regression", "split=1,0,0"]
        let found = try findings(table([7: 90_000, 120: -70_000]), settings)
        #expect(found.map(\.kind) == [.outliers])
        #expect(found.first?.evidence.contains("2 of 300") == true, "\(found)")
        #expect(found.first?.evidence.contains("(line 9: 90,000; line 122: -70,000)") == true, "\(found)")
        #expect(found.first?.actions.last?.settings == [.init("regression-loss", "absolute")])
        #expect(try findings(table([7: 400]), settings).isEmpty)
        #expect(try findings(table([:]), settings).isEmpty)
    }

    @Test(arguments: ["0.001", "0.999"]) func aTrainDevSetOfNoneOrAllIsAnError(_ share: String) {
        #expect(throws: ConfigurationError.self) { try findings(["train": rows(0..<300)], ["train-dev=\(share)"]) }
    }

    @Test func rareClassesAreNamed() throws {
        let table = (0..<400).map { "\($0),\($0 * 53 % 97),\($0 % 50 == 0 ? "fraud" : "fine")" }
        let found = try findings(["train": table])
        #expect(found.map(\.kind) == [.classImbalance] && found.first?.place == "fraud")
        #expect(found.first?.evidence.contains("always answering 'fine'") == true, "\(found)")
    }
}
