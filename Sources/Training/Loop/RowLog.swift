import Dispatch
import Foundation
import Synchronization
import ThalwegDataSets
import ThalwegFormats

/// A row of a CSV file that grows.
protocol LoggedRow: Sendable {
    /// The file's first line.
    static var header: String { get }
    /// Adds its line, with the line break.
    func write(to text: inout String)
}

/// A CSV file that grows row by row, as `metrics.csv`. Its length goes into checkpoints: rows that a killed process wrote after its
/// last checkpoint are cut.
///
/// A queue of its own makes text of the rows, so that a step of microseconds does not wait for it, and hands it to the system: who
/// watches the file sees a row after a second at most.
final class RowLog<Row: LoggedRow> {
    private let writer: Writer
    private let timer: any DispatchSourceTimer
    /// Rows that are handed to the queue before the second is over.
    private static var chunk: Int { 4096 }

    /// - Parameter length: keeps this many bytes of an earlier log; nil starts a new one.
    init(_ url: URL, keeping length: UInt64?) throws {
        if length == nil { try writeAtomically(url) { try $0.write(Row.header) } }
        let writer = try Writer(url, keeping: length)
        self.writer = writer
        timer = DispatchSource.makeTimerSource(queue: writer.queue)
        timer.setEventHandler { writer.write() }
        timer.schedule(deadline: .now() + 0.5, repeating: 0.5, leeway: .milliseconds(100))
        timer.resume()
    }

    deinit { timer.cancel() }

    /// Bytes handed to the system.
    var length: UInt64 { writer.state.withLock { $0.length } }

    /// - Throws: `DataError` where earlier rows could not be written.
    func append(_ row: Row) throws {
        let (count, problem) = writer.state.withLock { state in
            state.rows.append(row)
            return (state.rows.count, state.problem)
        }
        if let problem { throw problem }
        guard count % Self.chunk == 0 else { return }
        if count < Self.chunk * 16 {
            writer.queue.async { [writer] in writer.write() }
        } else {
            // The disk is slower than the steps.
            try flush()
        }
    }

    /// Hands gathered rows to the system.
    func flush() throws {
        writer.queue.sync { writer.write() }
        if let problem = writer.state.withLock({ $0.problem }) { throw problem }
    }

    /// Hands everything to the disk: what a checkpoint counts on must be there after a power cut.
    func synchronize() throws {
        try flush()
        writer.synchronize()
    }

    /// Writes on `queue` only.
    private final class Writer: Sendable {
        struct State {
            var rows: [Row] = []
            var length: UInt64
            var problem: DataError?
        }

        let queue = DispatchQueue(label: "thalweg.rows")
        let state: Mutex<State>
        private let handle: FileHandle
        private let name: String

        init(_ url: URL, keeping length: UInt64?) throws {
            name = url.relativePath
            guard FileManager.default.fileExists(atPath: url.path) else {
                let kept = grouped(Int(length ?? 0))
                throw TrainingError.file(
                    name, problem: "is missing; the checkpoint goes on from its first \(kept) bytes")
            }
            do {
                handle = try FileHandle(forUpdating: url)
                let end = try handle.seekToEnd()
                let length = length ?? end
                guard end >= length else {
                    let (found, kept) = (grouped(Int(end)), grouped(Int(length)))
                    throw TrainingError.file(
                        name, problem: "has \(found) bytes; the checkpoint goes on from its first \(kept)")
                }
                try handle.truncate(atOffset: length)
                try handle.seek(toOffset: length)
                state = Mutex(State(length: length))
            } catch let error as TrainingError {
                throw error
            } catch {
                throw DataError(.permission, file: name, "cannot be written")
            }
        }

        func write() {
            let rows = state.withLock { state in
                defer { state.rows.removeAll(keepingCapacity: true) }
                return state.rows
            }
            guard !rows.isEmpty else { return }
            var text = ""
            text.reserveCapacity(rows.count * 80)
            for row in rows { row.write(to: &text) }
            do {
                try handle.write(contentsOf: Data(text.utf8))
                let count = UInt64(text.utf8.count)
                state.withLock { $0.length += count }
            } catch {
                let problem = DataError(.diskFull, file: name, "cannot be written (is the disk full?)")
                state.withLock { $0.problem = problem }
            }
        }

        func synchronize() { try? handle.synchronize() }
    }
}
