import Foundation
import Thalweg

/// One workload, timed by whoever asks: the harness on standard input, or one of the options.
struct Conversation {
    private let workload: Workload
    private let options: Options
    private let start: ContinuousClock.Instant

    init(_ workload: Workload, _ options: Options, since start: ContinuousClock.Instant) {
        self.workload = workload
        self.options = options
        self.start = start
    }

    func run() throws {
        let whole: Int? = try options.number("whole")
        switch workload.kind {
        case .process(let steps, let body): print(try body(options.setting(), whole ?? steps))
        case .steps(let make):
            let runner = try make(options.setting())
            if let whole {
                printLast(runner, steps: max(whole, 1))
            } else if let count: Int = try options.number("profile") {
                print(try runner.profile().table(top: count, columns: 160))
            } else if let seconds: Double = try options.number("time") {
                var timer = Timer()
                let round = timer.round(runner, seconds: seconds)
                print(
                    "\(workload.name): \(round.median * 1e6) us a step (least \(round.least * 1e6), \(round.steps) steps)"
                )
            } else if let seconds: Double = try options.number("measure") {
                try measure(runner, seconds)
            } else {
                try answer(runner)
            }
        }
    }

    private func printLast(_ runner: any Runner, steps: Int) {
        runner.run(steps - 1)
        print("last", runner.value(runner.advance()))
    }

    /// What a row of `--all` needs. Memory is read before the profile, which needs more of it.
    private func measure(_ runner: any Runner, _ seconds: Double) throws {
        var timer = Timer()
        let round = timer.round(runner, seconds: seconds)
        let memory = peakMemory()
        let profile = try runner.profile()
        let operations = profile.entries.reduce(0) { $0 + $1.work.operations }
        try reply([
            "median": round.median, "least": round.least, "memory": memory, "kernels": profile.entries.count,
            "arena": profile.arenaBytes, "operations": operations, "bytes": runner.leastBytes,
        ])
    }

    private func answer(_ runner: any Runner) throws {
        let ready = elapsed(since: start)
        let first = ContinuousClock.now
        _ = runner.value(runner.advance())
        try reply(["ready": true, "setup_s": ready, "first_s": elapsed(since: first)])
        var timer = Timer()
        while let line = readLine() {
            guard let command = try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any] else { break }
            switch command["cmd"] as? String {
            case "losses": try reply(["losses": runner.losses(command["k"] as? Int ?? 20)])
            case "time":
                let round = timer.round(runner, seconds: command["secs"] as? Double ?? 0.5)
                try reply(["us": round.median * 1e6, "min_us": round.least * 1e6, "steps": round.steps])
            default: return
            }
        }
    }
}

/// A line of JSON on standard output.
func reply(_ object: [String: Any]) throws {
    let line = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
    FileHandle.standardOutput.write(line + Data("\n".utf8))
}
