import Foundation
import Testing

/// A run that is killed at any moment and resumed ends as one that was not.
@Suite(.serialized) struct ResumeTests {
    static let training = [
        "train", "digits", "--layers", "16", "--batch-size", "64", "--epochs", "6", "--seed", "3", "--set",
        "checkpoint-steps=7", "--early-stopping", "4", "--batch-norm", "--quiet",
    ]

    static let moments = [
        "step:1", "step:6", "step:7", "step:23", "step:51", "step:101", "row:1", "row:4", "before-checkpoint:1",
        "before-checkpoint:9", "tensors-written:1", "tensors-written:5", "state-half-written:1",
        "state-half-written:6", "state-written:1", "state-written:8", "old-tensors-removed:3", "before-model:1",
        "weights-written:1", "tensors-written:14",
    ]

    @Test func killedAtTwentyMoments() throws {
        try withProgram { (thalweg) throws in
            #expect(try thalweg(Self.training + ["--out", "whole"]).status == 0)
            let weights = try thalweg.bytes("whole/model.safetensors")
            let metrics = try thalweg.text("whole/metrics.csv")
            for moment in Self.moments {
                let run = "run-" + moment.replacingOccurrences(of: ":", with: "-")
                let killed = try thalweg(Self.training + ["--out", run, "--failpoint", moment])
                #expect(killed.wasKilled && killed.status == SIGKILL, "\(moment): \(killed.errors)")
                let resumed = try thalweg(["train", "--resume", "--out", run, "--quiet"])
                #expect(resumed.status == 0, "\(moment): \(resumed.errors)")
                #expect(try thalweg.bytes("\(run)/model.safetensors") == weights, "\(moment)")
                #expect(try thalweg.text("\(run)/metrics.csv") == metrics, "\(moment)")
                let left = try FileManager.default.contentsOfDirectory(
                    atPath: thalweg.folder.appendingPathComponent("\(run)/checkpoint").path)
                #expect(left.count == 2, "\(moment) left \(left)")
            }
        }
    }

    /// Kills by the clock, several in one run, wherever they land.
    @Test func killedByTheClock() throws {
        try withProgram { (thalweg) throws in
            let long = Self.training + ["--epochs", "40", "--early-stopping", "0"]
            #expect(try thalweg(long + ["--out", "whole"]).status == 0)
            var kills = 0
            var landed: [String] = []
            var arguments = long + ["--out", "run"]
            for attempt in 0..<6 {
                let output = try thalweg(arguments, killAfter: 0.08 + 0.03 * Double(attempt))
                guard output.wasKilled else { break }
                kills += 1
                let rows = (try? thalweg.text("run/metrics.csv"))?.split(separator: "\n").count ?? 0
                landed.append("after \(rows) rows of metrics")
                let exists = FileManager.default.fileExists(atPath: thalweg.folder.appendingPathComponent("run").path)
                arguments = exists ? long + ["--resume", "--out", "run"] : long + ["--out", "run"]
            }
            if FileManager.default.fileExists(atPath: thalweg.folder.appendingPathComponent("run").path) {
                arguments = long + ["--resume", "--out", "run"]
            }
            let last = try thalweg(arguments)
            #expect(last.status == 0, "\(last.errors)")
            print("killed \(kills) times: \(landed.joined(separator: ", "))")
            #expect(try thalweg.bytes("run/model.safetensors") == thalweg.bytes("whole/model.safetensors"))
            #expect(try thalweg.text("run/metrics.csv") == thalweg.text("whole/metrics.csv"))
        }
    }

    @Test(arguments: [(SIGINT, 130), (SIGHUP, 129), (SIGTERM, 143)] as [(Int32, Int32)])
    func interruptionSaves(_ signal: Int32, _ status: Int32) throws {
        try withProgram { (thalweg) throws in
            let long = Self.training + ["--epochs", "3000", "--early-stopping", "0", "--set", "checkpoint-steps=none"]
            let output = try thalweg(long + ["--out", "run"], signalAfter: (signal, 1.0))
            #expect(output.status == status && !output.wasKilled, "\(output.status) \(output.errors)")
            #expect(output.errors.contains("--resume"))
            #expect(
                FileManager.default.fileExists(
                    atPath: thalweg.folder.appendingPathComponent("run/checkpoint/state.json").path))
            for verb in [["info", "run"], ["evaluate", "run", "digits"], ["predict", "run", "digits"]] {
                let asked = try thalweg(verb)
                #expect(asked.status == 1 && asked.errorLines.count == 1, "\(asked.errors)")
                #expect(
                    asked.errors.contains("interrupted at step")
                        && asked.errors.contains("go on with: thalweg train --resume --out run"), "\(asked.errors)")
            }
        }
    }

    @Test func aHangUpThatIsIgnoredStaysSo() throws {
        try withProgram { (thalweg) throws in
            let shell = Process()
            shell.executableURL = URL(fileURLWithPath: "/bin/bash")
            shell.arguments = [
                "-c",
                "trap '' HUP; '\(CommandLineProgram.url.path)' train digits --epochs 400 --quiet --out run & "
                    + "sleep 0.3; kill -HUP $!; wait $!",
            ]
            shell.currentDirectoryURL = thalweg.folder
            shell.standardOutput = FileHandle.nullDevice
            shell.standardError = FileHandle.nullDevice
            try shell.run()
            shell.waitUntilExit()
            #expect(shell.terminationStatus == 0)
            #expect(try thalweg(["info", "run"]).status == 0)
        }
    }

    /// A run that has ended is not begun anew over its own model.
    @Test func aCheckpointThatIsGoneIsSaid() throws {
        try withProgram { (thalweg) throws in
            #expect(
                try thalweg(["train", "digits", "--epochs", "2", "--layers", "8", "--out", "r", "--quiet"]).status == 0)
            let weights = try thalweg.bytes("r/model.safetensors")
            try FileManager.default.removeItem(at: thalweg.folder.appendingPathComponent("r/checkpoint"))
            let output = try thalweg(["train", "--resume", "--out", "r"])
            #expect(output.status == 1 && output.errors.contains("checkpoint"), "\(output.errors)")
            #expect(try thalweg.bytes("r/model.safetensors") == weights)
        }
    }

    @Test func killedBeforeTheFirstCheckpoint() throws {
        try withProgram { (thalweg) throws in
            let base = ["train", "digits", "--layers", "8", "--epochs", "5", "--quiet", "--out", "run"]
            #expect(try thalweg(base + ["--failpoint", "step:2"]).wasKilled)
            let info = try thalweg(["info", "run"])
            #expect(info.status == 1 && info.errors.contains("before its first checkpoint"), "\(info.errors)")
        }
    }

    /// By the clock, long before `checkpoint-seconds`.
    @Test func theFirstCheckpointIsEarly() throws {
        try withProgram { (thalweg) throws in
            let long =
                Self.training + [
                    "--epochs", "100000", "--early-stopping", "0", "--set", "checkpoint-steps=none", "--out", "run",
                ]
            #expect(try thalweg(long, killAfter: 3).wasKilled)
            #expect(try thalweg(["info", "run"]).errors.contains("killed after step"))
        }
    }

    @Test func anExtendedRunSaysSo() throws {
        try withProgram { (thalweg) throws in
            let base = ["train", "digits", "--layers", "8", "--batch-size", "64", "--quiet", "--out", "run"]
            #expect(try thalweg(base + ["--epochs", "2"]).status == 0)
            #expect(try !thalweg.text("run/config.toml").contains("Extended"))
            let more = ["train", "--resume", "--out", "run", "--epochs", "4", "--quiet"]
            #expect(try thalweg(more + ["--set", "checkpoint-steps=3", "--failpoint", "step:5"]).wasKilled)
            let info = try thalweg(["info", "run"])
            #expect(info.status == 0 && info.errors.contains("go on with: thalweg train --resume"), "\(info.errors)")
            #expect(try thalweg(more).status == 0)
            #expect(try thalweg(["info", "run"]).errors.isEmpty)
            let text = try thalweg.text("run/config.toml")
            #expect(text.contains("# Extended at step 34: until then the plan was 2 epochs."), "\(text)")
            #expect(text.components(separatedBy: "Extended").count == 2)
            #expect(try thalweg(["train", "--config", "run/config.toml", "--quiet", "--out", "again"]).status == 0)
        }
    }

    @Test func moreEpochsGoOnAsOneRun() throws {
        try withProgram { (thalweg) throws in
            let base = Self.training + ["--schedule", "constant", "--early-stopping", "0"]
            #expect(try thalweg(base + ["--epochs", "5", "--out", "whole"]).status == 0)
            #expect(try thalweg(base + ["--epochs", "2", "--out", "run"]).status == 0)
            #expect(try thalweg(["train", "--resume", "--out", "run", "--epochs", "5", "--quiet"]).status == 0)
            #expect(try thalweg.bytes("run/model.safetensors") == thalweg.bytes("whole/model.safetensors"))
            #expect(try thalweg.text("run/metrics.csv") == thalweg.text("whole/metrics.csv"))
        }
    }

    @Test func fullBatchGoesOnToo() throws {
        try withProgram { (thalweg) throws in
            let base = ["train", "digits", "--layers", "8", "--epochs", "30", "--quiet", "--set", "checkpoint-steps=4"]
            #expect(try thalweg(base + ["--out", "whole"]).status == 0)
            #expect(try thalweg(base + ["--out", "run", "--failpoint", "step:18"]).wasKilled)
            #expect(try thalweg(["train", "--resume", "--out", "run", "--quiet"]).status == 0)
            #expect(try thalweg.bytes("run/model.safetensors") == thalweg.bytes("whole/model.safetensors"))
            #expect(try thalweg.text("run/metrics.csv") == thalweg.text("whole/metrics.csv"))
        }
    }

    @Test func changesAreRefusedByName() throws {
        try withProgram { (thalweg) throws in
            try thalweg.write(Self.table(rows: 60, shift: 0), to: "a.csv")
            let base = ["train", "a.csv", "--epochs", "3", "--quiet", "--out", "run"]
            #expect(try thalweg(base).status == 0)
            let rate = try thalweg(["train", "--resume", "--out", "run", "--learning-rate", "0.5"])
            #expect(rate.status == 1 && rate.errors.contains("learning-rate is 0.5 but was"), "\(rate.errors)")
            #expect(rate.errorLines.count == 1)
            try thalweg.write(Self.table(rows: 60, shift: 1), to: "a.csv")
            let data = try thalweg(["train", "--resume", "--out", "run"])
            #expect(
                data.status == 1
                    && data.errors.contains("a.csv have changed: other content in the same 60 examples"),
                "\(data.errors)")
            try thalweg.write(Self.table(rows: 61, shift: 0), to: "a.csv")
            let longer = try thalweg(["train", "--resume", "--out", "run", "--test", "a.csv"])
            #expect(longer.errors.contains("the data in") && longer.errors.contains("61 examples instead of 60"))
            #expect(longer.errors.contains("the test examples in") && longer.errors.contains("were not there"))
            let again = try thalweg(base)
            #expect(again.status == 1 && again.errors.contains("already exists"))
        }
    }

    static func table(rows: Int, shift: Int) -> String {
        "a,b,label\n"
            + (0..<rows).map {
                "\(Double($0 * 7 % 13 + shift) / 3),\(Double($0 * 5 % 11)),\(($0 * 7 % 13) > 6 ? "yes" : "no")\n"
            }
            .joined()
    }
}
