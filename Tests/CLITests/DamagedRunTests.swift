import Foundation
import Testing

/// Run folders that lack something, or whose files are damaged: one line names the file and what is wrong with it.
@Suite(.serialized) struct DamagedRunTests {
    private func withRun(_ body: (CommandLineProgram) throws -> Void) throws {
        try withProgram { thalweg in
            let output = try thalweg(["train", "digits", "--epochs", "3", "--layers", "8", "--quiet", "--out", "run"])
            try #require(output.status == 0, "\(output.errors)")
            try body(thalweg)
        }
    }

    private func expectLine(
        _ thalweg: CommandLineProgram, _ arguments: [String], _ words: String, status: Int32 = 1
    ) throws {
        let output = try thalweg(arguments)
        #expect(output.status == status && output.errors.contains(words), "\(arguments): \(output.errors)")
        #expect(status == 0 || output.errorLines.count == 1, "\(arguments): \(output.errors)")
    }

    @Test func settingsThatAreGoneComeFromTheCheckpoint() throws {
        try withRun { thalweg in
            let file = thalweg.folder.appendingPathComponent("run/config.toml")
            let settings = try thalweg.text("run/config.toml")
            try FileManager.default.removeItem(at: file)
            #expect(try thalweg(["diagnose", "run"]).status == 0)
            #expect(try thalweg(["errors", "run"]).status == 0)
            try expectLine(thalweg, ["adjust", "run", "--stop"], "is not training now, there is nothing to stop")
            let resumed = try thalweg(["train", "--resume", "--out", "run"])
            #expect(resumed.status == 0 && resumed.text.contains("It was finished already"), "\(resumed)")
            #expect(try thalweg.text("run/config.toml") == settings)
            #expect(try thalweg.text("run/model.json").contains("\"testUses\" : 1"))
            try FileManager.default.removeItem(at: file)
            try FileManager.default.removeItem(at: thalweg.folder.appendingPathComponent("run/checkpoint"))
            for arguments in [
                ["train", "--resume", "--out", "run"], ["diagnose", "run"], ["errors", "run"], ["plan", "run"],
                ["gradcheck", "run"],
            ] { try expectLine(thalweg, arguments, "run/config.toml: is missing, and no checkpoint") }
        }
    }

    @Test func filesAreNamed() throws {
        try withRun { thalweg in
            func spoil(_ name: String, _ text: String?, _ body: () throws -> Void) throws {
                let url = thalweg.folder.appendingPathComponent("run/\(name)")
                let sound = try? Data(contentsOf: url)
                if let text {
                    try thalweg.write(text, to: "run/\(name)")
                } else {
                    try FileManager.default.removeItem(at: url)
                }
                try body()
                if let sound { try sound.write(to: url) } else { try FileManager.default.removeItem(at: url) }
            }
            let resume = ["train", "--resume", "--out", "run", "--epochs", "4", "--quiet"]
            let (diagnose, report) = (["diagnose", "run"], ["report", "run"])
            try spoil("metrics.csv", nil) {
                try expectLine(thalweg, resume, "run/metrics.csv: is missing")
                try expectLine(thalweg, report, "run/metrics.csv: is missing", status: 0)
                try expectLine(thalweg, diagnose, "run/metrics.csv: is missing", status: 0)
            }
            try spoil("metrics.csv", "a,b\n") {
                try expectLine(thalweg, resume, "run/metrics.csv: has 4 bytes")
                try expectLine(thalweg, report, "run/metrics.csv: is damaged", status: 0)
            }
            try spoil("findings.json", "[{\"kind\": \"gloom\", \"evidence\": \"\", \"actions\": []}]") {
                try expectLine(thalweg, diagnose, "run/findings.json: is damaged: '0.kind'", status: 0)
                try expectLine(thalweg, report, "run/findings.json: is damaged", status: 0)
            }
            try spoil("diagnosis.json", "{") {
                try expectLine(thalweg, report, "run/diagnosis.json: is damaged: it is no whole JSON", status: 0)
            }
            try spoil("model.json", "{\"format\": 1}") {
                try expectLine(thalweg, ["predict", "run", "digits"], "run/model.json: is damaged: '")
                try expectLine(thalweg, report, "run/model.json: is damaged", status: 0)
            }
            try spoil("checkpoint/state.json", "{") {
                try expectLine(thalweg, resume, "run/checkpoint/state.json: is damaged")
            }
        }
    }

    /// Before a setting there was its default, or nothing would be as it was.
    @Test func checkpointsOfEarlierVersionsGoOn() throws {
        try withRun { thalweg in
            let file = thalweg.folder.appendingPathComponent("run/checkpoint/state.json")
            func change(_ body: (inout [String: Any]) -> Void) throws {
                var state = try #require(
                    try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
                var settings = try #require(state["configuration"] as? [String: Any])
                body(&settings)
                state["configuration"] = settings
                try JSONSerialization.data(withJSONObject: state).write(to: file)
            }
            let sound = try Data(contentsOf: file)
            try change { $0["gravity"] = 9.81 }
            try expectLine(
                thalweg, ["train", "--resume", "--out", "run"],
                "state.json: holds the setting 'gravity', which this version")
            try sound.write(to: file)
            try change { settings in
                for name in ["precision", "watch", "adjustments", "l1", "checkpointSeconds"] {
                    #expect(settings.removeValue(forKey: name) != nil, "\(name)")
                }
            }
            let resumed = try thalweg(["train", "--resume", "--out", "run", "--epochs", "4", "--quiet"])
            #expect(resumed.status == 0, "\(resumed.errors)")
        }
    }

    @Test func runsWithoutAModelSayWhy() throws {
        try withProgram { thalweg in
            let wild = ["train", "digits", "--optimizer", "sgd", "--learning-rate", "1e30", "--quiet", "--out", "wild"]
            #expect(try thalweg(wild).status == 1)
            let killed = [
                "train", "digits", "--layers", "4", "--quiet", "--out", "killed", "--set", "checkpoint-steps=2",
                "--failpoint", "step:5",
            ]
            #expect(try thalweg(killed).wasKilled)
            for verb in ["predict", "evaluate", "errors", "info", "plan"] {
                let data = ["predict", "evaluate"].contains(verb) ? ["digits"] : []
                try expectLine(
                    thalweg, [verb, "wild"] + data, "wild: training failed and left no model: the cost became")
                try expectLine(thalweg, [verb, "killed"] + data, "killed: killed after step 4 ")
            }
        }
    }

    /// A name too much on the command line costs neither the run nor the data.
    @Test func runsAndDataAreNotWrittenOver() throws {
        try withRun { thalweg in
            try thalweg.write("row,tag\n", to: "tags.csv")
            let before = try ["model.json", "config.toml", "checkpoint/state.json"].map {
                try thalweg.bytes("run/" + $0)
            }
            for (arguments, words) in [
                (["errors", "run", "--html", "run/model.json"], "run/model.json: is a file of the run itself"),
                (["errors", "run", "--tag", "tags.csv", "--html", "tags.csv"], "tags.csv: is a file to read from"),
                (["plan", "run", "--trace", "run/config.toml"], "name another with --trace"),
                (["runs", "export", "--out", "run/checkpoint/state.json"], "is a file of the run itself"),
            ] { try expectLine(thalweg, arguments, words) }
            let after = try ["model.json", "config.toml", "checkpoint/state.json"].map {
                try thalweg.bytes("run/" + $0)
            }
            #expect(before == after)
            #expect(try thalweg(["errors", "run", "--html", "run/errors.html"]).status == 0)
        }
    }

    @Test func tagsThatAreNoneAreNamed() throws {
        try withRun { thalweg in
            for (text, words) in [
                ("x,y\n1,2\n", "line 1, column 'row': this is no file of tags"),
                ("a,b,c\n1,2,3\n", "line 1: this is no file of tags"),
                ("row,tag\none,blurry\n", "line 2, column 'row': the number of an example is needed"),
                ("row,tag\n-1,blurry\n", "line 2, column 'row': the number of an example is needed"),
                ("row,tag\n99999,blurry\n", "line 2, column 'row': example 99999 is none of"),
            ] {
                try thalweg.write(text, to: "tags.csv")
                try expectLine(thalweg, ["errors", "run", "--tag", "tags.csv"], "tags.csv, " + words)
            }
            try expectLine(thalweg, ["errors", "run", "--folds", "999999"], "asks for 999,999 folds of 1,797 examples")
        }
    }
}
