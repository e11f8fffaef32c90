import Foundation
import ThalwegEngine

/// The machine and the program that a run was made by.
public struct RunEnvironment: Codable, Sendable, Hashable {
    public var thalweg: String
    public var host: String
    public var system: String
    public var processor: String
    public var cores: Int
    /// Threads to compute with.
    public var threads: Int

    static func current(threads: Int?) -> RunEnvironment {
        let information = ProcessInfo.processInfo
        return RunEnvironment(
            thalweg: ThalwegVersion.text, host: hostName, system: information.operatingSystemVersionString,
            processor: processorName, cores: information.activeProcessorCount,
            threads: threads ?? information.activeProcessorCount)
    }

    /// Without asking a name server.
    private static var hostName: String {
        var bytes = [CChar](repeating: 0, count: 256)
        guard gethostname(&bytes, bytes.count - 1) == 0 else { return "" }
        return String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }

    private static var processorName: String {
        #if os(Linux)
            let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
            let line = text.split(separator: "\n").first { $0.hasPrefix("model name") || $0.hasPrefix("Model") }
            let name = line?.split(separator: ":", maxSplits: 1).last.map { $0.trimmingCharacters(in: .whitespaces) }
            return name ?? "unknown"
        #else
            var size = 0
            sysctlbyname("machdep.cpu.brand_string", nil, &size, nil, 0)
            var bytes = [CChar](repeating: 0, count: size + 1)
            sysctlbyname("machdep.cpu.brand_string", &bytes, &size, nil, 0)
            return String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        #endif
    }
}

/// The state of a Git repository.
public struct GitState: Codable, Sendable, Hashable {
    public var commit: String
    /// Whether tracked files differ from the commit.
    public var isChanged: Bool

    /// Of the repository that the working folder belongs to; nil outside of one, without Git, or when Git takes longer than two
    /// seconds.
    static func current() -> GitState? {
        var folder = URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
        while !FileManager.default.fileExists(atPath: folder.appendingPathComponent(".git").path) {
            guard folder.path != "/" else { return nil }
            folder.deleteLastPathComponent()
        }
        return read(folder)
    }

    private static func read(_ folder: URL) -> GitState? {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [
            "git", "-C", folder.path, "--no-optional-locks", "status", "--porcelain=v2", "--branch",
            "--untracked-files=no", "--ignore-submodules=all",
        ]
        let output = Pipe()
        process.standardOutput = output
        process.standardError = FileHandle.nullDevice
        process.standardInput = FileHandle.nullDevice
        let isDone = DispatchSemaphore(value: 0)
        process.terminationHandler = { _ in isDone.signal() }
        guard (try? process.run()) != nil else { return nil }
        let watch = DispatchWorkItem { process.terminate() }
        DispatchQueue.global().asyncAfter(deadline: .now() + 2, execute: watch)
        let text = String(decoding: (try? output.fileHandleForReading.readToEnd()) ?? Data(), as: UTF8.self)
        isDone.wait()
        watch.cancel()
        guard process.terminationReason == .exit, process.terminationStatus == 0 else { return nil }
        let lines = text.split(separator: "\n")
        guard let commit = lines.first(where: { $0.hasPrefix("# branch.oid ") })?.split(separator: " ").last,
            commit.allSatisfy(\.isHexDigit)
        else { return nil }
        return GitState(commit: String(commit), isChanged: lines.contains { !$0.hasPrefix("#") })
    }
}
