import Foundation
import ThalwegDataSets
public import ThalwegEngine

extension PlanProfile: CustomStringConvertible {
    /// The table of the 20 kernels that take longest, 100 columns wide.
    public var description: String { table(top: 20, columns: 100) }

    /// The kernels that take longest, a line each, then the totals and a sentence saying where the time goes.
    ///
    /// `of limit` is the share of the machine's limit that a kernel reaches: the time that its arithmetic or its bytes need at
    /// least, over the time it took.
    ///
    /// - Parameters:
    ///   - top: All kernels when nil.
    ///   - columns: What is longer is shortened in the middle.
    public func table(top: Int? = nil, columns: Int = 100) -> String {
        let ranking = entries.enumerated().sorted { ($1.element.seconds, $0.offset) < ($0.element.seconds, $1.offset) }
        let shown = ranking.prefix(top ?? .max).map(\.element)
        var rows = [["time", "share", "of limit", "bytes", "FLOP"]]
        rows += shown.map { entry in
            [
                timeText(entry.seconds), String(format: "%.1f %%", 100 * entry.seconds / seconds),
                shareText(limits.seconds(for: entry.work) / entry.seconds), scaled(Double(entry.work.bytes), "B"),
                entry.work.operations > 0 ? scaled(Double(entry.work.operations)) : "-",
            ]
        }
        let widths = rows[0].indices.map { column in rows.map { $0[column].count }.max()! }
        let room = max(columns - widths.reduce(0) { $0 + $1 + 2 }, 16)
        let labels = ["kernel"] + shown.map { $0.work.label.shortened(to: room) }
        var lines = zip(rows, labels).map { row, label in
            zip(row, widths).map { String(repeating: " ", count: $1 - $0.count) + $0 + "  " }.joined() + label
        }
        if shown.count < entries.count {
            let rest = ranking.dropFirst(shown.count).reduce(0) { $0 + $1.element.seconds }
            lines.append("and \(counted(entries.count - shown.count, "more kernel")), together \(timeText(rest))")
        }
        let sentences = isBeyondLimits ? [summary, Self.beyondLimits] : [summary]
        return (lines + [""] + totals + [""] + sentences.flatMap { $0.wrapped(to: columns) }).joined(separator: "\n")
    }

    private var totals: [String] {
        let work = entries.map(\.work)
        return aligned([
            [
                "step",
                "\(timeText(runSeconds)) in \(counted(entries.count, "kernel")) on \(counted(threads, "thread")); "
                    + "each at its quickest \(timeText(seconds))",
            ],
            ["limit", "\(timeText(limitSeconds)), \(shareText(limitSeconds / runSeconds)) of the step"],
            [
                "work",
                "\(scaled(Double(work.reduce(0) { $0 + $1.operations })))FLOP in products, "
                    + "\(scaled(Double(work.reduce(0) { $0 + $1.bytes }), "B")) read and written",
            ],
            ["memory", "\(scaled(Double(arenaBytes), "B")) of intermediate results"],
            [
                "machine",
                "\(scaled(limits.operationsPerSecond))FLOP/s (\(limits.productName) product), "
                    + "\(scaled(limits.bytesPerSecond, "B"))/s of memory, measured just now",
            ],
        ])
    }

    /// One sentence that says where the time goes.
    public var summary: String {
        guard seconds > 0 else { return "The plan has nothing to compute." }
        let parts = [("products", true), ("kernels without products", false)].compactMap { name, isProduct -> Part? in
            let part = Part(name: name, entries: entries.filter { ($0.work.operations > 0) == isProduct }, limits)
            return part.entries.isEmpty ? nil : part
        }.sorted { $0.seconds > $1.seconds }
        var text = parts.enumerated().map { index, part in
            "\(shareText(part.seconds / seconds)) \(index == 0 ? "of the time goes " : "")into \(part.name) "
                + "(\(part.entries.count), \(shareText(part.limitSeconds / part.seconds)) of the limit)"
        }.joined(separator: ", ")
        if let loss = entries.max(by: { $0.excess(limits) < $1.excess(limits) }), loss.excess(limits) > 0 {
            text +=
                "; most is lost in \(loss.work.label.shortened(to: 60)): \(timeText(loss.excess(limits))) of its "
                + timeText(loss.seconds)
        }
        return text + "."
    }

    /// The kernels of one kind.
    private struct Part {
        let name: String
        let entries: [Entry]
        let seconds: Double
        let limitSeconds: Double

        init(name: String, entries: [Entry], _ limits: MachineLimits) {
            self.name = name
            self.entries = entries
            seconds = entries.reduce(0) { $0 + $1.seconds }
            limitSeconds = entries.reduce(0) { $0 + limits.seconds(for: $1.work) }
        }
    }

    private var isBeyondLimits: Bool { entries.contains { $0.excess(limits) < 0 } }

    private static let beyondLimits =
        "More than 100 % of the limit: the data came from a cache, which is quicker than memory, or the machine was busier when "
        + "its limits were measured."
}

extension MachineLimits {
    /// `float32`, `float64`, `bf16`.
    var productName: String { precision == .full ? dataType.rawValue : precision.rawValue }
}

extension PlanProfile.Entry {
    /// Seconds above what the limits allow.
    fileprivate func excess(_ limits: MachineLimits) -> Double { seconds - limits.seconds(for: work) }
}

extension KernelWork {
    /// Name and detail.
    var label: String { detail.isEmpty ? name : "\(name) \(detail)" }
}

extension String {
    /// At most so many characters, with an ellipsis in the middle where some are left out.
    func shortened(to length: Int) -> String {
        guard count > length else { return self }
        let tail = (length - 1) / 3
        return prefix(length - 1 - tail) + "…" + suffix(tail)
    }

    /// Lines of at most so many columns, broken between words.
    fileprivate func wrapped(to columns: Int) -> [String] {
        split(separator: " ").reduce(into: []) { lines, word in
            if let last = lines.last, last.count + 1 + word.count <= columns {
                lines[lines.count - 1] += " " + word
            } else {
                lines.append(String(word))
            }
        }
    }
}

/// Three significant digits and a unit: `12.3 µs`.
private func timeText(_ seconds: Double) -> String {
    if seconds < 0.9995e-3 { return threeDigits(seconds * 1e6) + " µs" }
    return seconds < 0.9995 ? threeDigits(seconds * 1e3) + " ms" : threeDigits(seconds) + " s"
}

/// Three significant digits and a decimal prefix: `52.4 kB`.
private func scaled(_ value: Double, _ unit: String = "") -> String {
    var (value, prefix) = (value, 0)
    let prefixes = ["", "k", "M", "G", "T", "P", "E"]
    while value >= 999.5, prefix < prefixes.count - 1 { (value, prefix) = (value / 1000, prefix + 1) }
    return threeDigits(value) + " " + prefixes[prefix] + unit
}

/// Whole percents; one decimal below ten.
private func shareText(_ share: Double) -> String {
    String(format: share < 0.0995 ? "%.1f %%" : "%.0f %%", share * 100)
}

private func threeDigits(_ value: Double) -> String {
    if value == 0 || value >= 99.95 { return String(format: "%.0f", value) }
    return String(format: value >= 9.995 ? "%.1f" : "%.2f", value)
}
