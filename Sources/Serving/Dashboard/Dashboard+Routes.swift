import Foundation
import HTTPTypes
import Hummingbird
import NIOCore
import ServiceLifecycle
import ThalwegPractice
import ThalwegTraining

extension Dashboard {
    func addRoutes(to router: Router<some RequestContext>) {
        router.get("/") { request, _ in try await page(request, RunsPage.init) }
        router.get("/run") { request, _ in try await page(request, RunPage.init) }
        router.get("/compare") { request, _ in try await page(request, ComparePage.init) }
        router.get("/searches") { request, _ in try await page(request, SearchesPage.init) }
        router.get("/search") { request, _ in try await page(request, TrialsPage.init) }
        router.get("/report") { request, _ in try await file("report.html", request, in: runFolder) }
        router.get("/errors") { request, _ in try await file("errors.html", request, in: runFolder) }
        router.get("/search-report") { request, _ in try await file("search.html", request, in: searchFolder) }
        router.get("/dashboard.js") { _, _ in Self.text(PackageResources.dashboard_js, "text/javascript") }
        router.get("/dashboard.css") { _, _ in
            Self.text(Array(Page.style.utf8) + PackageResources.dashboard_css, "text/css")
        }
        router.get("/events") { _, _ in events() }
    }

    private func page<Content: DashboardPage>(
        _ request: Request, _ make: @escaping @Sendable (Dashboard, Parameters) throws -> Content
    ) async throws -> Response {
        let parameters = Parameters(request)
        let result = await offloaded {
            Result {
                let page = try make(self, parameters)
                return (text: try Shell.text(page, query: parameters), isUnderstood: page.problem == nil)
            }
        }
        do {
            let (text, isUnderstood) = try result.get()
            return Response(
                status: isUnderstood ? .ok : .badRequest, headers: [.contentType: "text/html; charset=utf-8"],
                body: .init(byteBuffer: ByteBuffer(string: text)))
        } catch is NotFound { throw HTTPError(.notFound, message: "There is no such run or search.") }
    }

    /// A page of a run or search folder as it lies there, which may run nothing and load nothing.
    ///
    /// The folder is one that the index found, the file's name is ours: no request can name another file.
    private func file(
        _ name: String, _ request: Request, in folder: @escaping @Sendable (String) -> URL?
    ) async throws -> Response {
        let path = Parameters(request)["path"] ?? ""
        let bytes = await offloaded { () -> Data? in
            guard let url = folder(path)?.appendingPathComponent(name) else { return nil }
            // No link that leads elsewhere.
            let type = try? FileManager.default.attributesOfItem(atPath: url.path)[.type] as? FileAttributeType
            guard type == .typeRegular else { return nil }
            return try? Data(contentsOf: url)
        }
        guard let bytes else { throw HTTPError(.notFound, message: "There is no such file.") }
        return Response(
            status: .ok,
            headers: [
                .contentType: "text/html; charset=utf-8",
                .contentSecurityPolicy: "default-src 'none'; style-src 'unsafe-inline'; img-src data:; "
                    + "frame-ancestors 'none'; sandbox allow-top-navigation-by-user-activation",
            ], body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }

    @Sendable private func runFolder(_ path: String) -> URL? {
        (try? index.run(path)).map { index.runFolder($0).url }
    }

    @Sendable private func searchFolder(_ path: String) -> URL? {
        (try? index.searches().contains(path)) == true ? index.folder.appendingPathComponent(path) : nil
    }

    private func events() -> Response {
        let stream = changes.events()
        return Response(
            status: .ok, headers: [.contentType: "text/event-stream"],
            body: ResponseBody { writer in
                try await writer.write(ByteBuffer(string: "retry: 2000\n\n"))
                for await event in stream.cancelOnGracefulShutdown() {
                    try await writer.write(ByteBuffer(string: event == .changed ? "data: changed\n\n" : ":\n\n"))
                }
                try await writer.finish(nil)
            })
    }

    private static func text(_ bytes: [UInt8], _ type: String) -> Response {
        Response(
            status: .ok, headers: [.contentType: "\(type); charset=utf-8"],
            body: .init(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}

/// A request for something that is not there.
struct NotFound: Error {}

/// What stands behind the question mark of an address.
struct Parameters: Sendable {
    private(set) var pairs: [(name: String, value: String)] = []

    init(_ request: Request) {
        for pair in (request.uri.query ?? "").split(separator: "&") {
            let parts = pair.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            func decoded(_ text: Substring) -> String {
                let spaced = text.replacing("+", with: " ")
                return spaced.removingPercentEncoding ?? String(spaced)
            }
            pairs.append((decoded(parts[0]), parts.count > 1 ? decoded(parts[1]) : ""))
        }
    }

    subscript(name: String) -> String? { pairs.first { $0.name == name && !$0.value.isEmpty }?.value }

    func all(_ name: String) -> [String] { pairs.filter { $0.name == name && !$0.value.isEmpty }.map(\.value) }

    /// The address with some values replaced; nil takes one away.
    func link(_ path: String, _ changes: KeyValuePairs<String, String?>) -> String {
        let kept = pairs.filter { pair in !pair.value.isEmpty && !changes.contains { $0.key == pair.name } }
        let added = changes.compactMap { change in change.value.map { (name: change.key, value: $0) } }
        return Self.link(path, kept + added)
    }

    static func link(_ path: String, _ pairs: [(name: String, value: String)]) -> String {
        guard !pairs.isEmpty else { return path }
        let allowed = CharacterSet(charactersIn: "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~/")
        func encoded(_ text: String) -> String { text.addingPercentEncoding(withAllowedCharacters: allowed) ?? "" }
        return path + "?" + pairs.map { "\(encoded($0.name))=\(encoded($0.value))" }.joined(separator: "&")
    }
}
