import Foundation
import Testing

/// Warnings, what a run folder keeps of them, and the search for a rate.
@Suite struct WatchCommandTests {
    @Test func aFaultIsOneWarningAndAFinding() throws {
        try withProgram { (thalweg) throws in
            let output = try thalweg([
                "train", "digits", "--learning-rate", "0.5", "--epochs", "30", "--json", "--out", "run",
            ])
            let warnings = output.errorLines.filter { $0.hasPrefix("warning: ") }
            #expect(
                warnings.count == 1 && warnings[0].hasPrefix("warning: rate too high: the cost rose"), "\(warnings)")
            #expect(warnings[0].contains("--set learning-rate=0.005"))
            let findings = try #require(output.json?["findings"] as? [[String: Any]])
            #expect(findings.first?["kind"] as? String == "rate-too-high")
            #expect(try thalweg.text("run/findings.json").contains("rate-too-high"))
        }
    }

    @Test func watchedRunsResumeBitForBit() throws {
        try withProgram { (thalweg) throws in
            let base = [
                "train", "digits", "--layers", "16", "--batch-size", "64", "--epochs", "6", "--watch", "--quiet",
                "--set",
                "checkpoint-steps=10",
            ]
            #expect(try thalweg(base + ["--out", "whole"]).status == 0)
            #expect(try thalweg(base + ["--out", "run", "--failpoint", "step:47"]).wasKilled)
            #expect(try thalweg(["train", "--resume", "--out", "run", "--quiet"]).status == 0)
            for file in ["model.safetensors", "metrics.csv", "watch.csv", "findings.json"] {
                #expect(try thalweg.bytes("run/\(file)") == thalweg.bytes("whole/\(file)"), "\(file)")
            }
            let lines = try thalweg.text("run/watch.csv").split(separator: "\n")
            #expect(lines[0] == "step,layer,weight_norm,gradient_norm,update_ratio,dead,saturated")
            #expect(lines.count == 1 + 2 * 102 && lines[1].hasPrefix("0,layers.0,"), "\(lines.count)")
        }
    }

    @Test func ratesAreSearchedFor() throws {
        try withProgram { (thalweg) throws in
            let output = try thalweg(["train", "digits", "--find-rate", "--json"])
            let json = try #require(output.json)
            let suggestion = try #require(json["suggestion"] as? Double)
            #expect((0.0005...0.05).contains(suggestion))
            #expect(output.errors.contains("Next: thalweg train digits --learning-rate"))
            let rows = try thalweg.text("runs/digits-rates-1/rates.csv").split(separator: "\n")
            #expect(rows[0] == "rate,cost,smoothed" && rows.count == 1 + (json["steps"] as? Int ?? 0))
            #expect(try thalweg(["train", "digits", "--find-rate", "--quiet"]).text.contains("0.00"))
            let named = try thalweg(["train", "--find-rate", "digits", "--out", "rates", "--layers", "16"])
            #expect(named.text.contains("Next: thalweg train digits --layers 16 --learning-rate"), "\(named.text)")
            // Nothing was trained.
            #expect(try thalweg(["info", "runs/digits-rates-1"]).status == 1)
            #expect(try thalweg(["train", "--resume", "--out", "x", "--find-rate"]).status == 64)
        }
    }
}
