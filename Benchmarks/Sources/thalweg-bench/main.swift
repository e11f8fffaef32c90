// thalweg-bench --workload NAME --init FILE.npz [--threads N] [--dtype float32|float64] [--precision float32|bf16]
//     [--whole K] [--time SECONDS] [--profile K]
//
// With --whole: runs K steps, prints the last loss and leaves. With --time: prints the median time of a step and leaves.
// With --profile K: prints the K kernels that take longest and leaves.
// Otherwise answers JSON lines on standard input: {"cmd": "losses", "k": 20}, {"cmd": "time", "secs": 0.5}, {"cmd": "quit"}.
import Foundation
import Thalweg

let start = ContinuousClock.now

func elapsed(since instant: ContinuousClock.Instant) -> Double {
    let time = instant.duration(to: .now)
    return Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
}

func reply(_ object: [String: Any]) throws {
    let line = try JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
    FileHandle.standardOutput.write(line + Data("\n".utf8))
}

func run() throws {
    var options: [String: String] = [:]
    var arguments = Array(CommandLine.arguments.dropFirst())
    while arguments.count >= 2, arguments[0].hasPrefix("--") {
        options[String(arguments[0].dropFirst(2))] = arguments[1]
        arguments.removeFirst(2)
    }
    guard arguments.isEmpty, let name = options["workload"], let path = options["init"] else {
        throw BenchmarkError(
            "usage: thalweg-bench --workload NAME --init FILE.npz [--threads N] [--dtype T] [--precision float32|bf16] [--whole K]"
        )
    }
    guard let workload = Workload.all.first(where: { $0.name == name }) else {
        throw BenchmarkError("no workload \(name); there are \(Workload.all.map(\.name).joined(separator: ", "))")
    }
    guard let dataType = DataType(rawValue: options["dtype"] ?? "float32"), dataType.isFloatingPoint else {
        throw BenchmarkError("no floating-point type \(options["dtype"] ?? "")")
    }
    guard let precision = ProductPrecision(rawValue: options["precision"] ?? "float32"), precision.isSupported else {
        throw BenchmarkError("no precision \(options["precision"] ?? "") on this processor")
    }
    let runner = try workload.makeRunner(
        WorkloadFile(URL(fileURLWithPath: path), dataType: dataType, precision: precision),
        options["threads"].flatMap(Int.init) ?? Threads.available)

    if let steps = options["whole"].flatMap(Int.init) {
        var loss = 0.0
        for step in 1...max(steps, 1) {
            let value = runner.advance()
            if step == steps { loss = value.doubles()[0] }
        }
        print("last", loss)
        return
    }
    if let count = options["profile"].flatMap(Int.init) {
        print(try runner.profile().table(top: count, columns: 160))
        return
    }
    var timer = Timer()
    if let seconds = options["time"].flatMap(Double.init) {
        let round = timer.round(runner, seconds: seconds)
        print("\(name): \(round.median * 1e6) us a step (least \(round.least * 1e6), \(round.steps) steps)")
        return
    }
    let ready = elapsed(since: start)
    let first = ContinuousClock.now
    _ = runner.advance().doubles()
    try reply(["ready": true, "setup_s": ready, "first_s": elapsed(since: first)])
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

do {
    try run()
} catch {
    try? reply(["error": "\(error)"])
    exit(1)
}
