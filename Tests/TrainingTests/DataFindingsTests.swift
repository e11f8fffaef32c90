import Foundation
import TestSupport
import Testing
import ThalwegDataSets
import ThalwegFormats
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
                if name == "dev" { configuration.dev = url.path }
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
        #expect(found.first?.evidence.contains("train.csv line 9: 90,000;") == true, "\(found)")
        #expect(found.first?.evidence.contains("train.csv line 122: -70,000)") == true, "\(found)")
        #expect(found.first?.place == "label")
        #expect(found.first?.actions.last?.settings == [.init("regression-loss", "absolute")])
        #expect(try findings(table([7: 400]), settings).isEmpty)
        #expect(try findings(table([:]), settings).isEmpty)
    }

    /// A row decides the figure of its part: it is named wherever it stands.
    @Test(arguments: ["dev", "test"]) func valuesFarOutInAPartAreNamed(_ part: String) throws {
        let rows = (0..<300).map { "\($0),\($0 * 53 % 97),\($0 * 53 % 97)" }
        let other = (0..<60).map { "\($0),\($0 * 31 % 97),\($0 == 20 ? 80_000 : $0 * 31 % 97)" }
        let found = try findings(
            ["train": rows, part: other], ["task=regression", "split=\(part == "dev" ? "1,0,0" : "0.8,0.2,0")"])
        #expect(found.map(\.kind) == [.outliers], "\(found)")
        let evidence = found.first?.evidence ?? ""
        #expect(evidence.contains("1 of 60 \(part) examples makes 9"), "\(evidence)")
        #expect(evidence.contains("\(part).csv line 22: 80,000)") && !evidence.contains("training"), "\(evidence)")
        // What does not train is not helped by another loss.
        #expect(found.first?.actions.map(\.settings) == [[]])
    }

    /// All of a mark for missing values are told at once, wherever they stand and however many they are.
    @Test(arguments: [-999, 9999, -1_000_000], [3, 30]) func marksAreNamedOnce(_ mark: Int, _ marked: Int) throws {
        let rows = (0..<300).map { "\($0),\($0 * 53 % 97),\($0 * 7 % 300 < marked ? mark : 40 + $0 * 53 % 97)" }
        let found = try findings(["train": rows], ["task=regression"])
        #expect(found.map(\.kind) == [.sentinelValues] && found.first?.place == "label", "\(found)")
        let evidence = found.first?.evidence ?? ""
        #expect(
            evidence.contains(" stands in \(marked) of 300 examples (") && evidence.contains("(40 to 136)"),
            "\(evidence)")
        #expect(evidence.contains("train.csv line ") && evidence.contains("mark for a missing value"), "\(evidence)")
    }

    /// Near in distance, but below zero where nothing else is.
    @Test func marksAmongPricesAreSeen() throws {
        let prices = values { "\(8000 * exp(Self.normal($0, $1)))" }["train"]!.enumerated()
            .map { $0 % 40 == 0 ? "\($0),1,-999" : $1 }
        let found = try findings(["train": prices], ["task=regression"])
        #expect(found.map(\.kind) == [.sentinelValues, .skewedTarget], "\(found)")
        // A mark below zero has no logarithm: it must be out first.
        let first = try #require(found.last?.actions.first)
        #expect(first.settings.isEmpty && first.advice.contains("once the marks are out"), "\(first)")
    }

    @Test func marksHideNoOutliers() throws {
        let rows = (0..<300).map { row in
            "\(row),\(row * 53 % 97),\(row == 200 ? "70000" : row % 10 == 0 ? "-999" : row % 10 == 1 ? "-9999" : "\(row * 53 % 97)")"
        }
        let found = try findings(["train": rows], ["task=regression", "split=1,0,0"])
        #expect(found.map(\.kind) == [.sentinelValues, .outliers], "\(found)")
        for part in ["-9,999 stands in 30 of 300 examples", "-999 stands in 29 of 300 examples", "(0 to 70,000)"] {
            #expect(found.first?.evidence.contains(part) == true, "\(found)")
        }
    }

    /// Values of one of many shapes, by a generator of its own: the same on every machine.
    private func values(_ count: Int = 600, _ draw: (Double, Double) -> String) -> [String: [String]] {
        var state: UInt64 = 9
        func uniform() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (Double(state >> 11) + 0.5) / Double(1 << 53)
        }
        return ["train": (0..<count).map { "\($0),\(uniform()),\(draw(uniform(), uniform()))" }]
    }

    private static func normal(_ u: Double, _ v: Double) -> Double { (-2 * log(u)).squareRoot() * cos(2 * .pi * v) }

    @Test(arguments: [0.8, 1, 1.5, 2]) func longTailsGetALogarithm(_ deviation: Double) throws {
        let table = values { "\(1000 * exp(deviation * Self.normal($0, $1)))" }
        let found = try findings(table, ["task=regression"])
        #expect(found.map(\.kind) == [.skewedTarget], "\(found)")
        #expect(found.first?.actions.first?.settings == [.init("target-transform", "log")])
        #expect(try findings(table, ["task=regression", "target-transform=log"]).isEmpty)
        // Zeros have a logarithm where they are counts.
        let counts = values { "\(Int(8 * exp(deviation * Self.normal($0, $1))) )" }
        let found2 = try findings(counts, ["task=regression"])
        #expect(found2.first { $0.kind == .skewedTarget }?.actions.first?.settings.first?.key == "target-transform")
    }

    @Test func valuesOfUsualShapesAreSilent() throws {
        for (name, draw) in [
            ("normal", { "\(Self.normal($0, $1))" }), ("far from 0", { "\(100 + Self.normal($0, $1))" }),
            ("uniform", { u, _ in "\(u)" }), ("capped", { u, v in "\(min(2 * exp(0.5 * Self.normal(u, v)), 5))" }),
            ("whole", { u, v in "\(Int(5 * u + 5 * v))" }), ("shifted tail", { u, _ in "\(50 - log(u))" }),
            ("left tail", { u, _ in "\(20 + log(u))" }), ("Student", { u, v in "\(Self.normal(u, v) / pow(v, 0.2))" }),
            ("many zeros", { u, v in u < 0.6 ? "0" : "\(5 * v)" }),
        ] as [(String, (Double, Double) -> String)] {
            let found = try findings(values(600, draw), ["task=regression"])
            #expect(found.isEmpty, "\(name): \(found)")
        }
    }

    /// A row far beyond a long tail is still named.
    @Test func oneValueBeyondALongTailIsNamed() throws {
        var row = 0
        let table = values { u, v in
            row += 1
            return row == 100 ? "1e9" : "\(exp(Self.normal(u, v)))"
        }
        let found = try findings(table, ["task=regression", "split=1,0,0"])
        #expect(found.map(\.kind) == [.outliers, .skewedTarget], "\(found)")
        #expect(found.first?.evidence.contains("line 101: 1e+09)") == true, "\(found)")
    }

    /// A cell whose numbers overflow in the network is named before a step is taken.
    @Test func cellsThatOverflowAreNamed() throws {
        var table = rows(0..<300)
        table[17] = "1e25,3,yes"
        expectError(.invalidValue, ["train.csv, line 19, column 'a'", "1e+25", "float32", "dtype=float64"]) {
            _ = try findings(["train": table], ["normalize=none"])
        }
        _ = try findings(["train": table], ["normalize=none", "dtype=float64"])
        _ = try findings(["train": table])
        expectError(.invalidValue, ["dev.csv, line 19, column 'a'"]) {
            _ = try findings(["train": rows(0..<300), "dev": table])
        }
    }

    @Test func classesHaveNoLogarithm() {
        #expect(throws: ConfigurationError.self) {
            try findings(["train": rows(0..<300)], ["target-transform=log"])
        }
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
