public import Foundation

/// A file of events as TensorBoard reads them: scalars by step, appended while training goes on.
///
/// Three messages with a handful of fields are all that scalars need. They are written here field by field, by the public numbers of
/// `event.proto` and `summary.proto`: a library for all of protobuf would double what is compiled to write sixty bytes.
public final class EventFile {
    /// A number to be drawn over the steps.
    public struct Scalar: Sendable, Hashable {
        public var tag: String
        public var value: Float

        public init(_ tag: String, _ value: Float) {
            self.tag = tag
            self.value = value
        }
    }

    private let handle: FileHandle
    private let name: String
    private var pending = Data()

    /// Starts a file in `folder`, which is made where it is missing.
    ///
    /// - Parameters:
    ///   - time: seconds since 1970, in the file's name and first event.
    ///   - step: what earlier files in the folder say about this step and later ones holds no more; nil for a new log.
    /// - Throws: `DataError` where it cannot be written.
    public init(in folder: URL, time: Double = Date.now.timeIntervalSince1970, restartingAt step: Int? = nil) throws {
        // Files of a folder are read in the order of their names.
        let number = String(format: "%017.6f", time)
        let url = folder.appendingPathComponent("events.out.tfevents.\(number).thalweg.\(getpid())")
        name = url.relativePath
        do {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
            if !FileManager.default.fileExists(atPath: url.path) { try Data().write(to: url) }
            handle = try FileHandle(forWritingTo: url)
            try handle.seekToEnd()
        } catch { throw DataError(.permission, file: url.relativePath, "cannot be written (permission?)") }
        var version = WireMessage()
        version.add(1, time)
        version.add(3, text: "brain.Event:2")
        add(version)
        if let step {
            var log = WireMessage()
            log.add(1, 1)  // START
            var event = WireMessage()
            event.add(1, time)
            event.add(2, step)
            event.add(7, log)
            add(event)
        }
        try flush()
    }

    deinit { try? handle.close() }

    /// Adds an event with the scalars of a step. It reaches the file at the next `flush`, or when much has gathered.
    ///
    /// - Throws: `DataError` where it cannot be written.
    public func append(step: Int, _ scalars: [Scalar], time: Double = Date.now.timeIntervalSince1970) throws {
        var summary = WireMessage()
        for scalar in scalars {
            var value = WireMessage()
            value.add(1, text: scalar.tag)
            value.add(2, scalar.value)
            summary.add(1, value)
        }
        var event = WireMessage()
        event.add(1, time)
        event.add(2, step)
        event.add(5, summary)
        add(event)
        if pending.count > 1 << 16 { try flush() }
    }

    /// - Throws: `DataError` where it cannot be written.
    public func flush() throws {
        guard !pending.isEmpty else { return }
        do { try handle.write(contentsOf: pending) } catch {
            throw DataError(.diskFull, file: name, "cannot be written (is the disk full?)")
        }
        pending.removeAll(keepingCapacity: true)
    }

    /// A record: length, checksum of the length, message, checksum of the message; numbers little-endian.
    private func add(_ message: WireMessage) {
        let length = withUnsafeBytes(of: UInt64(message.bytes.count).littleEndian) { Array($0) }
        pending += length
        pending += withUnsafeBytes(of: CRC32C.masked(length).littleEndian) { Array($0) }
        pending += message.bytes
        pending += withUnsafeBytes(of: CRC32C.masked(message.bytes).littleEndian) { Array($0) }
    }
}
