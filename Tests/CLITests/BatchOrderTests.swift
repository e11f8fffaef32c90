import Foundation
import TestSupport
import Testing

/// `--batch-order`: the order of the examples out of a file.
@Suite struct BatchOrderTests {
    private static let base = [
        "train", "a.csv", "--split", "1,0,0", "--batch-size", "16", "--epochs", "5", "--layers", "4", "--quiet",
        "--set", "checkpoint-steps=3",
    ]

    private static func rotated(epochs: Int, examples: Int = 60) -> [[Int64]] {
        (0..<epochs).map { epoch in (0..<examples).map { Int64(($0 * 7 + epoch) % examples) } }
    }

    @Test func aRunFollowsItAndResumesWithIt() throws {
        try withProgram { (thalweg) throws in
            try thalweg.write(ResumeTests.table(rows: 60, shift: 0), to: "a.csv")
            try thalweg.write(orders: Self.rotated(epochs: 5), to: "order.npy")
            let ordered = Self.base + ["--batch-order", "order.npy"]
            #expect(try thalweg(Self.base + ["--out", "drawn"]).status == 0)
            #expect(try thalweg(ordered + ["--out", "whole"]).status == 0)
            #expect(try thalweg.bytes("whole/model.safetensors") != thalweg.bytes("drawn/model.safetensors"))
            #expect(try thalweg(ordered + ["--out", "run", "--failpoint", "step:11"]).wasKilled)

            try thalweg.write(orders: Self.rotated(epochs: 6).suffix(5), to: "order.npy")
            let changed = try thalweg(["train", "--resume", "--out", "run"])
            #expect(changed.status == 1 && changed.errors.contains("batch-order"), "\(changed.errors)")
            let dropped = try thalweg(["train", "--resume", "--out", "run", "--batch-order", "none"])
            #expect(dropped.status == 1 && dropped.errors.contains("batch-order: none"), "\(dropped.errors)")

            try thalweg.write(orders: Self.rotated(epochs: 5), to: "order.npy")
            let resumed = try thalweg(["train", "--resume", "--out", "run", "--quiet"])
            #expect(resumed.status == 0, "\(resumed.errors)")
            #expect(try thalweg.bytes("run/model.safetensors") == thalweg.bytes("whole/model.safetensors"))
            #expect(try thalweg.text("run/metrics.csv") == thalweg.text("whole/metrics.csv"))
        }
    }

    @Test func aWrongFileIsNamed() throws {
        try withProgram { (thalweg) throws in
            try thalweg.write(ResumeTests.table(rows: 60, shift: 0), to: "a.csv")
            var twice = Self.rotated(epochs: 5)
            twice[3][7] = twice[3][8]
            var outside = Self.rotated(epochs: 5)
            outside[1][0] = 60
            for (orders, words) in [
                (Self.rotated(epochs: 5, examples: 59), "shape [5, 59], expected [epochs, 60]"),
                (Self.rotated(epochs: 4), "orders for 4 epochs, the run may go through 5"),
                (twice, "epoch 3 (from 0) names example \(twice[3][8]) twice"),
                (outside, "epoch 1 (from 0) names example 60; there are 0 to 59"),
            ] {
                try thalweg.write(orders: orders, to: "order.npy")
                let output = try thalweg(Self.base + ["--set", "batch-order=order.npy", "--out", "run"])
                #expect(output.status == 1 && output.errorLines.count == 1, "\(output.errors)")
                #expect(output.errors.contains(words) && output.errors.contains("order.npy"), "\(output.errors)")
                #expect(!FileManager.default.fileExists(atPath: thalweg.folder.appendingPathComponent("run").path))
            }
            try thalweg.write("1,2,3\n", to: "order.npy")
            let text = try thalweg(Self.base + ["--batch-order", "order.npy"])
            #expect(text.status == 1 && text.errors.contains("order.npy"), "\(text.errors)")
            let full = try thalweg(Self.base + ["--batch-order", "order.npy", "--batch-size", "full"])
            #expect(full.status == 1 && full.errors.contains("needs mini-batches"), "\(full.errors)")
        }
    }

    private struct Course: Decodable {
        struct Layer: Decodable { let weight: [[Double]], bias: [Double] }
        struct Network: Decodable {
            let name: String
            let layers: [Layer]?
            let firstSteps: [Double]?
            let orders: [[Int64]]?
        }
        let networks: [Network]
    }

    /// NumPy's initial weights and shuffles: the first 20 costs of the courses' moons, float64.
    @Test(
        .enabled(if: realData != nil, "set THALWEG_DATA to the folder of data sets"),
        arguments: [("sgd", "sgd"), ("momentum", "momentum(beta=0.9)"), ("adam", "adam")])
    func moons(_ name: String, _ optimizer: String) throws {
        let networks = try fixture("course.json", as: Course.self).networks
        let network = try #require(networks.first { $0.name == "moons_\(name)" })
        let expected = try #require(network.firstSteps)
        try withProgram { (thalweg) throws in
            try thalweg.write(orders: try #require(networks.lazy.compactMap(\.orders).first), to: "order.npy")
            var tensors: [(String, [Int], [Double])] = []
            for (index, layer) in try #require(network.layers).enumerated() {
                let shape = [layer.weight.count, layer.weight[0].count]
                tensors.append(("layers.\(index).weight", shape, layer.weight.flatMap(\.self)))
                tensors.append(("layers.\(index).bias", [layer.bias.count], layer.bias))
            }
            try thalweg.write(tensors: tensors, to: "weights.safetensors")
            let data = try #require(realData).appendingPathComponent("course-2d/moons_300.csv").path
            let output = try thalweg([
                "train", data, "--task", "binary", "--normalize", "none", "--split", "1,0,0", "--layers", "5,2",
                "--batch-size", "64", "--learning-rate", "0.0007", "--schedule", "constant", "--epochs", "4",
                "--optimizer", optimizer, "--dtype", "float64", "--log-every-step", "--quiet", "--out", "run",
                "--initial-weights", "weights.safetensors", "--batch-order", "order.npy",
            ])
            #expect(output.status == 0, "\(output.errors)")
            let costs = try thalweg.text("run/metrics.csv").split(separator: "\n").dropFirst()
                .compactMap { Double($0.split(separator: ",", omittingEmptySubsequences: false)[2]) }
            for (step, cost) in expected.enumerated() {
                #expect(abs(costs[step] - cost) <= 1e-10 * cost, "step \(step): \(costs[step]), expected \(cost)")
            }
        }
    }
}

extension CommandLineProgram {
    /// An `.npy` array of int64.
    func write(orders: some Collection<[Int64]>, to name: String) throws {
        var header =
            "{'descr': '<i8', 'fortran_order': False, 'shape': (\(orders.count), \(orders.first?.count ?? 0)), }"
        header += String(repeating: " ", count: 117 - header.count) + "\n"
        var bytes = Data([0x93]) + Data("NUMPY".utf8) + Data([1, 0, UInt8(header.utf8.count), 0]) + Data(header.utf8)
        for value in orders.joined() { withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) } }
        try bytes.write(to: folder.appendingPathComponent(name))
    }

    /// A safetensors file of float64 tensors.
    fileprivate func write(tensors: [(name: String, shape: [Int], values: [Double])], to name: String) throws {
        var entries: [String] = []
        var body = Data()
        for tensor in tensors {
            let start = body.count
            for value in tensor.values {
                withUnsafeBytes(of: value.bitPattern.littleEndian) { body.append(contentsOf: $0) }
            }
            entries.append(
                "\"\(tensor.name)\":{\"dtype\":\"F64\",\"shape\":\(tensor.shape),\"data_offsets\":[\(start),\(body.count)]}"
            )
        }
        var header = "{" + entries.joined(separator: ",") + "}"
        header += String(repeating: " ", count: (8 - header.utf8.count % 8) % 8)
        var bytes = Data()
        withUnsafeBytes(of: UInt64(header.utf8.count).littleEndian) { bytes.append(contentsOf: $0) }
        try (bytes + Data(header.utf8) + body).write(to: folder.appendingPathComponent(name))
    }
}
