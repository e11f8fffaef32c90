import Foundation
import Testing

/// What a person sees of `thalweg diagnose`.
@Suite struct DiagnoseTests {
    private static let table: String = {
        var state: UInt64 = 7
        func next() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) / Double(1 << 53)
        }
        return "x,y,label\n"
            + (0..<500).map { _ in
                let (x, y) = (next(), next())
                return "\(x),\(y),\((x - 0.5) * (y - 0.5) > 0 ? "yes" : "no")\n"
            }.joined()
    }()

    private func withRun(_ options: [String], _ body: (CommandLineProgram) throws -> Void) throws {
        try withProgram { thalweg in
            try thalweg.write(Self.table, to: "t.csv")
            let output = try thalweg(["train", "t.csv", "--quiet", "--out", "run"] + options)
            #expect(output.status == 0, "\(output.errors)")
            try body(thalweg)
        }
    }

    @Test func aTooSmallNetworkIsToldWithTheCommandThatHelps() throws {
        try withRun(["--layers", "", "--set", "bins=false"]) { thalweg in
            let output = try thalweg(["diagnose", "run", "--explain"])
            #expect(output.status == 0 && !output.errors.contains("error"), "\(output.errors)")
            for part in [
                "Avoidable bias is the problem", "bigger network: layers 64, 32 instead of no hidden layer",
                "Which knob serves which error:",
            ] { #expect(output.text.contains(part), "\(output.text)") }
            #expect(output.text.contains("What to do, in this order:\n  1. bigger network"))
            let line = try #require(output.text.split(separator: "\n").first { $0.contains("  thalweg train") })
            // The command is taken as it stands, and does what was promised.
            let words = line.split(separator: " ").dropFirst().map(String.init)
            #expect(try thalweg(words + ["--quiet"]).status == 0)
            func error(_ run: String) throws -> Double {
                let errors = try #require(try thalweg(["diagnose", run, "--json"]).json?["errors"] as? [String: Any])
                let levels = try #require(errors["levels"] as? [[String: Any]])
                return try #require(levels.first { $0["name"] as? String == "dev" }?["error"] as? Double)
            }
            #expect(try error("run-bigger") < error("run") - 0.2)
        }
    }

    /// Nothing is wrong but the classes: what training noticed of them comes with what helps.
    @Test func rareClassesAreTold() throws {
        try withProgram { thalweg in
            let rows = (0..<600).map { (row: Int) -> String in
                let x = Double(row * 7919 % 601) / 601
                return "\(x),\(x > 0.8 && row % 9 == 0 ? "rare" : "common")\n"
            }
            try thalweg.write("x,label\n" + rows.joined(), to: "t.csv")
            #expect(try thalweg(["train", "t.csv", "--epochs", "20", "--quiet", "--out", "run"]).status == 0)
            let output = try thalweg(["diagnose", "run"])
            #expect(output.text.contains("hardly any are of 'rare'"), "\(output.text)\(output.errors)")
            #expect(output.text.contains("--set class-weights=balanced"), "\(output.text)")
        }
    }

    @Test func jsonHoldsWhatTheFileHolds() throws {
        try withRun(["--epochs", "20"]) { thalweg in
            let output = try thalweg(["diagnose", "run", "--json", "--human-error", "0.5%"])
            let json = try #require(output.json)
            let file = try #require(
                try JSONSerialization.jsonObject(with: thalweg.bytes("run/diagnosis.json")) as? NSDictionary)
            #expect(file == json as NSDictionary)
            let levels = try #require((json["errors"] as? [String: Any])?["levels"] as? [[String: Any]])
            #expect(levels.first?["error"] as? Double == 0.005)
            #expect(levels.map { $0["name"] as? String } == ["human", "train", "dev", "test"])
            let beyond = try thalweg(["diagnose", "run", "--human-error", "5"])
            #expect(beyond.status == 1 && beyond.errors.contains("at most 1, or 100%"))
        }
    }

    @Test func aRunWhoseDataAreGoneIsJudgedByItsOwnFigures() throws {
        try withRun(["--epochs", "20"]) { thalweg in
            try FileManager.default.removeItem(at: thalweg.folder.appendingPathComponent("t.csv"))
            let output = try thalweg(["diagnose", "run"])
            #expect(output.status == 0 && output.errors.contains("data cannot be read"), "\(output.errors)")
            #expect(output.text.contains("variance"))
        }
    }

    @Test func aRunThatBrokeOffIsDiagnosed() throws {
        try withProgram { thalweg in
            try thalweg.write(Self.table, to: "t.csv")
            let training = try thalweg([
                "train", "t.csv", "--optimizer", "sgd", "--learning-rate", "1e30", "--quiet", "--out", "run",
            ])
            #expect(training.status == 1)
            let output = try thalweg(["diagnose", "run"])
            #expect(
                output.status == 0 && output.text.contains("Training broke off: the cost became"), "\(output.errors)")
            #expect(output.text.contains("Rate too high"), "\(output.text)")
        }
    }

    @Test func anyMetricMakesAnError() throws {
        try withRun(["--epochs", "20"]) { thalweg in
            let output = try thalweg(["diagnose", "run", "--metric", "roc-auc", "--json"])
            #expect(output.json?["metric"] as? String == "1 - roc-auc", "\(output.errors)")
            let none = try thalweg(["diagnose", "run", "--metric", "recall:ten"])
            #expect(none.status == 1 && none.errors.contains("no class 'ten'"), "\(none.errors)")
            let unknown = try thalweg(["diagnose", "run", "--metric", "rmse"])
            #expect(unknown.status == 1 && unknown.errorLines.count == 1, "\(unknown.errors)")
        }
    }

    @Test func trainDevTellsVarianceFromMismatch() throws {
        try withProgram { thalweg in
            try thalweg.write(Self.table, to: "t.csv")
            let lines = Self.table.split(separator: "\n")
            // Another rule holds for dev.
            let other = lines.map {
                $0.replacing("yes", with: "?").replacing("no", with: "yes").replacing("?", with: "no")
            }
            try thalweg.write(other.joined(separator: "\n") + "\n", to: "dev.csv")
            let training = try thalweg([
                "train", "t.csv", "--dev", "dev.csv", "--set", "train-dev=0.2", "--early-stopping", "0", "--quiet",
                "--out", "run",
            ])
            #expect(training.status == 0, "\(training.errors)")
            let output = try thalweg(["diagnose", "run"])
            #expect(output.text.contains("train-dev") && output.text.contains("Data mismatch"), "\(output.text)")
        }
    }

    @Test func mistakesAreOneLine() throws {
        try withRun(["--epochs", "3"]) { thalweg in
            for (arguments, status) in [
                (["run", "--human-error", "few"], 64), (["nowhere"], 1), (["run", "--train-dev", "nowhere.csv"], 1),
                (["t.csv"], 1),
            ] as [([String], Int32)] {
                let output = try thalweg(["diagnose"] + arguments)
                #expect(output.status == status && output.errors.contains("error: "), "\(arguments) \(output.errors)")
                #expect(status == 64 || output.errorLines.count == 1, "\(output.errors)")
            }
        }
    }
}
