import Foundation
import Testing

/// Augmentation as a setting: what it takes, what it refuses, and that a killed run goes on alike.
@Suite struct AugmentTests {
    private static let training = [
        "train", "digits", "--layers", "16", "--batch-size", "64", "--epochs", "5", "--quiet", "--set",
        "augment=rotate(degrees=10), shift(pixels=1), mixup", "--set", "checkpoint-steps=10",
    ]

    @Test func runsAreReproducible() throws {
        try withProgram { (thalweg) throws in
            #expect(try thalweg(Self.training + ["--out", "whole", "--threads", "1"]).status == 0)
            #expect(try thalweg.text("whole/config.toml").contains("mixup(alpha=0.2)"))
            #expect(
                try thalweg(Self.training + ["--out", "run", "--threads", "2", "--failpoint", "step:47"]).wasKilled)
            #expect(try thalweg(["train", "--resume", "--out", "run", "--quiet"]).status == 0)
            #expect(try thalweg.bytes("run/model.safetensors") == thalweg.bytes("whole/model.safetensors"))
            #expect(try thalweg.text("run/metrics.csv") == thalweg.text("whole/metrics.csv"))
        }
    }

    @Test func learnsWhatIsShown() throws {
        try withProgram { (thalweg) throws in
            let output = try thalweg([
                "train", "digits", "--epochs", "60", "--set", "augment=rotate(10), shift(1), cutout(0.2)", "--json",
                "--quiet",
            ])
            #expect(try #require(output.json?["test"] as? Double) > 0.93)
        }
    }

    @Test(
        arguments: [
            (["digits", "--set", "augment=rotat"], 64, "did you mean 'rotate'"),
            (["digits", "--set", "augment=rotate(degrees=999)"], 64, "degrees"),
            (["digits", "--set", "augment=hue"], 1, "colors"),
            (["t.csv", "--set", "augment=flip"], 1, "only images"),
            (["digits", "--set", "augment=mixup", "--set", "class-weights=balanced"], 1, "mixup"),
        ] as [([String], Int32, String)])
    func whatDoesNotFitIsSaid(_ arguments: [String], _ status: Int32, _ words: String) throws {
        try withProgram { (thalweg) throws in
            try thalweg.write("a,b\n" + (0..<40).map { "\($0),\($0 % 2)\n" }.joined(), to: "t.csv")
            let output = try thalweg(["train"] + arguments)
            #expect(output.status == status && output.errors.contains(words), "\(output)")
            #expect(output.errorLines.count { $0.hasPrefix("error: ") } == 1, "\(output.errors)")
        }
    }
}
