import Foundation
import ThalwegFormats

/// A training in a process of its own. What it prints goes into a file, whose lock it holds while it lives.
final class TrialProcess {
    enum End: Equatable {
        case exited(Int32)
        case killed(Int32)
    }

    let job: TrialJob
    let run: URL
    private let log: URL
    private let identifier: pid_t
    private let started = ContinuousClock.now
    private(set) var end: End?
    /// Why it was asked to end, if it was.
    private(set) var stop: (reason: Stop, since: ContinuousClock.Instant)?

    enum Stop: Equatable { case interrupted, pruned, tookTooLong }

    /// - Parameters:
    ///   - run: the run folder; what is printed goes to a file beside it.
    ///   - isInterrupted: asked while a process of an earlier, killed search takes up to a minute to leave the folder.
    /// - Throws: `DataError` when the process cannot be started, `SearchError.busy` when the folder is still in use.
    init(_ job: TrialJob, executable: String, arguments: [String], run: URL, isInterrupted: () -> Bool) throws {
        self.job = job
        self.run = run
        log = run.appendingPathExtension("log")
        var lock = try FileLock(log)
        let deadline = ContinuousClock.now + .seconds(60)
        while lock == nil, ContinuousClock.now < deadline, !isInterrupted() {
            usleep(50_000)
            lock = try FileLock(log)
        }
        guard let lock else { throw SearchError.busy(run.relativePath) }
        ftruncate(lock.descriptor, 0)
        identifier = try Self.spawn(executable, arguments, output: lock.descriptor)
    }

    var seconds: Double { (ContinuousClock.now - started) / .seconds(1) }

    /// Whether it has ended; asks the system, does not wait.
    func poll() -> Bool {
        guard end == nil else { return true }
        var status: Int32 = 0
        let found = waitpid(identifier, &status, WNOHANG)
        guard found != 0 else {
            // One that does not heed SIGTERM is ended for good.
            if let stop, ContinuousClock.now - stop.since > .seconds(30) { kill(identifier, SIGKILL) }
            return false
        }
        if found < 0 && errno == EINTR { return false }
        let number = status & 0x7f
        end = number == 0 ? .exited((status >> 8) & 0xff) : .killed(number)
        return true
    }

    /// Asks it to save a checkpoint and end.
    func terminate(_ reason: Stop) {
        guard end == nil, stop == nil else { return }
        stop = (reason, .now)
        kill(identifier, SIGTERM)
    }

    /// Why it failed, in words: its own last error, or the signal.
    var failure: String {
        let text = (try? Data(contentsOf: log)).map { String(decoding: $0, as: UTF8.self) } ?? ""
        let said = text.split(whereSeparator: \.isNewline).last { $0.hasPrefix("error: ") }.map {
            String($0.dropFirst(7))
        }
        switch end {
        case .killed(SIGKILL): return "killed (signal 9; perhaps the machine ran out of memory)"
        case .killed(let number): return "ended by signal \(number) (\(String(cString: strsignal(number))))"
        case .exited(let code) where code > 128 && code < 128 + 32: return "ended by signal \(code - 128)"
        case .exited(let code): return said ?? "ended with exit code \(code)"
        case nil: return "has not ended"
        }
    }

    private static func spawn(_ executable: String, _ arguments: [String], output: Int32) throws -> pid_t {
        #if canImport(Darwin)
            var actions: posix_spawn_file_actions_t?
            var attributes: posix_spawnattr_t?
        #else
            var actions = posix_spawn_file_actions_t()
            var attributes = posix_spawnattr_t()
        #endif
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0)
        posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO)
        posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO)
        // A group of its own: Ctrl-C is for the search, which then ends its trials in order. No signal is blocked.
        var none = sigset_t()
        sigemptyset(&none)
        posix_spawnattr_setsigmask(&attributes, &none)
        posix_spawnattr_setpgroup(&attributes, 0)
        posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK))
        var words: [UnsafeMutablePointer<CChar>?] = ([executable] + arguments).map { strdup($0) } + [nil]
        var environment: [UnsafeMutablePointer<CChar>?] =
            ProcessInfo.processInfo.environment.map { strdup("\($0)=\($1)") } + [nil]
        defer { (words + environment).forEach { free($0) } }
        var identifier: pid_t = 0
        let code = posix_spawn(&identifier, executable, &actions, &attributes, &words, &environment)
        guard code == 0 else {
            throw DataError(.inputOutput, file: executable, "cannot be started: \(String(cString: strerror(code)))")
        }
        return identifier
    }
}
