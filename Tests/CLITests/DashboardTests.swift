import Foundation
import TestSupport
import Testing

/// The dashboard as a browser and as an attacker sees it.
@Suite struct DashboardTests {
    /// A dashboard over two runs, one of them with a name made to do harm.
    private func withDashboard(_ body: (CommandLineProgram, Process, UInt16) throws -> Void) throws {
        try withProgram { (thalweg) throws in
            for name in ["plain", Self.hostile] {
                let output = try thalweg([
                    "train", "digits", "--layers", "8", "--epochs", "2", "--quiet", "--out", "runs/\(name)",
                ])
                #expect(output.status == 0, "\(output.errors)")
            }
            let (process, port) = try Self.started(thalweg)
            defer {
                if process.isRunning { kill(process.processIdentifier, SIGKILL) }
                process.waitUntilExit()
            }
            try body(thalweg, process, port)
        }
    }

    private static let hostile = "<b onclick=alert(1)>x & \"y\""
    private static let escaped = "&lt;b onclick=alert(1)&gt;x &amp; &quot;y&quot;"

    private static func started(_ thalweg: CommandLineProgram) throws -> (Process, UInt16) {
        let process = try thalweg.start(["dashboard", "--port", "0"], errors: "dashboard.txt")
        try thalweg.wait(for: "dashboard.txt")
        let text = try thalweg.text("dashboard.txt")
        let port = try #require(
            text.firstMatch(of: /http:\/\/127\.0\.0\.1:(\d+)\//).flatMap { UInt16($0.1) }, "\(text)")
        return (process, port)
    }

    @Test func pagesShowRunsAndEscapeThem() throws {
        try withDashboard { thalweg, _, port in
            func page(_ path: String) throws -> String { try WebClient(port: port).get(path) }
            let list = try page("/")
            #expect(list.hasPrefix("HTTP/1.1 200") && list.contains("2 runs") && list.contains("dev accuracy"))
            #expect(list.contains(Self.escaped) && !list.contains("<b onclick"))
            let link = try #require(list.firstMatch(of: /href="(\/run\?path=[^"]*onclick[^"]*)"/)).1
            let run = try page(String(link))
            #expect(run.hasPrefix("HTTP/1.1 200") && run.contains(Self.escaped) && !run.contains("<b onclick"))
            #expect(run.contains("Cost by step") && run.contains("learning-rate"))
            let query = link.dropFirst("/run?path=".count)
            let comparison = try page("/compare?run=plain&run=\(query)&scale=logarithmic&part=both")
            #expect(comparison.contains("plain dev") && !comparison.contains("<b onclick"))
            #expect(try page("/?where=dev_accuracy%3E2").contains("0 of 2 runs"))
            for wrong in ["/?where=nosuch%3E2", "/?sort=nosuch"] {
                let answer = try page(wrong)
                #expect(
                    answer.hasPrefix("HTTP/1.1 400") && answer.contains("runs have no &#39;nosuch&#39;"), "\(wrong)")
            }
            #expect(try page("/compare?run=nosuch").hasPrefix("HTTP/1.1 404"))
            #expect(try page("/compare").hasPrefix("HTTP/1.1 200"))
            #expect(try page("/?sort=dev_accuracy&reverse=1&page=1").hasPrefix("HTTP/1.1 200"))
            #expect(try page("/searches").contains("No searches"))
            let report = try page("/report?path=plain")
            #expect(report.contains("Recall by class") && report.contains("sandbox"))
            for file in ["/dashboard.js", "/dashboard.css"] { #expect(try page(file).hasPrefix("HTTP/1.1 200")) }
        }
    }

    @Test func onlyItsOwnNameAndItsOwnFilesAreServed() throws {
        try withDashboard { thalweg, _, port in
            let client = WebClient(port: port)
            for host in [
                "evil.example", "evil.example:\(port)", "127.0.0.1.evil.example", "localhost.evil.example:\(port)", "",
            ] {
                #expect(try client.get("/", host: host).hasPrefix("HTTP/1.1 4"), "\(host)")
            }
            for host in ["localhost:\(port)", "127.0.0.1:\(port)", "[::1]:\(port)"] {
                #expect(try client.get("/", host: host).hasPrefix("HTTP/1.1 200"), "\(host)")
            }
            for path in [
                "/report?path=../../../etc/passwd", "/report?path=..%2fplain", "/run?path=/etc", "/run?path=", "/run",
                "/report?path=plain%00", "/../dashboard.txt", "/%2e%2e/dashboard.txt", "/runs/plain/model.json",
                "/errors?path=plain",
                "/search?path=..",
            ] {
                let answer = try client.get(path)
                #expect(
                    answer.hasPrefix("HTTP/1.1 404") || answer.hasPrefix("HTTP/1.1 400"),
                    "\(path): \(answer.prefix(80))")
            }
            #expect(try client.get("/", method: "POST").hasPrefix("HTTP/1.1 4"))
            for path in ["/", "/run?path=plain", "/dashboard.js", "/events"] {
                let head = try client.get(path, method: "HEAD")
                #expect(head.hasPrefix("HTTP/1.1 200") && head.hasSuffix("\r\n\r\n"), "\(path): \(head.prefix(200))")
            }
            #expect(try client.get("/nosuch", method: "HEAD").hasPrefix("HTTP/1.1 404"))
            // A report that is a link to another file is not followed.
            let report = thalweg.folder.appendingPathComponent("runs/plain/report.html")
            try FileManager.default.removeItem(at: report)
            try FileManager.default.createSymbolicLink(
                at: report, withDestinationURL: thalweg.folder.appendingPathComponent("dashboard.txt"))
            #expect(try client.get("/report?path=plain").hasPrefix("HTTP/1.1 404"))
            let headers = try client.get("/").lowercased()
            for header in [
                "content-security-policy: default-src 'none'", "x-content-type-options: nosniff",
                "frame-ancestors 'none'",
            ] {
                #expect(headers.contains(header))
            }
        }
    }

    @Test func whoListensIsToldOfChangesAndOfTheEnd() throws {
        try withDashboard { thalweg, process, port in
            let stream = try WebClient(port: port).open("/events")
            #expect(try stream.read(until: "retry").contains("text/event-stream"))
            try FileManager.default.copyItem(
                at: thalweg.folder.appendingPathComponent("runs/plain"),
                to: thalweg.folder.appendingPathComponent("runs/another"))
            #expect(try stream.read(until: "data: changed").contains("data: changed"))
            #expect(try WebClient(port: port).get("/").contains("3 runs"))
            kill(process.processIdentifier, SIGTERM)
            process.waitUntilExit()
            #expect(process.terminationReason == .exit && process.terminationStatus == 0)
        }
    }

    @Test func aPortInUseIsOneLine() throws {
        try withDashboard { thalweg, _, port in
            let output = try thalweg(["dashboard", "--port", "\(port)"])
            #expect(
                output.status == 1 && output.errorLines.count == 1 && output.errors.contains("port \(port) is in use"),
                "\(output.errors)")
            #expect(try thalweg(["dashboard", "--port", "70000"]).status == 64)
            let nowhere = try thalweg(["dashboard", "--host", "192.0.2.1", "--port", "0"])
            #expect(nowhere.status == 1 && nowhere.errorLines.last?.contains("192.0.2.1") == true, "\(nowhere.errors)")
        }
    }

    @Test func killedAtAnyMomentItLeavesTheIndexSound() throws {
        try withProgram { (thalweg) throws in
            #expect(try thalweg(["train", "digits", "--layers", "8", "--epochs", "1", "--quiet"]).status == 0)
            var random = SeededGenerator(state: 3)
            for round in 0..<5 {
                let (process, port) = try Self.started(thalweg)
                for number in 0..<8 {
                    try FileManager.default.copyItem(
                        at: thalweg.folder.appendingPathComponent("runs/digits-1"),
                        to: thalweg.folder.appendingPathComponent("runs/copy-\(round)-\(number)"))
                }
                _ = try? WebClient(port: port).get("/?sort=dev_accuracy")
                usleep(UInt32.random(in: 0...2_200_000, using: &random))
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
                let list = try thalweg(["runs", "list", "--json"])
                #expect(list.json?["count"] as? Int == 1 + 8 * (round + 1) && list.errors.isEmpty, "\(list.errors)")
            }
        }
    }
}
