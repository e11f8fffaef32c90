import Foundation
import Testing

/// Every command that a diagnosis prints works as it is printed, one after the other, and again after a second diagnosis.
@Suite(.serialized) struct AdvisedCommandTests {
    private static func rows(_ count: Int, _ row: (Double, Double, Int) -> String) -> String {
        var state: UInt64 = 11
        func next() -> Double {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Double(state >> 11) / Double(1 << 53)
        }
        return (0..<count).map { row(next(), next(), $0) + "\n" }.joined()
    }

    private static let classes =
        "x,y,label\n" + rows(200) { x, y, _ in "\(x),\(y),\((x - 0.5) * (y - 0.5) > 0 ? "yes" : "no")" }
    private static let shifted =
        "x,y,label\n" + rows(100) { x, y, _ in "\(x + 0.7),\(y),\((x - 0.5) * (y - 0.5) > 0 ? "yes" : "no")" }
    private static let prices =
        "x\ty\tcolor\tprice\n"
        + rows(200) { x, y, row in "\(x)\t\(y * 1e5)\t\(["red", "blue"][row % 2])\t\(sin(9 * x) + y)" }
    private static let texts =
        "review,stars,label\n"
        + rows(200) { x, y, row in "\"good, \(row)\",\(Int(y * 5)),\(x > 0.5 ? "fine" : "poor")" }

    struct Case: Sendable, CustomStringConvertible {
        var run: String
        var options: [String]
        var fails = false
        var description: String { run }
    }

    private static let cases = [
        Case(run: "plain", options: ["classes.csv", "--layers", "", "--set", "bins=false"]),
        Case(run: "a dir's $x/my \"run\"", options: ["a dir's $x/classes.csv", "--epochs", "3"]),
        Case(run: "prices", options: ["prices.tsv", "--target", "price", "--layers", "1", "--normalize", "none"]),
        Case(run: "texts", options: ["texts.csv", "--epochs", "20"]),
        Case(run: "images", options: ["digits", "--set", "augment=flip, shift(pixels=1)", "--epochs", "2"]),
        Case(
            run: "first-weights",
            options: ["classes.csv", "--initial-weights", "first/model.safetensors", "--layers", "2"]),
        Case(
            run: "order",
            options: [
                "classes.csv", "--batch-order", "order.npy", "--batch-size", "64", "--epochs", "4", "--layers", "2",
            ]),
        Case(run: "elsewhere", options: ["classes.csv", "--dev", "shifted.csv", "--epochs", "20"]),
        Case(run: "wild", options: ["classes.csv", "--optimizer", "sgd", "--learning-rate", "1e30"], fails: true),
        Case(
            run: "exploding",
            options: ["classes.csv", "--init", "normal(scale=50)", "--layers", "8,8", "--epochs", "20"]),
        Case(run: "keep", options: ["classes.csv", "--layers", "4,3,2", "--keep-probability", "0.3,0.4,0.9"]),
        Case(
            run: "slow",
            options: [
                "classes.csv", "--layers", "3", "--steps", "8", "--optimizer", "sgd", "--learning-rate", "0.0001",
                "--schedule", "table(epochs=[0, 4], rates=[0.0001, 0.00001])",
            ]),
    ]

    @Test(arguments: cases) func commandsWorkAsPrinted(_ example: Case) throws {
        try withProgram { thalweg in
            let folder = thalweg.folder
            try FileManager.default.createDirectory(
                at: folder.appendingPathComponent("a dir's $x"), withIntermediateDirectories: true)
            for name in ["classes.csv", "a dir's $x/classes.csv"] { try thalweg.write(Self.classes, to: name) }
            try thalweg.write(Self.shifted, to: "shifted.csv")
            try thalweg.write(Self.prices, to: "prices.tsv")
            try thalweg.write(Self.texts, to: "texts.csv")
            try thalweg.write(orders: (0..<4).map { _ in Array(0..<120) }, to: "order.npy")
            if example.run == "first-weights" {
                try #require(
                    try thalweg(["train", "classes.csv", "--layers", "2", "--epochs", "1", "--quiet", "--out", "first"])
                        .status == 0)
            }
            let training = try thalweg(
                ["train"] + example.options + ["--quiet", "--set", "watch=true", "--out", example.run])
            try #require((training.status != 0) == example.fails, "\(training.errors)")
            var commands: [String] = []
            for _ in 0..<2 {
                // With a slash at its end, as a shell completes it.
                let output = try thalweg(["diagnose", example.run + "/"])
                try #require(output.status == 0, "\(output.errors)")
                let printed = output.text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }
                    .filter { $0.hasPrefix("thalweg ") }
                #expect(!printed.isEmpty && output.text.contains("in this order:"), "\(output.text)")
                for command in printed {
                    #expect(try shell(command, in: folder) == 0, "\(command)")
                }
                commands += printed.filter { $0.contains("--out") }
            }
            #expect(Set(commands).count == commands.count, "\(commands)")
        }
    }

    /// Types a command into a shell.
    private func shell(_ command: String, in folder: URL) throws -> Int32 {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = ["-c", command]
        process.currentDirectoryURL = folder
        let programs = CommandLineProgram.url.deletingLastPathComponent().path
        process.environment = ProcessInfo.processInfo.environment.merging(
            ["PATH": programs + ":/usr/bin:/bin"]) { $1 }
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        process.waitUntilExit()
        return process.terminationStatus
    }
}
