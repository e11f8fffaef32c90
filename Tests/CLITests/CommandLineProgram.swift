import Foundation
import TestSupport

/// The built `thalweg`, run as a user would run it.
struct CommandLineProgram {
    struct Output {
        var status: Int32
        /// True when a signal ended the process; `status` is its number then.
        var wasKilled: Bool
        var text: String
        var errors: String

        var errorLines: [String] { errors.split(separator: "\n").map(String.init) }

        /// The last line of standard output as JSON.
        var json: [String: Any]? {
            guard let line = text.split(separator: "\n").last else { return nil }
            return try? JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any]
        }
    }

    /// Beside the test runner.
    static let url: URL = {
        #if os(Linux)
            let runner = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
            var folder = runner.deletingLastPathComponent()
        #else
            var folder = Bundle.main.bundleURL
        #endif
        while folder.path != "/" {
            let candidate = folder.appendingPathComponent("thalweg")
            if FileManager.default.isExecutableFile(atPath: candidate.path) { return candidate }
            folder.deleteLastPathComponent()
        }
        let build = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
        return build.appendingPathComponent("thalweg")
    }()

    var folder: URL

    /// - Parameter killAfter: seconds after which the process gets SIGKILL.
    @discardableResult
    func callAsFunction(
        _ arguments: [String], killAfter: Double? = nil, signalAfter: (signal: Int32, seconds: Double)? = nil
    ) throws -> Output {
        let process = Process()
        process.executableURL = Self.url
        process.arguments = arguments
        process.currentDirectoryURL = folder
        // Files instead of pipes: nothing to drain, nothing to deadlock.
        let name = UUID().uuidString
        let outputFile = folder.appendingPathComponent(".out-\(name)")
        let errorFile = folder.appendingPathComponent(".err-\(name)")
        for file in [outputFile, errorFile] { try Data().write(to: file) }
        defer { for file in [outputFile, errorFile] { try? FileManager.default.removeItem(at: file) } }
        let outputHandle = try FileHandle(forWritingTo: outputFile)
        let errorHandle = try FileHandle(forWritingTo: errorFile)
        process.standardOutput = outputHandle
        process.standardError = errorHandle
        process.standardInput = FileHandle.nullDevice
        try process.run()
        if let (number, seconds) = killAfter.map({ (SIGKILL, $0) }) ?? signalAfter {
            Thread.sleep(forTimeInterval: seconds)
            if process.isRunning { kill(process.processIdentifier, number) }
        }
        process.waitUntilExit()
        return Output(
            status: process.terminationStatus, wasKilled: process.terminationReason == .uncaughtSignal,
            text: String(decoding: try Data(contentsOf: outputFile), as: UTF8.self),
            errors: String(decoding: try Data(contentsOf: errorFile), as: UTF8.self))
    }

    /// Starts the program and lets it run; its standard error goes into the file `errors`.
    func start(_ arguments: [String], errors: String) throws -> Process {
        let process = Process()
        process.executableURL = Self.url
        process.arguments = arguments
        process.currentDirectoryURL = folder
        let file = folder.appendingPathComponent(errors)
        try Data().write(to: file)
        process.standardError = try FileHandle(forWritingTo: file)
        process.standardOutput = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        try process.run()
        return process
    }

    /// Waits, at most 20 seconds, until one of the files is there and not empty.
    func wait(for names: String...) throws {
        for _ in 0..<2000 {
            let sizes = names.map { try? bytes($0).count }
            if sizes.contains(where: { $0 ?? 0 > 0 }) { return }
            usleep(10_000)
        }
        throw CocoaError(.fileReadNoSuchFile)
    }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }

    func bytes(_ name: String) throws -> Data { try Data(contentsOf: folder.appendingPathComponent(name)) }

    func text(_ name: String) throws -> String { String(decoding: try bytes(name), as: UTF8.self) }
}

/// A program in a folder of its own, removed afterwards.
func withProgram(_ body: (CommandLineProgram) throws -> Void) throws {
    try withFolder { try body(CommandLineProgram(folder: $0)) }
}
