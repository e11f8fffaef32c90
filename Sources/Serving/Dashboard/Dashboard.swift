public import Foundation
import Hummingbird
import Logging
import NIOCore
import ServiceLifecycle
import ThalwegPractice

/// Runs in a browser: a small server that reads run folders and changes nothing.
///
/// Pages are made here and work without scripts; a script of the server's own takes what changes while training goes on. Nothing is
/// loaded from elsewhere.
public struct Dashboard: Sendable {
    public struct Options: Sendable {
        /// The folder of runs.
        public var runs = "runs"
        /// Where to listen; anything but a loopback address lets other machines in.
        public var host = "127.0.0.1"
        /// 0 takes a free one.
        public var port = 8632

        public init() {}
    }

    let options: Options
    let index: RunIndex
    let curves: CurveCache
    let changes: Changes

    /// - Throws: `DataError` when there is no such folder.
    public init(_ options: Options) throws {
        self.options = options
        index = try RunIndex(options.runs)
        curves = CurveCache()
        changes = Changes(index)
    }

    /// Why the index of runs is not kept; nil where it is.
    public var note: String? { index.note }

    /// Serves until the process is asked to end (SIGTERM, SIGINT).
    ///
    /// - Parameter onStart: called with the address to open.
    /// - Throws: `DashboardError` when the address cannot be taken.
    public func run(onStart: @escaping @Sendable (URL) -> Void) async throws {
        var logger = Logger(label: "thalweg.dashboard")
        logger.logLevel = .critical
        let router = Router(options: .autoGenerateHeadEndpoints)
        router.middlewares.add(Gate(host: options.host))
        addRoutes(to: router)
        let host = options.host
        var application = Application(
            router: router,
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: options.port), serverName: "thalweg"),
            onServerRunning: { channel in
                let port = channel.localAddress?.port ?? 0
                if let url = URL(string: "http://\(host.contains(":") ? "[\(host)]" : host):\(port)/") { onStart(url) }
            }, logger: logger)
        application.addServices(changes)
        do { try await application.runService() } catch let error as IOError {
            throw DashboardError(host: host, port: options.port, code: error.errnoCode)
        } catch is SocketAddressError.UnknownHost {
            throw DashboardError(host: host, port: options.port, code: EADDRNOTAVAIL)
        }
    }
}

/// The dashboard cannot listen. `description` is one line.
public struct DashboardError: Error, Sendable, CustomStringConvertible {
    public var host: String
    public var port: Int
    /// Of the system, as `EADDRINUSE`.
    public var code: Int32

    public var description: String {
        switch code {
        case EADDRINUSE: "port \(port) is in use; name another with --port, or 0 for a free one"
        case EACCES: "port \(port) may not be used; ports below 1024 need special rights"
        case EADDRNOTAVAIL: "\(host) is no address of this machine"
        default: "cannot listen on \(host), port \(port): \(String(cString: strerror(code)))"
        }
    }
}
