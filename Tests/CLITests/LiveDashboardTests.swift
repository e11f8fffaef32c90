import Foundation
import TestSupport
import Testing

/// What an open page makes of training, and of processes that are killed.
@Suite(.enabled(if: Browser.path != nil, "Chromium is not installed: apt-get install chromium"), .serialized)
struct LiveDashboardTests {
    private static func dashboard(_ thalweg: CommandLineProgram, port: Int = 0) throws -> (Process, address: String) {
        let process = try thalweg.start(["dashboard", "--port", "\(port)"], errors: "dashboard.txt")
        try thalweg.wait(for: "dashboard.txt")
        let text = try thalweg.text("dashboard.txt")
        return (process, String(try #require(text.firstMatch(of: /http:\/\/[0-9.:]+\//), "\(text)").0))
    }

    private static func end(_ process: Process) {
        if process.isRunning { kill(process.processIdentifier, SIGKILL) }
        process.waitUntilExit()
    }

    private static func training(_ thalweg: CommandLineProgram, _ name: String) throws -> Process {
        try thalweg.start(
            [
                "train", "digits", "--layers", "8", "--epochs", "1000000", "--set", "early-stopping=0", "--threads",
                "1",
                "--quiet", "--out", "runs/\(name)",
            ], errors: "\(name).txt")
    }

    @Test func anOpenPageFollowsTrainingAndKills() throws {
        try withProgram { (thalweg) throws in
            try FileManager.default.createDirectory(
                at: thalweg.folder.appendingPathComponent("runs"), withIntermediateDirectories: true)
            var (server, address) = try Self.dashboard(thalweg)
            defer { Self.end(server) }
            let browser = try BrowserSession(in: thalweg.folder)
            try browser.open(address)
            func text(_ pattern: String) -> String { "/\(pattern)/.test(document.getElementById('live').innerText)" }
            try browser.wait(for: text("0 runs"))
            // A page that is loaded anew forgets it.
            _ = try browser.value("window.isFirst = true")
            let run = try Self.training(thalweg, "live")
            defer { Self.end(run) }
            try browser.wait(for: text("1 run") + " && " + text("live\\s+running"))
            #expect(try browser.value("window.isFirst") as? Bool == true)

            try browser.open(address + "run?path=live")
            _ = try browser.value("window.isFirst = true")
            try browser.wait(for: text("at step [0-9,]+"))
            let step =
                "Number(/at step ([0-9,]+)/.exec(document.getElementById('live').innerText)[1].replaceAll(',', ''))"
            let seen = try #require(try browser.value(step) as? Int)
            try browser.wait(for: "\(step) > \(seen)")
            #expect(try browser.value("document.querySelectorAll('#live svg').length > 0") as? Bool == true)
            kill(run.processIdentifier, SIGKILL)
            run.waitUntilExit()
            try browser.wait(for: text("^killed"))

            let port = try #require(address.firstMatch(of: /:(\d+)\//).flatMap { Int($0.1) })
            kill(server.processIdentifier, SIGKILL)
            server.waitUntilExit()
            let state = "document.getElementById('state').textContent"
            try browser.wait(for: "\(state).includes('does not answer')")
            (server, address) = try Self.dashboard(thalweg, port: port)
            try browser.wait(for: "\(state) === ''")
            #expect(try browser.value("window.isFirst") as? Bool == true)
            let resumed = try thalweg(["train", "--resume", "--out", "runs/live", "--steps", "1", "--quiet"])
            #expect(resumed.status == 1 && resumed.errors.contains("steps are done already"), "\(resumed.errors)")
        }
    }

    @Test func runsKilledUnderAnOpenPageLoseNothingFinished() throws {
        try withProgram { (thalweg) throws in
            for name in ["first", "second"] {
                #expect(
                    try thalweg([
                        "train", "digits", "--layers", "8", "--epochs", "1", "--quiet", "--out", "runs/\(name)",
                    ])
                    .status == 0)
            }
            let finished = try thalweg.bytes("runs/first/model.safetensors")
            var random = SeededGenerator(state: 11)
            for round in 0..<4 {
                let (server, address) = try Self.dashboard(thalweg)
                let browser = try BrowserSession(in: thalweg.folder)
                try browser.open(address)
                let run = try Self.training(thalweg, "killed-\(round)")
                usleep(UInt32.random(in: 0...2_500_000, using: &random))
                // Whichever goes first.
                for process in (round % 2 == 0 ? [run, server] : [server, run]) { Self.end(process) }
                let list = try thalweg(["runs", "list", "--json", "--where", "status=finished"])
                #expect(list.json?["count"] as? Int == 2 && list.errors.isEmpty, "\(list.errors)")
                #expect(try thalweg.bytes("runs/first/model.safetensors") == finished)
            }
        }
    }
}
