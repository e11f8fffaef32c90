import Foundation
import Testing

/// Runs as a person lists, compares and removes them.
@Suite struct RunsTests {
    private static let training = ["train", "digits", "--layers", "8", "--quiet"]

    @Test func runsAreListedComparedExportedAndRemoved() throws {
        try withProgram { (thalweg) throws in
            for (epochs, rate) in [("2", "0.01"), ("3", "0.002")] {
                let output = try thalweg(Self.training + ["--epochs", epochs, "--learning-rate", rate])
                #expect(output.status == 0, "\(output.errors)")
            }
            let list = try thalweg(["runs", "list", "--json", "--sort", "epochs"])
            let runs = try #require(list.json?["runs"] as? [[String: Any]], "\(list.errors)")
            #expect(runs.compactMap { $0["path"] as? String } == ["digits-1", "digits-2"])
            #expect(
                runs.allSatisfy { $0["status"] as? String == "finished" && ($0["started"] as? String)?.count == 24 })
            #expect((runs[0]["command"] as? String)?.hasPrefix("thalweg train digits --layers 8") == true)
            let one = try thalweg(["runs", "--where", "learning-rate<0.005 and dev_accuracy>0"])
            #expect(one.text.contains("digits-2") && !one.text.contains("digits-1"))
            let comparison = try thalweg(["runs", "compare", "runs/digits-1", "digits-2", "--plot"])
            #expect(
                comparison.status == 0 && comparison.text.contains("learning-rate") && comparison.text.contains("└"))
            let shown = try thalweg(["runs", "show", "digits-1", "--plot"])
            #expect(shown.status == 0 && shown.text.contains("Accuracy by step") && shown.text.contains("dev_accuracy"))
            #expect(try thalweg(["runs", "export", "--out", "all.csv"]).status == 0)
            #expect(try thalweg.text("all.csv").split(separator: "\n").count == 3)
            let refused = try thalweg(["runs", "delete", "digits-1"])
            #expect(refused.status == 1 && refused.errors.contains("--yes"))
            // A run of the same name elsewhere, or one that lies elsewhere, is not touched.
            try FileManager.default.copyItem(
                at: thalweg.folder.appendingPathComponent("runs/digits-1"),
                to: thalweg.folder.appendingPathComponent("digits-9"))
            for path in ["digits-9", thalweg.folder.appendingPathComponent("digits-9").path, "runs/../digits-9"] {
                let outside = try thalweg(["runs", "delete", path, "--yes"])
                #expect(
                    outside.status == 1 && outside.errorLines.count == 1
                        && outside.errors.contains("does not lie in 'runs'"),
                    "\(outside.errors)")
            }
            #expect(try thalweg(["runs", "delete", "digits-9", "--runs", ".", "--yes"]).text == "Removed 1 run.\n")
            #expect(
                try thalweg(["runs", "delete", "--where", "seed=1 and epochs=2", "--yes"]).text == "Removed 1 run.\n")
            #expect(try thalweg(["runs", "rebuild"]).text == "1 run in runs\n")
            let usage = try thalweg(["runs", "list", "--where", "nosuch=1"])
            #expect(usage.status == 64 && usage.errorLines.count == 1, "\(usage.errors)")
            let missing = try thalweg(["runs", "show", "digits-1"])
            #expect(missing.status == 1 && missing.errorLines.count == 1, "\(missing.errors)")
            let none = try thalweg(["runs", "--runs", "elsewhere"])
            #expect(none.status == 1 && none.errorLines.count == 1, "\(none.errors)")
        }
    }

    @Test func everyEndOfARunIsTold() throws {
        try withProgram { (thalweg) throws in
            let long = Self.training + ["--epochs", "100000", "--early-stopping", "0", "--out"]
            let process = try thalweg.start(long + ["runs/killed"], errors: "killed.txt")
            try thalweg.wait(for: "runs/killed/metrics.csv")
            func status(_ run: String) throws -> String? {
                try thalweg(["runs", "show", run, "--json"]).json?["status"] as? String
            }
            #expect(try status("killed") == "running")
            let busy = try thalweg(["train", "--resume", "--out", "runs/killed", "--quiet"])
            #expect(busy.status == 1 && busy.errors.contains("another process is training"), "\(busy.errors)")
            let refused = try thalweg(["runs", "delete", "killed", "--yes"])
            #expect(refused.status == 1 && refused.errors.contains("another process is training"))
            kill(process.processIdentifier, SIGKILL)
            process.waitUntilExit()
            #expect(try status("killed") == "killed")
            _ = try thalweg(long + ["runs/interrupted"], signalAfter: (SIGTERM, 1))
            #expect(try status("interrupted") == "interrupted")
            let failed = try thalweg(
                Self.training + [
                    "--epochs", "9", "--learning-rate", "1e30", "--optimizer", "sgd", "--out", "runs/failed",
                ])
            #expect(failed.status == 1)
            #expect(try status("failed") == "failed")
            #expect(try thalweg(["report", "runs/killed"]).status == 0)
        }
    }

    @Test func aReportIsMadeUnlessItIsNotWanted() throws {
        try withProgram { (thalweg) throws in
            let drawn = try thalweg(Self.training + ["--epochs", "3", "--plot", "--tensorboard", "--out", "a"])
            #expect(drawn.status == 0 && drawn.text.contains("Cost by step"))
            #expect(try thalweg.text("a/report.html").contains("Recall by class"))
            #expect(
                try FileManager.default.contentsOfDirectory(
                    atPath: thalweg.folder.appendingPathComponent("a/tensorboard/dev").path
                ).count == 1)
            let json = try thalweg(Self.training + ["--epochs", "3", "--plot", "--no-report", "--json", "--out", "b"])
            #expect(
                json.json?["out"] as? String == "b" && json.errors.contains("Cost by step")
                    && json.text.split(separator: "\n").count == 1)
            #expect(throws: (any Error).self) { try thalweg.bytes("b/report.html") }
        }
    }

    /// Several processes use one index, some are killed at any moment.
    @Test func theIndexSurvivesKilledProcesses() throws {
        try withProgram { (thalweg) throws in
            #expect(try thalweg(Self.training + ["--epochs", "1"]).status == 0)
            let source = thalweg.folder.appendingPathComponent("runs/digits-1")
            for round in 0..<6 {
                for number in 0..<10 {
                    try FileManager.default.copyItem(
                        at: source, to: thalweg.folder.appendingPathComponent("runs/copy-\(round)-\(number)"))
                }
                let processes = try (0..<4).map {
                    try thalweg.start(["runs", $0 == 0 ? "rebuild" : "list"], errors: "errors-\($0).txt")
                }
                usleep(useconds_t(round * 12_000 + 3000))
                for process in processes[...1] where process.isRunning { kill(process.processIdentifier, SIGKILL) }
                for (number, process) in processes.enumerated() {
                    process.waitUntilExit()
                    guard number > 1 else { continue }
                    #expect(process.terminationStatus == 0)
                    let said = try thalweg.text("errors-\(number).txt")
                    #expect(said.isEmpty, "\(said)")
                }
                let list = try thalweg(["runs", "list", "--json"])
                #expect(list.json?["count"] as? Int == 1 + 10 * (round + 1), "\(list.errors)")
                #expect(list.errors.isEmpty)
            }
        }
    }
}
