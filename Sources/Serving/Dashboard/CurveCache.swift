import Foundation
import Synchronization
import ThalwegPractice
import ThalwegTraining

/// Curves of runs that were looked at lately, read again when their files have grown.
final class CurveCache: Sendable {
    private struct Entry {
        var size: Int64
        var modified: Date
        var curves: RunCurves
        /// How long reading took, and when it was done.
        var cost: Duration
        var read: ContinuousClock.Instant
    }

    private let entries = Mutex<[String: Entry]>([:])
    private static let capacity = 200

    /// nil where nothing has been recorded yet.
    func curves(_ folder: RunFolder, metricName: String) -> RunCurves? {
        guard let attributes = try? FileManager.default.attributesOfItem(atPath: folder.metrics.path),
            let size = (attributes[.size] as? NSNumber)?.int64Value,
            let modified = attributes[.modificationDate] as? Date
        else { return nil }
        let key = folder.url.path + "\n" + metricName
        if let entry = entries.withLock({ $0[key] }) {
            if entry.size == size && entry.modified == modified { return entry.curves }
            // A long file that grows is not read all the time.
            if entry.size < size, .now - entry.read < entry.cost * 10 { return entry.curves }
        }
        let start = ContinuousClock.now
        guard let curves = try? RunCurves(folder, metricName: metricName) else { return nil }
        let entry = Entry(size: size, modified: modified, curves: curves, cost: .now - start, read: .now)
        entries.withLock { entries in
            if entries.count >= Self.capacity, let oldest = entries.min(by: { $0.value.read < $1.value.read })?.key {
                entries[oldest] = nil
            }
            entries[key] = entry
        }
        return curves
    }
}
