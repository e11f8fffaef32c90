import Foundation
import Synchronization
import Thalweg

/// Standard output and error, with every failure of theirs known.
enum Terminal {
    private static let pending = Mutex<[UInt8]>([])

    /// The command line; bytes that are not UTF-8 stand as replacement characters, so that a message can name them.
    static var arguments: [String] { CommandLine.arguments.dropFirst().reduce(into: []) { $0.appendArgument($1) } }

    /// An argument that is no text names no file that could be opened by it: said at once.
    static func replaceInvalidArguments() {
        for index in 1..<max(Int(CommandLine.argc), 1) {
            guard let pointer = CommandLine.unsafeArgv[index] else { continue }
            if String(validatingCString: pointer) == nil {
                error("argument \(index), '\(String(cString: pointer))', is not UTF-8 text")
                Foundation.exit(64)
            }
        }
    }

    /// Writes a line to standard output.
    ///
    /// - Parameter isOurs: whether every control character in it is meant for the terminal; otherwise they come from a name in the
    ///   user's files and are shown instead.
    /// - Throws: `BrokenPipe` when nobody reads any more, `CommandFailure` when it cannot be written.
    static func print(_ text: String, isOurs: Bool = false) throws {
        let text = isOurs ? text : text.printable(keepsLines: true)
        pending.withLock { $0 += Array(text.utf8) + [10] }
        if pending.withLock({ $0.count }) > 1 << 16 { try flush() }
    }

    /// Writes a line of data for programs: as it is, unless a person reads it.
    static func data(_ text: String) throws { try print(text, isOurs: !isOutputTerminal) }

    static func flush() throws {
        let bytes = pending.withLock { bytes in
            defer { bytes = [] }
            return bytes
        }
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if written < 0 {
                if errno == EINTR { continue }
                if errno == EPIPE { throw BrokenPipe() }
                throw CommandFailure(
                    description: "standard output cannot be written: \(String(cString: strerror(errno)))")
            }
            rest = rest.dropFirst(written)
        }
    }

    /// Writes to standard error; what cannot be written is dropped.
    ///
    /// - Parameter isOurs: as for `print`.
    static func note(_ text: String, isOurs: Bool = false) {
        let bytes = Array((isOurs ? text : text.printable(keepsLines: true)).utf8)
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { write(STDERR_FILENO, $0.baseAddress, $0.count) }
            if written < 0 && errno == EINTR { continue }
            guard written > 0 else { return }
            rest = rest.dropFirst(written)
        }
    }

    /// One line, `error: …`.
    static func error(_ message: String) {
        note("error: " + message.split(whereSeparator: \.isNewline).joined(separator: " ") + "\n")
    }

    static var isErrorTerminal: Bool { isatty(STDERR_FILENO) == 1 }

    static var isOutputTerminal: Bool { isatty(STDOUT_FILENO) == 1 }

    /// Columns of the terminal on standard error.
    static var columns: Int {
        var size = winsize()
        guard ioctl(STDERR_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return 80 }
        return Int(size.ws_col)
    }
}

/// Ctrl-C, a closed terminal and a polite kill ask training to save and end; a second one, a second later, ends at once.
enum Interruption {
    /// The signal that came; 0 before.
    private static let received = Atomic<Int32>(0)

    static var isRequested: Bool { received.load(ordering: .relaxed) != 0 }

    /// 130 after Ctrl-C, as a shell tells it: 128 and the signal's number.
    static var exitCode: Int32 { 128 + received.load(ordering: .relaxed) }

    /// A thread of its own waits for the signals, and every other thread blocks them: oneDNN 2.6's products lend the stack
    /// pointer to their arithmetic, where a handler's frame would overwrite the heap. A second signal ends the program.
    static func listen() {
        var signals = sigset_t()
        sigemptyset(&signals)
        for number in [SIGINT, SIGTERM, SIGHUP] where !isIgnored(number) { sigaddset(&signals, number) }
        // Threads started later inherit the mask.
        pthread_sigmask(SIG_BLOCK, &signals, nil)
        let waited = signals
        Thread.detachNewThread {
            var waited = waited
            var number: Int32 = 0
            var first = ContinuousClock.now
            while sigwait(&waited, &number) == 0 {
                let (isFirst, _) = received.compareExchange(expected: 0, desired: number, ordering: .relaxed)
                // `timeout` and some terminals send the first one twice.
                if isFirst { first = .now } else if ContinuousClock.now - first > .seconds(1) { _exit(128 + number) }
            }
        }
    }

    /// As `nohup` leaves a hang-up: whoever started the program wants it to go on.
    private static func isIgnored(_ number: Int32) -> Bool {
        var action = sigaction()
        guard sigaction(number, nil, &action) == 0 else { return false }
        #if os(Linux)
            return unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
        #else
            return unsafeBitCast(action.__sigaction_u.__sa_handler, to: Int.self) == 1
        #endif
    }
}
