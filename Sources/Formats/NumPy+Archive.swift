internal import CArchive
public import Foundation
public import ThalwegEngine

extension NumPy {
    /// Every array of an `.npz` file by its name (without `.npy`).
    ///
    /// Sizes are believed only as far as the file can hold them: entries that would inflate past what the compressed
    /// bytes allow, past this machine's memory, or suspiciously far (over 4 GiB at more than 200 times the file's size)
    /// are refused before memory is taken. Checksums are verified.
    ///
    /// - Throws: `DataError` naming the file and the array.
    public static func readNPZ(_ url: URL, name: String? = nil) throws -> [String: Tensor] {
        let file = name ?? url.relativePath
        let descriptor = try openForReading(url.path, name: file)
        defer { close(descriptor) }
        let fileSize = try regularFileSize(descriptor, name: file)
        guard fileSize > 0 else { throw DataError(.empty, file: file, "the file is empty") }
        let archive = try ZipReader(path: url.path, file: file)
        let entries = try archive.entries(fileSize: fileSize)
        guard !entries.isEmpty else { throw DataError(.empty, file: file, "the archive holds no arrays") }
        var arrays: [String: Tensor] = [:]
        for entry in entries {
            guard entry.name.hasSuffix(".npy") else {
                throw DataError(
                    .unsupported, file: file, tensor: entry.name, "not an .npy array: is this an .npz file?")
            }
            let name = String(entry.name.dropLast(4))
            guard arrays[name] == nil else {
                throw DataError(.malformed, file: file, tensor: name, "two arrays have this name")
            }
            arrays[name] = try archive.withStream(of: entry, tensor: name) { read in
                try readArray(size: entry.size, file: file, tensor: name, read: read)
            }
        }
        return arrays
    }

    /// Writes arrays into one `.npz` file (stored, not compressed, as `numpy.savez`), atomically, in the order given.
    ///
    /// - Throws: `DataError` for a name given twice, and when writing fails.
    public static func writeNPZ(_ arrays: [(name: String, tensor: Tensor)], to url: URL) throws {
        var seen: Set<String> = []
        for (name, _) in arrays where !seen.insert(name).inserted {
            throw DataError(.malformed, file: url.relativePath, tensor: name, "two arrays have this name")
        }
        try writeAtomically(url) { writer in
            var archive = ZipWriter()
            for (name, tensor) in arrays {
                let header = header(of: tensor)
                try withStoredBytes(of: tensor) { bytes in
                    try archive.add(name + ".npy", [header], bytes, to: writer)
                }
            }
            try archive.finish(to: writer)
        }
    }
}

/// A zip archive open for reading.
private final class ZipReader {
    struct Entry {
        let index: Int64
        let name: String
        let size: Int
    }

    private let handle: OpaquePointer
    private let file: String
    private static let messageSize = 256

    init(path: String, file: String) throws {
        var message = [CChar](repeating: 0, count: Self.messageSize)
        guard let handle = tw_zip_open(path, &message, message.count) else {
            throw DataError(.malformed, file: file, "not a sound .npz (zip) file: \(message.text)")
        }
        self.handle = handle
        self.file = file
    }

    deinit { tw_zip_close(handle) }

    func entries(fileSize: Int) throws -> [Entry] {
        let count = tw_zip_count(handle)
        guard count <= 1_000_000 else {
            throw DataError(.tooLarge, file: file, "the archive declares \(count) entries")
        }
        var compressedTotal: UInt64 = 0
        var total = 0
        return try (0..<max(count, 0)).compactMap { index in
            guard let raw = tw_zip_name(handle, index), let name = String(validatingCString: raw) else {
                throw DataError(.malformed, file: file, "entry \(index) of the archive has no readable name")
            }
            if name.hasSuffix("/") { return nil }
            let fail = { DataError($0, file: self.file, tensor: name, $1) }
            var status = tw_zip_stat()
            guard tw_zip_describe(handle, index, &status) == 0, status.has_sizes != 0 else {
                throw fail(.malformed, "the archive does not state its size")
            }
            guard status.encrypted == 0 else { throw fail(.unsupported, "it is encrypted") }
            compressedTotal = compressedTotal.addingReportingOverflow(status.compressed_size).partialValue
            guard status.compressed_size <= UInt64(fileSize), compressedTotal <= UInt64(fileSize) else {
                throw fail(.tooLarge, "the archive declares more bytes than the file's \(fileSize)")
            }
            let possible = Inflater.largestOutput(of: Int(status.compressed_size))
            guard status.size <= UInt64(possible) else {
                throw fail(
                    .tooLarge,
                    "it declares \(status.size) bytes, more than its \(status.compressed_size) can inflate to")
            }
            total += Int(status.size)
            guard total <= usableMemory, total <= 4 << 30 || total / 200 <= fileSize else {
                throw fail(.tooLarge, "the archive inflates to \(total) bytes or more, from a file of \(fileSize)")
            }
            return Entry(index: index, name: name, size: Int(status.size))
        }
    }

    /// Calls `body` with a function that fills a buffer with the entry's next bytes. Afterwards the entry must be at
    /// its end, which is where its checksum is verified.
    func withStream<Result>(
        of entry: Entry, tensor: String, _ body: ((UnsafeMutableRawBufferPointer) throws -> Void) throws -> Result
    ) throws -> Result {
        var message = [CChar](repeating: 0, count: Self.messageSize)
        guard let stream = tw_zip_entry_open(handle, entry.index, &message, message.count) else {
            throw DataError(.malformed, file: file, tensor: tensor, "it cannot be opened: \(message.text)")
        }
        defer { tw_zip_entry_close(stream) }
        func next(_ target: UnsafeMutableRawBufferPointer) throws -> Int {
            let got = tw_zip_entry_read(stream, target.baseAddress, target.count, &message, message.count)
            guard got >= 0 else {
                throw DataError(.malformed, file: file, tensor: tensor, "its bytes are broken: \(message.text)")
            }
            return Int(got)
        }
        let result = try body { target in
            guard try next(target) == target.count else {
                throw DataError(.truncated, file: file, tensor: tensor, "its bytes end before its declared size")
            }
        }
        var rest: UInt8 = 0
        guard try withUnsafeMutableBytes(of: &rest, { try next($0) }) == 0 else {
            throw DataError(.malformed, file: file, tensor: tensor, "it holds more bytes than it declares")
        }
        return result
    }
}

extension [CChar] {
    /// The text before the terminator.
    fileprivate var text: String { withUnsafeBufferPointer { String(cString: $0.baseAddress!) } }
}
