import Foundation
import Thalweg

/// Greatest resident memory of this process so far, in bytes.
func peakMemory() -> Int {
    #if os(Linux)
        // Not getrusage: its figure begins with that of the process which started this one.
        let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
        let line = status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") }
        return (line?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) * 1024
    #else
        var usage = rusage()
        getrusage(RUSAGE_SELF, &usage)
        return usage.ru_maxrss
    #endif
}

/// Runs this program with other arguments: what it printed, and how long the process took.
func runSelf(_ arguments: [String]) throws -> (output: String, seconds: Double) {
    let process = Process()
    process.executableURL = Bundle.main.executableURL
    process.arguments = arguments
    let pipe = Pipe()
    process.standardOutput = pipe
    let start = ContinuousClock.now
    try process.run()
    let data = try pipe.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    let time = elapsed(since: start)
    let output = String(decoding: data, as: UTF8.self).trimmingCharacters(in: .whitespacesAndNewlines)
    guard process.terminationStatus == 0 else {
        throw BenchmarkError("\(arguments.joined(separator: " ")) failed: \(output)")
    }
    return (output, time)
}

/// Computes one value and prints the memory that took.
func hello() throws {
    let value = (Tensor([1, 2, 3] as [Float]) + 1).sum().item()
    try reply(["value": value, "memory": peakMemory()])
}
