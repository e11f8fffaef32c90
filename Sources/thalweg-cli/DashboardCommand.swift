import ArgumentParser
import Foundation
import Thalweg
import ThalwegServing

struct DashboardCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "dashboard",
        abstract: "Shows all runs in the browser, live: curves, comparisons, searches, reports.",
        discussion: """
            Answers this machine only, needs no network and changes nothing. Ends with Ctrl-C.

            EXAMPLE
              thalweg dashboard --port 8700 --runs experiments
            """)

    @Option(help: ArgumentHelp("The folder of runs, shown with the folders in it.", valueName: "DIR"))
    var runs = "runs"

    @Option(help: "Where to listen; 0 takes a free port.", transform: Self.port)
    var port = 8632

    @Option(
        help: ArgumentHelp(
            "The address to listen on; others than this machine's own let other machines in.", valueName: "ADDRESS"))
    var host = "127.0.0.1"

    func run() throws {
        var options = Dashboard.Options()
        (options.runs, options.port, options.host) = (runs, port, host)
        let dashboard = try Dashboard(options)
        if let note = dashboard.note { Terminal.note("note: \(note)\n") }
        if !["127.0.0.1", "localhost", "::1"].contains(host) {
            Terminal.note("warning: whoever can reach \(host) can read all runs, without a password\n")
        }
        let folder = runs
        try waiting {
            try await dashboard.run { url in
                Terminal.note("Runs of \(folder) at \(url.absoluteString) (Ctrl-C ends it)\n")
            }
        }
    }

    /// Runs asynchronous work to its end.
    private func waiting(_ work: @escaping @Sendable () async throws -> Void) throws {
        let isDone = DispatchSemaphore(value: 0)
        let outcome = Outcome()
        _Concurrency.Task.detached {
            do { try await work() } catch { outcome.error = error }
            isDone.signal()
        }
        isDone.wait()
        if let error = outcome.error { throw error }
    }

    /// Written before the semaphore is signaled, read after: never at once.
    private final class Outcome: @unchecked Sendable {
        var error: (any Error)?
    }

    @Sendable private static func port(_ text: String) throws -> Int {
        guard let number = Int(text), (0...65535).contains(number) else {
            throw ValidationError("no port, it must be from 0 to 65535")
        }
        return number
    }
}
