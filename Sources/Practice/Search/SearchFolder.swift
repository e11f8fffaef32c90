public import Foundation
import TOMLKit
import ThalwegFormats
public import ThalwegTraining

/// The folder of a search.
///
/// `search.toml` (what is searched, and how), `settings.toml` (what every trial starts from), `trials.jsonl` (how
/// trials ended), `trials/` (their run folders, and beside each what it printed), `best/` (the run folder of the
/// winner, trained again), `search.html` (the trials as pictures).
public struct SearchFolder: Sendable {
    public let url: URL

    public init(_ path: String) { url = URL(fileURLWithPath: path) }

    public var path: String { url.relativePath }
    public var search: URL { url.appendingPathComponent("search.toml") }
    public var settings: URL { url.appendingPathComponent("settings.toml") }
    public var journal: URL { url.appendingPathComponent("trials.jsonl") }
    public var page: URL { url.appendingPathComponent("search.html") }
    public var trials: URL { url.appendingPathComponent("trials") }
    public var best: RunFolder { RunFolder(url.appendingPathComponent("best").relativePath) }
    var lock: URL { url.appendingPathComponent("lock") }

    public var exists: Bool { FileManager.default.fileExists(atPath: url.path) }

    /// Whether a run folder is the winner's or a trial's of a search.
    static func holds(_ run: RunFolder) -> Bool {
        let parent = run.url.standardizedFileURL.deletingLastPathComponent()
        return [parent, parent.deletingLastPathComponent()].contains {
            FileManager.default.fileExists(atPath: SearchFolder($0.path).search.path)
        }
    }

    /// A folder under `runs` that does not exist: `runs/digits-search-1` and so on.
    public static func next(for data: String) -> String {
        let base = URL(fileURLWithPath: data).deletingPathExtension().lastPathComponent
        let name = "runs/" + (base.isEmpty ? "" : base + "-") + "search"
        var number = 1
        while FileManager.default.fileExists(atPath: "\(name)-\(number)") { number += 1 }
        return "\(name)-\(number)"
    }

    /// Every training that has ended, in the order of their ends.
    ///
    /// - Throws: `SearchError.notASearch` when there is no journal or a line is damaged; a last line still being
    ///   written is left out.
    public func records() throws -> [TrialRecord] {
        guard let bytes = try? Data(contentsOf: journal) else {
            throw SearchError.notASearch(path, problem: "trials.jsonl is missing or cannot be read")
        }
        return try SearchJournal.records(bytes, name: journal.relativePath).records
    }

    func create() throws {
        do { try FileManager.default.createDirectory(at: trials, withIntermediateDirectories: true) } catch {
            throw DataError(
                .permission, file: path, "the search folder cannot be made (permission, or a file has its name)")
        }
    }

    /// Holds the folder for this process until the result is released.
    ///
    /// - Throws: `SearchError.busy`.
    func locked() throws -> FileLock {
        guard let lock = try FileLock(lock) else { throw SearchError.busy(path) }
        return lock
    }
}

/// A lock on a file, which the system lifts when every process that holds the file open has ended.
final class FileLock {
    let descriptor: Int32

    /// nil while another process holds it.
    init?(_ url: URL) throws {
        let descriptor = open(url.path, O_RDWR | O_CREAT | O_CLOEXEC | O_APPEND, 0o644)
        guard descriptor >= 0 else {
            throw DataError(.permission, file: url.relativePath, "cannot be written")
        }
        self.descriptor = descriptor
        guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else { return nil }
    }

    deinit { close(descriptor) }
}
