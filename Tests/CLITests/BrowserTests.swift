import Foundation
import Testing

/// The pages in a real browser, without a window: what its reader sees, and what its console complains about.
@Suite(.enabled(if: Browser.path != nil, "Chromium is not installed: apt-get install chromium"), .serialized)
struct BrowserTests {
    @Test func noPageComplainsOfAnything() throws {
        try withProgram { (thalweg) throws in
            #expect(
                try thalweg(["train", "digits", "--layers", "8", "--epochs", "3", "--quiet", "--out", "runs/first"])
                    .status == 0)
            let process = try thalweg.start(["dashboard", "--port", "0"], errors: "dashboard.txt")
            defer {
                kill(process.processIdentifier, SIGKILL)
                process.waitUntilExit()
            }
            try thalweg.wait(for: "dashboard.txt")
            let address = try #require(try thalweg.text("dashboard.txt").firstMatch(of: /http:\/\/[0-9.:]+\//)).0
            let browser = try #require(Browser.path)
            for path in ["", "run?path=first", "compare?run=first&run=first", "searches", "report?path=first"] {
                let page = try Browser(path: browser).open(address + path, seconds: 1, in: thalweg.folder)
                #expect(page.document.contains("<h1"), "\(path)")
                #expect(page.complaints.isEmpty, "\(path): \(page.complaints)")
            }
        }
    }

    @Test func aReportComplainsOfNothing() throws {
        try withProgram { (thalweg) throws in
            #expect(
                try thalweg(["train", "digits", "--layers", "8", "--epochs", "3", "--quiet", "--out", "run"]).status
                    == 0)
            let file = thalweg.folder.appendingPathComponent("run/report.html")
            let page = try Browser(path: try #require(Browser.path)).open(
                "file://\(file.path)", seconds: 1, in: thalweg.folder)
            #expect(page.document.contains("Confusion matrix") && page.complaints.isEmpty, "\(page.complaints)")
        }
    }
}

/// Chromium without a window.
struct Browser {
    let path: String

    /// The first that is installed.
    static let path: String? = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].first {
        FileManager.default.isExecutableFile(atPath: $0)
    }

    struct Page {
        /// After scripts have run.
        var document: String
        /// Errors, and violations of the page's own policy.
        var complaints: [String]
    }

    /// - Parameter seconds: how long the page is left to itself.
    func open(_ address: String, seconds: Int, in folder: URL) throws -> Page {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: path)
        process.arguments = [
            "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--enable-logging=stderr",
            "--v=0",
            "--user-data-dir=\(folder.appendingPathComponent("browser-\(UUID().uuidString)").path)",
            "--timeout=\(seconds * 1000)", "--dump-dom", address,
        ]
        let files = ["document.html", "console.txt"].map { folder.appendingPathComponent($0) }
        for file in files { try Data().write(to: file) }
        process.standardOutput = try FileHandle(forWritingTo: files[0])
        process.standardError = try FileHandle(forWritingTo: files[1])
        try process.run()
        let watch = DispatchWorkItem { process.terminate() }
        DispatchQueue.global().asyncAfter(deadline: .now() + 60, execute: watch)
        process.waitUntilExit()
        watch.cancel()
        let console = String(decoding: try Data(contentsOf: files[1]), as: UTF8.self)
        return Page(
            document: String(decoding: try Data(contentsOf: files[0]), as: UTF8.self),
            complaints: console.split(separator: "\n").map(String.init).filter { $0.contains(":CONSOLE") })
    }
}
