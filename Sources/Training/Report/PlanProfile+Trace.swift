public import Foundation
public import ThalwegEngine
import ThalwegFormats

extension PlanProfile {
    /// Writes the quickest run as a trace that Perfetto and chrome://tracing open: a slice for the whole, in it one for each
    /// kernel with its shapes, bytes and operations.
    ///
    /// - Parameter name: Of the slice for the whole.
    /// - Throws: `DataError` where the file cannot be written; an earlier one stays as it was then.
    public func writeTrace(to url: URL, name: String = "step") throws {
        let whole = Trace.Event(
            name: name, cat: "plan", ts: 0, dur: runSeconds * 1e6,
            args: .init(
                kernels: entries.count, threads: threads, arenaBytes: arenaBytes, limit: limitSeconds * 1e6,
                operationsPerSecond: limits.operationsPerSecond, bytesPerSecond: limits.bytesPerSecond))
        let kernels = entries.map { entry in
            Trace.Event(
                name: entry.work.name, cat: "kernel", ts: entry.start * 1e6, dur: entry.duration * 1e6,
                args: .init(
                    shapes: entry.work.detail, bytes: entry.work.bytes, operations: entry.work.operations,
                    least: entry.seconds * 1e6, limit: limits.seconds(for: entry.work) * 1e6))
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let bytes = try encoder.encode(Trace(traceEvents: [whole] + kernels))
        try writeAtomically(url) { writer in try bytes.withUnsafeBytes { try writer.write($0) } }
    }
}

/// The trace-event format; times are microseconds.
private struct Trace: Encodable {
    struct Event: Encodable {
        struct Arguments: Encodable {
            var kernels: Int?
            var threads: Int?
            var arenaBytes: Int?
            var shapes: String?
            var bytes: Int?
            var operations: Int?
            /// The kernel's quickest run.
            var least: Double?
            var limit: Double?
            var operationsPerSecond: Double?
            var bytesPerSecond: Double?
        }
        var name: String
        var cat: String
        var ph = "X"
        var ts: Double
        var dur: Double
        var pid = 1
        var tid = 1
        var args: Arguments
    }
    var traceEvents: [Event]
    var displayTimeUnit = "ns"
}
