import Foundation

/// As little of HTTP as a test needs, with every byte of the request its own.
struct WebClient {
    let port: UInt16

    /// A connection whose answer is read piece by piece.
    final class Stream {
        private let descriptor: Int32
        private var received = ""

        fileprivate init(_ descriptor: Int32) { self.descriptor = descriptor }
        deinit { close(descriptor) }

        /// Everything so far, once it holds `text` or the connection ends, or after ten seconds.
        func read(until text: String? = nil) throws -> String {
            var piece = [UInt8](repeating: 0, count: 1 << 16)
            while text.map({ !received.contains($0) }) ?? true {
                let count = recv(descriptor, &piece, piece.count, 0)
                guard count > 0 else { break }
                received += String(decoding: piece[..<count], as: UTF8.self)
            }
            return received
        }
    }

    func open(_ path: String, host: String? = nil, method: String = "GET") throws -> Stream {
        #if os(Linux)
            let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        #else
            let descriptor = socket(AF_INET, SOCK_STREAM, 0)
        #endif
        let stream = Stream(descriptor)
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let isConnected = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) == 0
            }
        }
        guard isConnected else { throw POSIXError(.ECONNREFUSED) }
        let request = "\(method) \(path) HTTP/1.1\r\nHost: \(host ?? "127.0.0.1:\(port)")\r\nConnection: close\r\n\r\n"
        _ = Array(request.utf8).withUnsafeBytes { send(descriptor, $0.baseAddress, $0.count, 0) }
        return stream
    }

    /// The whole answer, headers included.
    func get(_ path: String, host: String? = nil, method: String = "GET") throws -> String {
        try open(path, host: host, method: method).read()
    }
}
