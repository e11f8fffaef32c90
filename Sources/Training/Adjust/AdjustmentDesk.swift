import Foundation
import ThalwegFormats

/// Where one process asks for changes to a run that another one trains: a file for each request under `requests/`, which the
/// trainer takes away, and a line for each answer in `adjustments.jsonl`.
public struct AdjustmentDesk: Sendable {
    public struct Request: Codable, Sendable, Hashable {
        public var id: String
        public var changes: [Adjustment.Change]
    }

    /// What became of one change.
    public struct Answer: Codable, Sendable, Hashable {
        /// Of the request.
        public var id: String
        /// As it was made.
        public var change: Adjustment.Change
        /// As it was asked for, where that is something else: fewer epochs than have begun.
        public var asked: Adjustment.Change?
        /// Steps done before it took effect.
        public var step: Int
        /// Why it was not done.
        public var refusal: String?
    }

    private let folder: RunFolder

    public init(_ folder: RunFolder) { self.folder = folder }

    private var requests: URL { folder.url.appendingPathComponent("requests") }
    private var answersFile: URL { folder.url.appendingPathComponent("adjustments.jsonl") }

    /// Leaves a request.
    ///
    /// - Throws: `TrainingError.notARun` for a folder without a run, `TrainingError.notTraining` for a run that has ended or that
    ///   nobody trains, `DataError` when the folder cannot be written.
    public func ask(_ changes: [Adjustment.Change]) throws -> Request {
        guard folder.isRun else {
            throw TrainingError.notARun(
                folder.path, problem: folder.exists ? "nothing in it says so" : "it does not exist")
        }
        guard isTrained != false else { throw TrainingError.notTraining(run: folder.path) }
        let now = String(format: "%017.3f", Date().timeIntervalSince1970)
        let request = Request(id: "\(now)-\(getpid())", changes: changes)
        do {
            try FileManager.default.createDirectory(at: requests, withIntermediateDirectories: true)
        } catch {
            throw DataError(.permission, file: folder.path, "the run folder cannot be written")
        }
        try folder.write(request, to: requests.appendingPathComponent("\(request.id).json"))
        return request
    }

    /// Takes a request back that nobody has answered.
    public func withdraw(_ request: Request) { try? FileManager.default.removeItem(at: file(request)) }

    /// The answers to a request so far, one a change.
    public func answers(to request: Request) -> [Answer] { answers.filter { $0.id == request.id } }

    /// All answers so far.
    public var answers: [Answer] {
        let text = (try? String(contentsOf: answersFile, encoding: .utf8)) ?? ""
        return text.split(separator: "\n").compactMap { try? JSONDecoder().decode(Answer.self, from: Data($0.utf8)) }
    }

    /// Whether a process trains the run, as far as its lock tells; nil for a run without one.
    public var isTrained: Bool? {
        FileManager.default.fileExists(atPath: folder.lock.path) ? RunLock.isHeld(folder.lock) : nil
    }

    // MARK: For the trainer

    /// Requests that wait, in the order in which they were made. What is no request is left alone.
    func waiting() -> [Request] {
        guard let names = try? FileManager.default.contentsOfDirectory(atPath: requests.path) else { return [] }
        return names.filter { $0.hasSuffix(".json") }.sorted().compactMap {
            try? folder.read(Request.self, from: requests.appendingPathComponent($0))
        }
    }

    /// Notes what became of the request's changes and takes it away.
    func answer(_ request: Request, _ answers: [Answer]) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        var bytes = Data()
        for answer in answers { bytes += try encoder.encode(answer) + Data([10]) }
        let descriptor = open(answersFile.path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw DataError(.permission, file: answersFile.relativePath, "cannot be written") }
        defer { close(descriptor) }
        guard bytes.withUnsafeBytes({ write(descriptor, $0.baseAddress, $0.count) }) == bytes.count else {
            throw DataError(.diskFull, file: answersFile.relativePath, "cannot be written (is the disk full?)")
        }
        withdraw(request)
    }

    private func file(_ request: Request) -> URL { requests.appendingPathComponent("\(request.id).json") }
}
