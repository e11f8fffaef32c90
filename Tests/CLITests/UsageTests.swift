import Foundation
import Testing

@Suite struct UsageTests {
    @Test func versionAndHelp() throws {
        try withProgram { (thalweg) throws in
            #expect(try thalweg(["version"]).text.hasPrefix("thalweg "))
            for verb in ["", "train", "tune", "evaluate", "predict", "errors", "gradcheck", "plan", "info", "version"] {
                let help = try thalweg((verb.isEmpty ? [] : [verb]) + ["--help"])
                #expect(help.status == 0 && help.text.contains("USAGE"), "\(verb): \(help.errors)")
            }
            for shell in ["bash", "zsh", "fish"] {
                let script = try thalweg(["--generate-completion-script", shell])
                #expect(script.status == 0 && script.text.contains("thalweg"))
            }
        }
    }

    /// The help is part of the interface: a change to it shows here. Regenerate with `thalweg train --help`.
    @Test func trainHelpIsAsRecorded() throws {
        try withProgram { (thalweg) throws in
            let recorded = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
                .appendingPathComponent("Snapshots/train-help.txt")
            let expected = try String(contentsOf: recorded, encoding: .utf8)
            #expect(try thalweg(["train", "--help"]).text == expected)
        }
    }

    @Test(arguments: [
        ["train", "digits", "--no-such-option"], ["nonsense"], ["predict"], ["train", "digits", "--json=3"],
        ["train", "--resume"], ["evaluate", "a", "b", "--threads", "0"],
        ["evaluate", "a", "b", "--false-negative-cost", "0"],
        ["errors"], ["errors", "a", "--part", "all"], ["errors", "a", "b", "--part", "dev"],
        ["errors", "a", "--top", "0"],
    ])
    func usageErrorsExit64(_ arguments: [String]) throws {
        try withProgram { (thalweg) throws in
            let output = try thalweg(arguments)
            #expect(output.status == 64, "\(output.errors)")
            #expect(output.errorLines.count == 1 && output.errors.hasPrefix("error: "), "\(output.errors)")
            #expect(output.text.isEmpty)
        }
    }

    @Test(arguments: [
        (["train", "--out", "run"], "data"),
        (["train", "digits", "--optimizer", "adm"], "did you mean 'adam'"),
        (["train", "digits", "--set", "leaning-rate=1"], "did you mean 'learning-rate'"),
        (["train", "digits", "--set", "momentum"], "key=value"),
        (["train", "digits", "--learning-rate", "fast"], "learning-rate"),
        (["train", "digits", "--learning-rate=-1"], "positive"),
        (["train", "digits", "--layers", "10,x"], "layers"),
        (["train", "digits", "--keep-probability", "0"], "keep-probability"),
        (["train", "digits", "--split", "0.5,0.2"], "split"),
        (["train", "digits", "--activation", "rellu"], "relu"),
        (["train", "digits", "--schedule", "exponential(factor=1.1)"], "rising"),
        (["train", "digits", "--dtype", "float16"], "float32"),
        (["train", "digits", "--task", "regresion"], "did you mean 'regression'"),
        (["train", "digits", "--seed=-1"], "seed"),
        (["train", "digits", "--seed", "-1"], "setting 'seed' is out of range: '-1'; it needs"),
        (["train", "digits", "--epochs", "-5"], "setting 'epochs' is out of range: '-5'; it needs"),
        (["train", "digits", "--learning-rate", "-1e-3"], "setting 'learning-rate' is out of range: '-1e-3'"),
        (["train", "digits", "--learning-rate", "1e999"], "'learning-rate' is out of range"),
        (["train", "digits", "--steps", "99999999999999999999"], "'steps' is out of range"),
        (["train", "digits", "--epochs", "2.5"], "setting 'epochs' needs a whole number"),
        (["train", "digits", "--layers", "64,-3"], "'layers' is out of range"),
        (["train", "digits", "--layers", "64,99999999"], "from 1 to 16777216"),
        (["train", "digits", "--set", "batch-size=0"], "'batch-size' is out of range"),
        (["train", "digits", "--set", "learn=1"], "did you mean 'learning-rate'"),
        (["train", "digits", "--optimizer", "rms"], "did you mean 'rmsprop'"),
        (["evaluate", "a", "b", "--threads", "-2"], "out of range"),
        (["predict", "a", "b", "--threads", "99999999999999999999"], "out of range"),
        (["gradcheck", "--examples", "1"], "out of range"),
        (["gradcheck", "--examples", "few"], "no whole number"),
    ])
    func badValuesAreUsageErrors(_ arguments: [String], _ words: String) throws {
        try expectOneLine(arguments, words, status: 64)
    }

    private static let huge = String(Int.max)

    /// Numbers near the end of what an `Int` holds are refused, not multiplied.
    @Test(
        arguments: [
            (["predict", "a", "b", "--threads", huge], "from 1 to 4096"),
            (["train", "digits", "--threads", huge], "'threads' is out of range"),
            (["train", "digits", "--epochs", huge], "'epochs' is out of range"),
            (["train", "digits", "--set", "steps=\(huge)"], "'steps' is out of range"),
            (["train", "digits", "--set", "augment=crop(padding=\(huge))"], "from 0 to 10000"),
            (["train", "digits", "--schedule", "staircase(every=\(huge))"], "from 1 to 1000000000"),
            (["tune", "digits", "--trials", huge], "from 1 to 10000"),
            (["tune", "digits", "--epochs", huge, "--set", "steps=3"], "'epochs' is out of range"),
            (["adjust", "run", "--epochs", huge], "from 1 to 1000000000"),
        ] as [([String], String)])
    func hugeNumbersAreOutOfRange(_ arguments: [String], _ words: String) throws {
        try expectOneLine(arguments, words, status: 64)
    }

    @Test(arguments: [
        (["train", "digits", "--layers", "10,10", "--keep-probability", "0.5,0.5,0.5"], "keep-probability"),
        (["train", "digits", "--layers", "16000000,16000000"], "this machine has"),
        (["train", "no-such-file.csv"], "no-such-file.csv"),
        (["train", "digits", "--config", "missing.toml"], "missing.toml"),
        (["evaluate", "no-run", "digits"], "no-run"),
        (["info", "."], "model.json"),
        (["train", "digits", "--out", "/proc/no/run"], "/proc/no/run"),
    ])
    func oneClearLine(_ arguments: [String], _ words: String) throws {
        try expectOneLine(arguments, words, status: 1)
    }

    private func expectOneLine(_ arguments: [String], _ words: String, status: Int32) throws {
        try withProgram { (thalweg) throws in
            let output = try thalweg(arguments)
            #expect(output.status == status, "\(arguments): \(output.status) \(output.errors)")
            #expect(output.errorLines.count == 1 && output.errors.hasPrefix("error: "), "\(output.errors)")
            #expect(output.errors.contains(words), "\(output.errors)")
            #expect(output.text.isEmpty)
        }
    }

    @Test func configurationFileErrorsNameKeyAndFile() throws {
        try withProgram { (thalweg) throws in
            for (text, words) in [
                ("layers = [1, \"x\"]\n", "layers"), ("lerning-rate = 1\n", "learning-rate"), ("epochs = \n", ":1"),
                ("batch-norm = 3\n", "true or false"), ("optimizer = \"adam(beta3=1)\"\n", "beta3"),
                ("[data]\nx = 1\n", "data"),
            ] {
                try thalweg.write(text, to: "c.toml")
                let output = try thalweg(["train", "digits", "--config", "c.toml"])
                #expect(
                    output.status == 1 && output.errors.contains("c.toml") && output.errors.contains(words),
                    "\(output.errors)")
                #expect(output.errorLines.count == 1)
            }
        }
    }

    @Test func damagedRunsAreNamed() throws {
        try withProgram { (thalweg) throws in
            #expect(try thalweg(["train", "digits", "--epochs", "2", "--quiet", "--out", "run"]).status == 0)
            let weights = try thalweg.bytes("run/model.safetensors")
            try weights.prefix(weights.count / 2).write(
                to: thalweg.folder.appendingPathComponent("run/model.safetensors"))
            let cut = try thalweg(["evaluate", "run", "digits"])
            #expect(
                cut.status == 1 && cut.errors.contains("model.safetensors") && cut.errorLines.count == 1,
                "\(cut.errors)")
            let description = try thalweg.text("run/model.json")
            try thalweg.write(
                description.replacingOccurrences(of: "\"scale\" : 1", with: "\"scale\" : 0"), to: "run/model.json")
            let senseless = try thalweg(["info", "run"])
            #expect(
                senseless.status == 1 && senseless.errors.contains("model.json: is damaged: the model's preprocessing")
                    && senseless.errors.contains("the scale 0"), "\(senseless.errors)")
            try thalweg.write("{", to: "run/model.json")
            let damaged = try thalweg(["info", "run"])
            #expect(damaged.status == 1 && damaged.errors.contains("model.json"), "\(damaged.errors)")
        }
    }

    @Test func arraysThatDoNotFitAreNamed() throws {
        try withProgram { (thalweg) throws in
            #expect(try thalweg(["train", "digits", "--epochs", "2", "--quiet", "--out", "run"]).status == 0)
            try thalweg.write(orders: [[1, 2, 3, 4, 5]], to: "other.npy")
            let output = try thalweg(["predict", "run", "other.npy"])
            #expect(output.status == 1 && output.errorLines.count == 1, "\(output.errors)")
            #expect(output.errors.contains("other.npy, 'inputs': examples of shape [5]"), "\(output.errors)")
        }
    }

    @Test func aClosedPipeIsNoError() throws {
        try withProgram { (thalweg) throws in
            #expect(try thalweg(["train", "digits", "--epochs", "2", "--quiet", "--out", "run"]).status == 0)
            let shell = Process()
            shell.executableURL = URL(fileURLWithPath: "/bin/bash")
            shell.arguments = [
                "-c",
                "'\(CommandLineProgram.url.path)' predict run digits | head -n 2 > head.txt; exit ${PIPESTATUS[0]}",
            ]
            shell.currentDirectoryURL = thalweg.folder
            shell.standardError = FileHandle.nullDevice
            try shell.run()
            shell.waitUntilExit()
            #expect(shell.terminationStatus == 0)
            #expect(try thalweg.text("head.txt").split(separator: "\n").count == 2)
        }
    }

    @Test func aFullDeviceIsNamed() throws {
        guard FileManager.default.fileExists(atPath: "/dev/full") else { return }
        try withProgram { (thalweg) throws in
            #expect(try thalweg(["train", "digits", "--epochs", "2", "--quiet", "--out", "run"]).status == 0)
            let output = try thalweg(["predict", "run", "digits", "--out", "/dev/full"])
            #expect(
                output.status == 1 && output.errorLines.count == 1 && output.errors.contains("/dev/full"),
                "\(output.errors)")
        }
    }
}
