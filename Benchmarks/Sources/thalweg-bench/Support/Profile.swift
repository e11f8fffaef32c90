import Foundation
import Thalweg

extension PlanProfile {
    /// The kernels that take longest, a line each.
    func table(_ count: Int = 40) -> String {
        var lines = [
            String(format: "%d kernels, %.1f us, arena %.1f MB", entries.count, seconds * 1e6, Double(arenaBytes) / 1e6)
        ]
        for entry in entries.sorted(by: { $0.seconds > $1.seconds }).prefix(count) {
            lines.append(
                String(
                    format: "%9.2f us %5.1f %% %7.1f GFLOP/s %6.1f GB/s  ", entry.seconds * 1e6,
                    100 * entry.seconds / seconds, Double(entry.work.operations) / entry.seconds * 1e-9,
                    Double(entry.work.bytes) / entry.seconds * 1e-9) + entry.work.name + " " + entry.work.detail)
        }
        return lines.joined(separator: "\n")
    }
}
