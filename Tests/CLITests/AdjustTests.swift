import Foundation
import Testing

/// Changes to a run while it trains, and the run that repeats them.
@Suite(.serialized) struct AdjustTests {
    private static let training = [
        "train", "digits", "--layers", "16", "--batch-size", "32", "--early-stopping", "0", "--quiet", "--seed", "5",
        "--set", "checkpoint-steps=50",
    ]

    /// A training process in the background.
    private final class Background {
        let process = Process()

        init(_ thalweg: CommandLineProgram, _ arguments: [String], run: String) throws {
            process.executableURL = CommandLineProgram.url
            process.arguments = arguments + ["--out", run]
            process.currentDirectoryURL = thalweg.folder
            process.standardOutput = FileHandle.nullDevice
            process.standardError = FileHandle.nullDevice
            try process.run()
            let state = thalweg.folder.appendingPathComponent("\(run)/checkpoint/state.json").path
            for _ in 0..<400 where !FileManager.default.fileExists(atPath: state) { usleep(25_000) }
        }

        deinit { if process.isRunning { kill(process.processIdentifier, SIGKILL) } }
    }

    private func expectRepeated(_ thalweg: CommandLineProgram) throws {
        let again = try thalweg(["train", "--config", "run/config.toml", "--quiet", "--out", "again"])
        #expect(again.status == 0, "\(again.errors)")
        #expect(try thalweg.bytes("run/model.safetensors") == thalweg.bytes("again/model.safetensors"))
        #expect(try thalweg.text("run/metrics.csv") == thalweg.text("again/metrics.csv"))
    }

    @Test func rateAndStopAreMadeAndRepeated() throws {
        try withProgram { (thalweg) throws in
            let run = try Background(thalweg, Self.training + ["--epochs", "100000"], run: "run")
            let rate = try thalweg(["adjust", "run", "--learning-rate", "0.0005"])
            #expect(rate.status == 0 && rate.text.hasPrefix("learning-rate=0.0005 from step "), "\(rate)")
            let stop = try thalweg(["adjust", "run", "--stop", "--json"])
            #expect(stop.json?["is_applied"] as? Bool == true, "\(stop)")
            run.process.waitUntilExit()
            #expect(run.process.terminationStatus == 0)
            let text = try thalweg.text("run/config.toml")
            #expect(text.contains(": learning-rate=0.0005\", \"") && text.contains(": stop\"]"), "\(text)")
            let answers = try thalweg.text("run/adjustments.jsonl").split(separator: "\n")
            #expect(answers.count == 2 && answers[1].contains("\"change\":\"stop\""))
            try expectRepeated(thalweg)
        }
    }

    /// Killed after a change, resumed to the end: the change is made again at its step.
    @Test func changesOutliveAKill() throws {
        try withProgram { (thalweg) throws in
            let run = try Background(thalweg, Self.training + ["--epochs", "100000"], run: "run")
            let asked = try thalweg(["adjust", "run", "--epochs", "70", "--learning-rate", "0.01"])
            // A quick machine may have gone further than 70 epochs: then it ends with the present one.
            #expect(asked.status == 0, "\(asked)")
            kill(run.process.processIdentifier, SIGKILL)
            run.process.waitUntilExit()
            let resumed = try thalweg(["train", "--resume", "--out", "run", "--quiet"])
            #expect(resumed.status == 0, "\(resumed.errors)")
            let text = try thalweg.text("run/config.toml")
            let epochs = try #require(text.firstMatch(of: /: epochs=(\d+)"\]/), "\(text)").1
            #expect(try #require(Int(epochs)) >= 70)
            try expectRepeated(thalweg)
        }
    }

    /// Epochs that have begun are not taken back; the run that was asked for fewer is finished, and says so when it is resumed.
    @Test func fewerEpochsThanBegunEndTheRun() throws {
        try withProgram { (thalweg) throws in
            let run = try Background(thalweg, Self.training + ["--epochs", "100000"], run: "run")
            for _ in 0..<400 where try thalweg.text("run/metrics.csv").split(separator: "\n").count < 6 {
                usleep(25_000)
            }
            let asked = try thalweg(["adjust", "run", "--epochs", "2"])
            #expect(asked.status == 0 && asked.text.contains("epochs=2 is past"), "\(asked)")
            run.process.waitUntilExit()
            #expect(run.process.terminationStatus == 0)
            let resumed = try thalweg(["train", "--resume", "--out", "run"])
            #expect(resumed.status == 0 && resumed.text.contains("It was finished already"), "\(resumed)")
            try expectRepeated(thalweg)
        }
    }

    @Test func nothingIsChangedAfterAStop() throws {
        try withProgram { (thalweg) throws in
            let run = try Background(thalweg, Self.training + ["--epochs", "100000"], run: "run")
            // Both wait when the trainer looks.
            for (id, change) in [("1-1", "stop"), ("2-1", "learning-rate=0.5")] {
                try FileManager.default.createDirectory(
                    at: thalweg.folder.appendingPathComponent("run/requests"), withIntermediateDirectories: true)
                try thalweg.write("{\"id\":\"\(id)\",\"changes\":[\"\(change)\"]}", to: "run/requests/\(id).tmp")
            }
            for id in ["2-1", "1-1"] {
                try FileManager.default.moveItem(
                    at: thalweg.folder.appendingPathComponent("run/requests/\(id).tmp"),
                    to: thalweg.folder.appendingPathComponent("run/requests/\(id).json"))
            }
            run.process.waitUntilExit()
            let answers = try thalweg.text("run/adjustments.jsonl").split(separator: "\n")
            let rate = try #require(answers.last { $0.contains("learning-rate") })
            // Looked at between the two moves, the rate came first: then nothing is refused.
            #expect(rate.contains("refusal") || answers.first == rate, "\(answers)")
            let late = try thalweg(["adjust", "run", "--learning-rate", "0.1"])
            #expect(late.status == 1 && late.errors.contains("is not training now"), "\(late)")
            #expect(
                try FileManager.default.contentsOfDirectory(
                    atPath: thalweg.folder.appendingPathComponent("run/requests").path
                ).isEmpty)
        }
    }

    @Test func aStoppedRunGoesOnWhenResumed() throws {
        try withProgram { (thalweg) throws in
            let base = Self.training + ["--epochs", "4"]
            #expect(try thalweg(base + ["--out", "whole"]).status == 0)
            #expect(try thalweg(base + ["--set", "adjustments=60: stop", "--out", "run"]).status == 0)
            #expect(try thalweg.text("run/metrics.csv") != thalweg.text("whole/metrics.csv"))
            #expect(try thalweg(["train", "--resume", "--out", "run", "--quiet"]).status == 0)
            #expect(try thalweg.bytes("run/model.safetensors") == thalweg.bytes("whole/model.safetensors"))
            #expect(try thalweg.text("run/metrics.csv") == thalweg.text("whole/metrics.csv"))
        }
    }

    @Test func whatCannotBeChangedIsSaid() throws {
        try withProgram { (thalweg) throws in
            for (arguments, status, words) in [
                (["adjust", "nowhere", "--stop"], 1, "does not exist"),
                (["adjust", "nowhere"], 64, "say what to change"),
                (["adjust", "nowhere", "--learning-rate", "-1"], 64, "positive"),
                (["adjust", "nowhere", "--epochs", "0"], 64, "out of range"),
                (["train", "digits", "--set", "adjustments=5: faster"], 64, "adjustments"),
                (["train", "digits", "--out", ""], 64, "the folder's name is empty"),
                (["tune", "digits", "--out", ""], 64, "the folder's name is empty"),
                (["train", "digits", "--set", "adjustments=9: stop,5: stop"], 64, "in the order of their steps"),
            ] as [([String], Int32, String)] {
                let output = try thalweg(arguments)
                #expect(output.status == status && output.errorLines.count == 1, "\(arguments): \(output)")
                #expect(output.errors.contains(words), "\(output.errors)")
            }
        }
    }
}
