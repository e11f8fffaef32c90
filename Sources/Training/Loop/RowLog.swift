import Foundation
import ThalwegDataSets
import ThalwegFormats

/// A CSV file that grows row by row, as `metrics.csv`. Its length goes into checkpoints: rows that a killed process wrote after its
/// last checkpoint are cut.
final class RowLog {
    private let handle: FileHandle
    private let name: String
    private(set) var length: UInt64
    private var pending = ""
    private var flushed = ContinuousClock.now

    /// - Parameters:
    ///   - header: the first line of a new file.
    ///   - length: keeps this many bytes of an earlier log; nil starts a new one.
    init(_ url: URL, header: String, keeping length: UInt64?) throws {
        name = url.relativePath
        if length == nil { try writeAtomically(url) { try $0.write(header) } }
        guard FileManager.default.fileExists(atPath: url.path) else {
            throw TrainingError.file(
                name, problem: "is missing; the checkpoint goes on from its first \(grouped(Int(length ?? 0))) bytes")
        }
        do {
            handle = try FileHandle(forUpdating: url)
            let end = try handle.seekToEnd()
            self.length = length ?? end
            guard end >= self.length else {
                throw TrainingError.file(
                    name,
                    problem:
                        "has \(grouped(Int(end))) bytes; the checkpoint goes on from its first \(grouped(Int(self.length)))"
                )
            }
            try handle.truncate(atOffset: self.length)
            try handle.seek(toOffset: self.length)
        } catch let error as TrainingError {
            throw error
        } catch {
            throw DataError(.permission, file: name, "cannot be written")
        }
    }

    func append(_ line: String) throws {
        pending += line
        // Who watches the file sees a row after a second at most.
        if pending.utf8.count > 1 << 15 || ContinuousClock.now - flushed > .seconds(1) { try flush() }
    }

    /// Hands gathered rows to the system.
    func flush() throws {
        guard !pending.isEmpty else { return }
        let bytes = Data(pending.utf8)
        do { try handle.write(contentsOf: bytes) } catch {
            throw DataError(.diskFull, file: name, "cannot be written (is the disk full?)")
        }
        length += UInt64(bytes.count)
        pending = ""
        flushed = .now
    }

    /// Hands everything to the disk: what a checkpoint counts on must be there after a power cut.
    func synchronize() throws {
        try flush()
        try? handle.synchronize()
    }
}
