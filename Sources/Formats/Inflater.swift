internal import CArchive
internal import Foundation

/// Inflates a gzip stream piece by piece.
final class Inflater {
    private let handle: OpaquePointer
    private let source: FileBytes

    /// No stream of this format grows by more: 258 bytes from 2 bits, and slack for the frame.
    static func largestOutput(of compressed: Int) -> Int {
        let (product, overflow) = compressed.multipliedReportingOverflow(by: 1032)
        return overflow ? .max : product.addingReportingOverflow(1024).partialValue
    }

    init(_ source: FileBytes) throws {
        guard let handle = tw_inflater_open(source.bytes.baseAddress, source.bytes.count) else {
            throw DataError(.tooLarge, file: source.name, "no memory left to inflate it")
        }
        self.handle = handle
        self.source = source
    }

    deinit { tw_inflater_close(handle) }

    /// Fills `buffer`; fewer bytes come back only at the end of the stream.
    func read(into buffer: UnsafeMutableRawBufferPointer) throws -> Int {
        let got = tw_inflater_read(handle, buffer.baseAddress, buffer.count)
        guard got >= 0 else {
            let message = String(cString: tw_inflater_message(handle))
            throw DataError(.truncated, file: source.name, "broken gzip file: \(message)")
        }
        return Int(got)
    }
}

extension FileBytes {
    public var isGzip: Bool { bytes.count >= 2 && bytes[0] == 0x1F && bytes[1] == 0x8B }

    /// The inflated content of a gzip file; the file itself when it is not one.
    ///
    /// - Throws: `DataError` for a broken stream, or one that inflates past this machine's memory or past `limit` bytes.
    public func inflated(limit: Int = usableMemoryForText) throws -> FileBytes {
        guard isGzip else { return self }
        let inflater = try Inflater(self)
        var capacity = max(1 << 16, min(bytes.count * 4, limit))
        var memory = try allocateMemory(capacity, name: name)
        var count = 0
        do {
            while true {
                let room = UnsafeMutableRawBufferPointer(start: memory + count, count: capacity - count)
                let got = try inflater.read(into: room)
                count += got
                if got < room.count { break }
                guard capacity < limit, let larger = realloc(memory, min(capacity * 2, limit)) else {
                    throw DataError(.tooLarge, file: name, "inflates to more than \(limit) bytes")
                }
                memory = larger
                capacity = min(capacity * 2, limit)
            }
        } catch {
            free(memory)
            throw error
        }
        return FileBytes(adopting: memory, count: count, name: name)
    }
}

/// Bytes a compressed text may inflate to: a quarter of the machine's memory.
public let usableMemoryForText = usableMemory / 3
