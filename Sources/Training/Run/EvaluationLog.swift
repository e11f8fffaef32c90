import Foundation

/// `evaluations.csv` in a run folder: a line for every `thalweg evaluate`, so that it can be told how often the test set was
/// looked at.
public struct EvaluationLog {
    /// What part of the run's own data was judged.
    public enum Part: String, Sendable {
        case train, dev, test
        /// Data that training did not see.
        case other
    }

    private let url: URL
    private static let header = "time,part,examples,metric,loss,data\n"

    init(_ folder: RunFolder) { url = folder.url.appendingPathComponent("evaluations.csv") }

    /// Evaluations of the test set so far.
    public var testUses: Int {
        // Anything but a file could keep its reader waiting.
        let type = try? FileManager.default.attributesOfItem(atPath: url.path)[.type] as? FileAttributeType
        guard type == .typeRegular, let text = try? String(contentsOf: url, encoding: .utf8) else { return 0 }
        return text.split(whereSeparator: \.isNewline).count { line in
            let cells = line.split(separator: ",", maxSplits: 2, omittingEmptySubsequences: false)
            return cells.count == 3 && cells[1] == Part.test.rawValue
        }
    }

    /// Adds a line; false where the folder cannot be written.
    func append(_ part: Part, score: Score, data: String) -> Bool {
        let time = Date().formatted(.iso8601)
        let name = data.split(whereSeparator: \.isNewline).joined(separator: " ").csvCell
        let line = "\(time),\(part.rawValue),\(score.count),\(score.metric),\(score.loss),\(name)\n"
        // One write to a file opened for appending: lines of two processes cannot mix.
        let descriptor = open(url.path, O_WRONLY | O_APPEND | O_CREAT | O_NONBLOCK, 0o644)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return false }
        let bytes = Array((status.st_size == 0 ? Self.header + line : line).utf8)
        return write(descriptor, bytes, bytes.count) == bytes.count
    }
}
