import Foundation
import ThalwegFormats

extension RunFolder {
    /// Whether the folder holds a run: a folder of anything else must not be taken for one.
    public var isRun: Bool {
        [record, configuration, description].contains { FileManager.default.fileExists(atPath: $0.path) }
    }

    /// Whether a file is one that a run's own reading and writing goes by, or stands where one would.
    package static func owns(_ path: String) -> Bool {
        let file = URL(fileURLWithPath: path)
        let names: Set = [
            "model.safetensors", "model.json", "metrics.csv", "config.toml", "report.html", "run.json", "lock",
            "watch.csv",
            "findings.json", "diagnosis.json", "evaluations.csv", "adjustments.jsonl", "checkpoint", "requests",
        ]
        let folder = file.deletingLastPathComponent()
        if RunFolder(folder.path).isRun { return names.contains(file.lastPathComponent) }
        return ["checkpoint", "requests"].contains(folder.lastPathComponent)
            && RunFolder(folder.deletingLastPathComponent().path).isRun
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
