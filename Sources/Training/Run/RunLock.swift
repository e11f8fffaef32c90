import Foundation
import ThalwegFormats

/// Says that a process is at work in a run folder: the system takes the lock back when the process ends, however it ends.
final class RunLock {
    private var descriptor: Int32?

    /// Takes the lock.
    ///
    /// - Throws: `TrainingError.busy` when another process holds it, `DataError` when the file cannot be made.
    init(_ folder: RunFolder) throws {
        let descriptor = open(folder.lock.path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw DataError(.permission, file: folder.lock.relativePath, "cannot be written (permission?)")
        }
        // Whoever looks whether the lock is held holds it for a moment.
        for attempt in 0..<50 {
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { break }
            // A file system without locks: nobody can tell, and training goes on.
            guard errno == EWOULDBLOCK || errno == EINTR else { break }
            if attempt == 49 {
                close(descriptor)
                throw TrainingError.busy(folder.path)
            }
            usleep(10_000)
        }
        self.descriptor = descriptor
    }

    deinit { release() }

    func release() {
        if let descriptor { close(descriptor) }
        descriptor = nil
    }

    /// Whether a process holds the lock.
    static func isHeld(_ url: URL) -> Bool {
        let descriptor = open(url.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return false }
        defer { close(descriptor) }
        return flock(descriptor, LOCK_SH | LOCK_NB) != 0 && errno == EWOULDBLOCK
    }
}
