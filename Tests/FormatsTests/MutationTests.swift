import Foundation
import TestSupport
import Testing
import ThalwegEngine
import ThalwegFormats

/// Random damage to sound files: never a crash or a hang, always a sound tensor or one clear line.
@Suite struct MutationTests {
    static let rounds = 1000

    private func check(_ original: [UInt8], seed: UInt64, _ read: (URL) throws -> [Tensor]) throws {
        var random = SeededGenerator(state: seed)
        var refused = 0
        try withFolder { folder in
            let file = folder.appendingPathComponent("damaged")
            for round in 0..<Self.rounds {
                try mutated(original, &random).write(to: file)
                do {
                    for tensor in try read(file) {
                        #expect(tensor.withBytes { $0.count } == tensor.elementCount * tensor.dataType.size)
                    }
                } catch let error as DataError {
                    refused += 1
                    let line = error.description
                    #expect(!line.contains("\n") && line.contains("damaged"), "round \(round): \(line)")
                } catch {
                    Issue.record("round \(round): \(error) is no DataError")
                }
            }
        }
        #expect(refused > Self.rounds / 4)
    }

    private func content(_ name: String) throws -> [UInt8] { [UInt8](try Data(contentsOf: formatFixture(name))) }

    @Test(arguments: ["f4-le-c.npy", "i2-be-f.npy"]) func npy(file: String) throws {
        try check(content(file), seed: 1) { [try NumPy.readNPY($0)] }
    }

    @Test(arguments: ["stored.npz", "deflated.npz"]) func npz(file: String) throws {
        try check(content(file), seed: 2) { Array(try NumPy.readNPZ($0).values) }
    }

    @Test func safetensors() throws {
        try check(content("all.safetensors"), seed: 3) { Array(try SafeTensors.read($0).tensors.values) }
        try check(content("unpadded.safetensors"), seed: 4) { Array(try SafeTensors.read($0).tensors.values) }
    }

    @Test(arguments: ["u1.idx", "f8.idx", "u1.idx.gz"]) func idx(file: String) throws {
        try check(content(file), seed: 5) { [try IDX.read($0)] }
    }
}
