import Foundation
import ThalwegFormats

extension RunFolder {
    /// Whether the folder holds a run: a folder of anything else must not be taken for one.
    public var isRun: Bool {
        [record, configuration, description].contains { FileManager.default.fileExists(atPath: $0.path) }
    }

    /// Removes the run.
    ///
    /// It is first renamed to a hidden name: whoever looks sees it whole or not at all.
    ///
    /// - Throws: `TrainingError.notARun`, `TrainingError.busy` while a process trains in it, `DataError` where the system refuses.
    public func delete() throws {
        guard isRun else {
            throw TrainingError.notARun(path, problem: exists ? "nothing in it says so" : "it does not exist")
        }
        let runLock = FileManager.default.fileExists(atPath: lock.path) ? try RunLock(self) : nil
        defer { runLock?.release() }
        let hidden = url.deletingLastPathComponent()
            .appendingPathComponent(".\(url.lastPathComponent.prefix(80)).\(UUID().uuidString.prefix(8)).deleted")
        do {
            try FileManager.default.moveItem(at: url, to: hidden)
            try FileManager.default.removeItem(at: hidden)
        } catch {
            throw DataError(.permission, file: path, "cannot be removed (permission?)")
        }
    }
}
