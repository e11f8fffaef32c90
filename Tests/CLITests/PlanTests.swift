import Foundation
import Testing

/// `thalweg plan`: where the time of a run's steps goes.
@Suite struct PlanTests {
    private func withRun(_ body: (CommandLineProgram) throws -> Void) throws {
        try withProgram { (thalweg) throws in
            let output = try thalweg([
                "train", "digits", "--steps", "3", "--batch-size", "64", "--layers", "32", "--keep-probability", "0.8",
                "--quiet", "--out", "run",
            ])
            #expect(output.status == 0, "\(output.errors)")
            try body(thalweg)
        }
    }

    @Test func everyKernelIsTold() throws {
        try withRun { thalweg in
            let before = try thalweg.bytes("run/model.safetensors")
            let output = try thalweg(["plan", "run", "--json", "--trace", "trace.json"])
            #expect(output.status == 0 && output.errors.isEmpty, "\(output.errors)")
            let report = try #require(output.json)
            let kernels = try #require(report["kernels"] as? [[String: Any]])
            #expect(report["work"] as? String == "training step" && report["batch_size"] as? Int == 64)
            #expect(kernels.contains { ($0["name"] as? String)?.contains("matmul") == true })
            // Three products of [64, 64] x [64, 32] and of [64, 32] x [32, 10], but no gradient of the inputs.
            let operations = kernels.reduce(0) { $0 + ($1["operations"] as? Int ?? 0) }
            #expect(operations == 2 * 64 * (2 * 64 * 32 + 3 * 32 * 10))
            func number(_ key: String, of object: [String: Any]) throws -> Double {
                try #require(object[key] as? Double, "\(key)")
            }
            let step = try number("step_seconds", of: report)
            let times = try kernels.map { try number("seconds", of: $0) }
            #expect(times.allSatisfy { $0 > 0 } && times.reduce(0, +) <= step * (1 + 1e-9))
            #expect(try abs(kernels.reduce(0) { try $0 + number("share", of: $1) } - 1) < 1e-9)
            for kernel in kernels { #expect(try number("limit_seconds", of: kernel) > 0) }
            let machine = try #require(report["machine"] as? [String: Any])
            #expect(try number("operations_per_second", of: machine) > 1e8)
            #expect(try number("bytes_per_second", of: machine) > 1e8)
            #expect(try number("arena_bytes", of: report) > 0 && number("limit_seconds", of: report) > 0)

            try expectTrace(thalweg.bytes("trace.json"), names: kernels.map { $0["name"] as? String ?? "" })
            #expect(try thalweg.bytes("run/model.safetensors") == before)
        }
    }

    /// One slice for the whole, first, and in it one for each kernel, one after the other.
    private func expectTrace(_ bytes: Data, names: [String]) throws {
        let trace = try #require(try JSONSerialization.jsonObject(with: bytes) as? [String: Any])
        let events = try #require(trace["traceEvents"] as? [[String: Any]])
        #expect(events.dropFirst().map { $0["name"] as? String } == names)
        #expect(events[0]["name"] as? String == "training step, 64 examples")
        #expect(events.allSatisfy { $0["ph"] as? String == "X" })
        var end = 0.0
        for event in events.dropFirst() {
            let start = try #require(event["ts"] as? Double)
            #expect(start >= end - 1e-6)
            end = try start + #require(event["dur"] as? Double)
            let arguments = try #require(event["args"] as? [String: Any])
            #expect(arguments["shapes"] is String && arguments["bytes"] is Int && arguments["operations"] is Int)
        }
        #expect(try end <= #require(events[0]["dur"] as? Double) + 1e-6)
    }

    @Test func tableFitsTheTerminal() throws {
        try withRun { thalweg in
            let output = try thalweg([
                "plan", "run", "--inference", "--batch-size", "7", "--top", "1", "--threads", "1",
            ])
            #expect(output.status == 0 && output.errors.isEmpty, "\(output.errors)")
            let lines = output.text.split(separator: "\n", omittingEmptySubsequences: false)
            #expect(lines[0].hasPrefix("run, inference, 7 examples: 64-32-10, relu"))
            #expect(lines[2].hasSuffix("kernel") && lines[3].contains(" matmul"))
            #expect(lines[4].hasPrefix("and ") && lines[4].contains(" more kernel"))
            #expect(lines.allSatisfy { $0.count <= 80 }, "\(output.text)")
            #expect(output.text.contains("of the time goes into products"))
        }
    }

    @Test func whatCannotBeMeasuredIsOneLine() throws {
        try withRun { thalweg in
            for (arguments, words, status) in [
                (["plan", "nowhere"], "nowhere: not a run folder", 1),
                (["plan", "run", "--trace", "no/such/trace.json"], "no/such/trace.json", 1),
                (["plan", "run", "--batch-size", "99999999999"], "this machine has", 1),
                (["plan", "run", "--batch-size", "0"], "batch-size", 64),
                (["plan", "run", "--top", "few"], "no whole number", 64),
            ] as [([String], String, Int32)] {
                let output = try thalweg(arguments)
                #expect(output.status == status && output.errorLines.count == 1, "\(arguments): \(output.errors)")
                #expect(output.errors.contains(words) && output.text.isEmpty, "\(output.errors)")
            }
            // The checkpoint knows the settings as well.
            for name in ["config.toml", "checkpoint"] {
                try FileManager.default.removeItem(at: thalweg.folder.appendingPathComponent("run/" + name))
            }
            let output = try thalweg(["plan", "run"])
            #expect(output.status == 1 && output.errorLines.count == 1 && output.errors.contains("config.toml"))
        }
    }

    /// Categories are made up within what the embeddings know, targets of every kind have the right shape.
    @Test(arguments: ["price", "color", "sold"]) func anyTable(_ target: String) throws {
        try withProgram { (thalweg) throws in
            let rows = (0..<60).map { "\($0),\(["red", "green", "blue"][$0 % 3]),\($0 % 2 == 0),\($0 * 2)\n" }
            try thalweg.write("x,color,sold,price\n" + rows.joined(), to: "t.csv")
            let train = try thalweg([
                "train", "t.csv", "--target", target, "--set", "categories=embedded", "--set", "batch-norm=true",
                "--dtype", "float64", "--epochs", "1", "--layers", "4", "--quiet", "--out", "run",
            ])
            #expect(train.status == 0, "\(train.errors)")
            for options in [[], ["--inference"]] {
                let output = try thalweg(["plan", "run"] + options)
                #expect(output.status == 0 && output.text.contains("float64 product"), "\(output.errors)")
            }
        }
    }
}
