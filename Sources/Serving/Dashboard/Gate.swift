import Foundation
import HTTPTypes
import Hummingbird

/// Lets in only requests meant for this server, and tells browsers to be strict with its answers.
///
/// A foreign page can make a browser ask this machine under a name of the page's own (DNS rebinding); the Host header then gives it
/// away. Addresses cannot be rebound, names can: of those only this machine's are taken.
struct Gate<Context: RequestContext>: RouterMiddleware {
    let host: String

    func handle(
        _ request: Request, context: Context, next: (Request, Context) async throws -> Response
    ) async throws -> Response {
        guard Self.isOwn(request.head.authority ?? "", host: host) else {
            return Response(
                status: .forbidden, headers: [.contentType: "text/plain; charset=utf-8"],
                body: .init(byteBuffer: ByteBuffer(string: "This server answers only to its own name.\n")))
        }
        var response: Response
        do { response = try await next(request, context) } catch let error as HTTPError {
            response = Response(
                status: error.status, headers: [.contentType: "text/plain; charset=utf-8"],
                body: .init(byteBuffer: ByteBuffer(string: (error.body ?? error.status.reasonPhrase) + "\n")))
        }
        if response.headers[.contentSecurityPolicy] == nil { response.headers[.contentSecurityPolicy] = Self.policy }
        response.headers[.xContentTypeOptions] = "nosniff"
        response.headers[.cacheControl] = "no-store"
        if let name = HTTPField.Name("Referrer-Policy") { response.headers[name] = "no-referrer" }
        if let name = HTTPField.Name("Cross-Origin-Resource-Policy") { response.headers[name] = "same-origin" }
        return response
    }

    /// Everything from this server only; colors of cells are attributes.
    static var policy: String {
        "default-src 'none'; script-src 'self'; style-src 'self'; style-src-attr 'unsafe-inline'; connect-src 'self'; "
            + "img-src data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    }

    static func isOwn(_ authority: String, host: String) -> Bool {
        var name = authority.lowercased()
        if name.hasPrefix("[") {
            return name.dropFirst().prefix { $0 != "]" }.allSatisfy { $0.isHexDigit || $0 == ":" || $0 == "." }
        }
        if let colon = name.lastIndex(of: ":") { name = String(name[..<colon]) }
        let isAddress =
            name.split(separator: ".", omittingEmptySubsequences: false).count == 4
            && name.split(separator: ".").allSatisfy { UInt8($0) != nil }
        return isAddress || ["localhost", host.lowercased(), machineName].contains(name)
    }

    private static var machineName: String {
        var bytes = [CChar](repeating: 0, count: 256)
        guard gethostname(&bytes, bytes.count - 1) == 0 else { return "localhost" }
        return String(decoding: bytes.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self).lowercased()
    }
}
