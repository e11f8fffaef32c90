import Foundation
import Testing

/// A page in Chromium without a window that stays open: asked by Chromium's own protocol, over two pipes, what it shows.
final class BrowserSession {
    private let process = Process()
    private let requests: FileHandle
    private let answers: FileHandle
    private var received = Data()
    private var count = 0
    private var page: String?

    /// - Parameter folder: for the browser's profile and the pipes.
    init(in folder: URL) throws {
        let pipes = ["requests", "answers"].map { folder.appendingPathComponent("browser-\(UUID().uuidString)-\($0)") }
        for pipe in pipes { try #require(mkfifo(pipe.path, 0o600) == 0) }
        let profile = folder.appendingPathComponent("browser-\(UUID().uuidString)").path
        process.executableURL = URL(fileURLWithPath: "/bin/sh")
        process.arguments = [
            "-c",
            """
            exec "$0" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage --user-data-dir="$1" \
            --remote-debugging-pipe about:blank 3<"$2" 4>"$3"
            """, try #require(Browser.path), profile, pipes[0].path, pipes[1].path,
        ]
        process.standardOutput = FileHandle.nullDevice
        process.standardError = FileHandle.nullDevice
        try process.run()
        // Each waits for the other end.
        requests = try FileHandle(forWritingTo: pipes[0])
        answers = try FileHandle(forReadingFrom: pipes[1])
    }

    deinit {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    /// Opens an address in the page.
    func open(_ address: String) throws {
        let target = try ask("Target.createTarget", ["url": address])["targetId"] as? String
        page =
            try ask("Target.attachToTarget", ["targetId": try #require(target), "flatten": true])["sessionId"]
            as? String
        // A page begins as an empty one.
        try wait(for: "location.href === '\(address)' && document.readyState === 'complete'")
    }

    /// The value of an expression in the page.
    func value(_ expression: String) throws -> Any? {
        let answer = try ask(
            "Runtime.evaluate", ["expression": expression, "returnByValue": true, "awaitPromise": true], of: page)
        return (answer["result"] as? [String: Any])?["value"]
    }

    /// Waits until an expression is true in the page.
    func wait(for expression: String, seconds: Double = 30) throws {
        let end = Date(timeIntervalSinceNow: seconds)
        while Date() < end {
            if try value(expression) as? Bool == true { return }
            usleep(100_000)
        }
        let shown = try value("document.body.innerText.slice(0, 2000)")
        Issue.record("never true: \(expression); the page shows: \(shown ?? "nothing")")
        throw CocoaError(.featureUnsupported)
    }

    private func ask(_ method: String, _ parameters: [String: Any], of session: String? = nil) throws -> [String: Any] {
        count += 1
        var request: [String: Any] = ["id": count, "method": method, "params": parameters]
        request["sessionId"] = session
        try requests.write(contentsOf: try JSONSerialization.data(withJSONObject: request) + Data([0]))
        while true {
            let message = try JSONSerialization.jsonObject(with: try message()) as? [String: Any]
            guard message?["id"] as? Int == count else { continue }
            return try #require(message?["result"] as? [String: Any], "\(method): \(message ?? [:])")
        }
    }

    /// The next one of those that end with a zero.
    private func message() throws -> Data {
        while true {
            if let end = received.firstIndex(of: 0) {
                defer { received = Data(received[(end + 1)...]) }
                return Data(received[..<end])
            }
            let piece = answers.availableData
            guard !piece.isEmpty else { throw CocoaError(.fileReadUnknown) }
            received += piece
        }
    }
}
