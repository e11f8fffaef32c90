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
    func write(to text: inout [UInt8])
}

extension [UInt8] {
    /// Adds the digits; a row a step makes this worth more than `description`.
    mutating func append(_ number: Int) {
        if number < 0 { append(UInt8(ascii: "-")) }
        let first = count
        var rest = number.magnitude
        repeat {
            append(UInt8(ascii: "0") + UInt8(truncatingIfNeeded: rest % 10))
            rest /= 10
        } while rest > 0
        self[first...].reverse()
    }

    /// Adds a comma and the number, of no characters where there is none.
    mutating func appendCell(_ number: Double?) {
        append(UInt8(ascii: ","))
        if let number { append(contentsOf: number.description.utf8) }
    }
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
        let writer = try Writer(url, keeping: length, capacity: Self.chunk * 2)
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
        // Where there is no room, the disk is slower than the steps.
        while !writer.rows.append(row) { try flush() }
        if writer.hasFailed.load(ordering: .relaxed) { try flush() }
        guard writer.rows.count % Self.chunk == 0 else { return }
        writer.queue.async { [writer] in writer.write() }
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
            var length: UInt64
            var problem: DataError?
        }

        let queue = DispatchQueue(label: "thalweg.rows")
        let rows: HandoverRing<Row>
        let state: Mutex<State>
        /// Whether `state` names a problem.
        let hasFailed = Atomic<Bool>(false)
        private let handle: FileHandle
        private let name: String

        init(_ url: URL, keeping length: UInt64?, capacity: Int) throws {
            rows = HandoverRing(capacity: capacity)
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
            var text: [UInt8] = []
            rows.takeAll { $0.write(to: &text) }
            guard !text.isEmpty else { return }
            do {
                try handle.write(contentsOf: text)
                state.withLock { $0.length += UInt64(text.count) }
            } catch {
                let problem = DataError(.diskFull, file: name, "cannot be written (is the disk full?)")
                state.withLock { $0.problem = problem }
                hasFailed.store(true, ordering: .relaxed)
            }
        }

        func synchronize() { try? handle.synchronize() }
    }
}
