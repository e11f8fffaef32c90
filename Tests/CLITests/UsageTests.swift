import Foundation
import Testing

@Suite struct UsageTests {
    @Test func versionAndHelp() throws {
        try withProgram { (thalweg) throws in
            #expect(try thalweg(["version"]).text.hasPrefix("thalweg "))
            for verb in ["", "train", "evaluate", "predict", "gradcheck", "info", "version"] {
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
    ])
    func badValuesAreUsageErrors(_ arguments: [String], _ words: String) throws {
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
        (["train", "digits", "--failpoint", "lunch"], "failpoint"),
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
            try thalweg.write("{", to: "run/model.json")
            let damaged = try thalweg(["info", "run"])
            #expect(damaged.status == 1 && damaged.errors.contains("model.json"), "\(damaged.errors)")
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
