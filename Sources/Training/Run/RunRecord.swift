public import Foundation
import ThalwegFormats

/// What `run.json` tells of a run: how it was started, where, and how it ended. A run that was resumed has a session for each
/// process that worked on it.
public struct RunRecord: Codable, Sendable, Hashable {
    /// The version of this file's form.
    public var format = 1
    public var data: String
    /// A digest of the data read.
    public var fingerprint: String
    public var seed: Int
    /// In order; the last is the present one.
    public var sessions: [Session]

    /// One process' work on a run.
    public struct Session: Codable, Sendable, Hashable {
        /// The program and its arguments.
        public var command: [String]
        /// Where the command was given.
        public var folder: String
        /// Coordinated universal time, as `2026-11-24T11:05:21.123Z`.
        public var started: String
        /// nil while the session goes on, and when it was killed.
        public var ended: String?
        public var status: Status
        /// Why it failed, one line.
        public var problem: String?
        public var process: Int32
        public var environment: RunEnvironment
        /// Of the folder where the command was given; nil outside of a repository.
        public var git: GitState?

        /// The command as one types it.
        public var commandLine: String {
            let program = command.first.map { [URL(fileURLWithPath: $0).lastPathComponent] } ?? []
            return (program + command.dropFirst()).map(\.shellQuoted).joined(separator: " ")
        }
    }

    public enum Status: String, Codable, Sendable, CaseIterable {
        /// The process is at work, or so it was when it was last heard of.
        case running
        /// All epochs or steps are done.
        case finished
        /// The dev cost no longer fell.
        case stoppedEarly = "stopped-early"
        /// Ctrl-C or a polite kill: there is a checkpoint to go on from.
        case interrupted
        /// An error ended it.
        case failed
        /// The process is gone and said nothing.
        case killed
    }
}

extension RunFolder {
    public var record: URL { url.appendingPathComponent("run.json") }
    /// Locked (flock) by the process that trains in the folder.
    public var lock: URL { url.appendingPathComponent("lock") }

    /// What `run.json` says.
    ///
    /// - Throws: `TrainingError.notARun` when it is missing, as in runs of early versions, or damaged.
    public func readRecord() throws -> RunRecord { try read(RunRecord.self, from: record) }

    /// How the run stands, whatever became of its process; nil for a folder without `run.json`.
    public var status: RunRecord.Status? {
        guard let session = try? readRecord().sessions.last else { return nil }
        guard session.status == .running else { return session.status }
        return RunLock.isHeld(lock) ? .running : .killed
    }
}

/// The present process' session in a run folder: holds the lock, keeps `run.json`.
final class RunSession {
    private let folder: RunFolder
    private let lock: RunLock
    private var record: RunRecord

    /// - Throws: `TrainingError.busy` when another process trains in the folder, `DataError` when it cannot be written.
    init(_ folder: RunFolder, lock: RunLock, data: String, fingerprint: String, seed: Int, threads: Int?) throws {
        self.folder = folder
        self.lock = lock
        record = RunRecord(data: data, fingerprint: fingerprint, seed: seed, sessions: [])
        if let earlier = try? folder.readRecord() { record.sessions = earlier.sessions }
        if let last = record.sessions.indices.last, record.sessions[last].status == .running {
            record.sessions[last].status = .killed
        }
        record.sessions.append(
            RunRecord.Session(
                command: CommandLine.arguments, folder: FileManager.default.currentDirectoryPath, started: Self.now,
                status: .running, process: getpid(), environment: .current(threads: threads), git: .current()))
        try folder.write(record, to: folder.record)
    }

    /// Notes how the session ended, and lets others have the folder.
    func end(_ status: RunRecord.Status, problem: String? = nil) throws {
        defer { lock.release() }
        let last = record.sessions.count - 1
        record.sessions[last].status = status
        record.sessions[last].ended = Self.now
        record.sessions[last].problem = problem
        try folder.write(record, to: folder.record)
    }

    private static var now: String {
        Date.now.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
