import Foundation
import TestSupport
import Testing
import ThalwegFormats

@Suite struct EventFileTests {
    /// `scalars.tfevents` was written by TensorBoard's own messages (generate_tensorboard.py beside it).
    @Test func bytesEqualTensorBoards() throws {
        try withFolder { folder in
            let time = 1_700_000_000.25
            let file = try EventFile(in: folder.appendingPathComponent("train"), time: time, restartingAt: 200)
            try file.append(step: 0, [.init("cost", 2.5), .init("accuracy", 0.125)], time: time)
            try file.append(step: 300, [.init("cost", .nan)], time: time + 300)
            try file.append(step: 1 << 40, [.init("Größe/λ", -1e-30)], time: time + Double(1 << 40))
            try file.flush()
            let names = try FileManager.default.contentsOfDirectory(
                atPath: folder.appendingPathComponent("train").path)
            let name = try #require(names.first)
            #expect(names.count == 1 && name.hasPrefix("events.out.tfevents.1700000000.250000."))
            #expect(
                try Data(contentsOf: folder.appendingPathComponent("train/\(name)"))
                    == Data(contentsOf: fixtureFile("TensorBoard/scalars.tfevents")))
        }
    }

    @Test func aFolderThatCannotBeMadeIsOneLine() throws {
        try withFolder { folder in
            try [UInt8]([1]).write(to: folder.appendingPathComponent("file"))
            expectError(.permission, ["cannot be written"]) {
                _ = try EventFile(in: folder.appendingPathComponent("file/train"))
            }
        }
    }
}
