public import Foundation
public import ThalwegEngine

extension SafeTensors {
    /// Where a tensor lies and what it is.
    struct Entry {
        let name: String
        let type: StoredType
        let shape: CheckedShape
        let range: Range<Int>
    }

    /// Every tensor and the metadata of a file. Types the engine lacks are widened (int8, int16 and uint16 to int32,
    /// uint32 and uint64 to int64).
    ///
    /// The header is checked in full before memory is taken: its length against the file, every type, shape times type
    /// against its byte range, ranges against each other (no overlap, no gap) and against the file's end.
    ///
    /// - Throws: `DataError` naming the file and the tensor.
    public static func read(_ url: URL) throws -> (tensors: [String: Tensor], metadata: [String: String]) {
        let name = url.relativePath
        let descriptor = try openForReading(url.path, name: name)
        defer { close(descriptor) }
        let fileSize = try regularFileSize(descriptor, name: name)
        let (entries, metadata, dataStart) = try readHeader(descriptor, fileSize: fileSize, name: name)
        var tensors: [String: Tensor] = [:]
        for entry in entries {
            let fail = { DataError($0, file: name, tensor: entry.name, $1) }
            tensors[entry.name] = try makeTensor(entry.shape, entry.type, bigEndian: false, fail: fail) { target in
                try readFully(descriptor, at: dataStart + entry.range.lowerBound, into: target, name: name)
            }
        }
        return (tensors, metadata)
    }

    private static func readHeader(
        _ descriptor: Int32, fileSize: Int, name: String
    ) throws -> (entries: [Entry], metadata: [String: String], dataStart: Int) {
        guard fileSize > 0 else { throw DataError(.empty, file: name, "the file is empty") }
        guard fileSize >= 8 else {
            throw DataError(.truncated, file: name, "\(fileSize) bytes are too few for a safetensors file")
        }
        var raw: UInt64 = 0
        try withUnsafeMutableBytes(of: &raw) { try readFully(descriptor, at: 0, into: $0, name: name) }
        let declared = UInt64(littleEndian: raw)
        guard declared <= UInt64(fileSize - 8) else {
            throw DataError(
                .truncated, file: name,
                "the header is said to be \(declared) bytes long but only \(fileSize - 8) follow: truncated, or not a safetensors file"
            )
        }
        let length = Int(declared)
        guard length >= 2, length <= longestHeader else {
            throw DataError(
                .malformed, file: name,
                "a header of \(length) bytes is outside 2...\(longestHeader): not a safetensors file")
        }
        let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: length, alignment: 8)
        defer { memory.deallocate() }
        try readFully(descriptor, at: 8, into: memory, name: name)
        let (entries, metadata) = try parseHeader(
            UnsafeRawBufferPointer(memory), dataBytes: fileSize - 8 - length, name: name)
        return (entries, metadata, 8 + length)
    }

    /// The header's entries in the order of their bytes.
    static func parseHeader(
        _ header: UnsafeRawBufferPointer, dataBytes: Int, name: String
    ) throws -> (entries: [Entry], metadata: [String: String]) {
        var scanner = JSONScanner(header)
        var entries: [Entry] = []
        var metadata: [String: String] = [:]
        do {
            guard header.first == UInt8(ascii: "{") else {
                throw DataError(.malformed, file: name, "the header does not start with '{': not a safetensors file")
            }
            try scanner.object { scanner, key in
                if key == metadataKey {
                    try scanner.object { scanner, key in metadata[key] = try scanner.string() }
                } else {
                    entries.append(try parseEntry(&scanner, key, dataBytes: dataBytes, file: name))
                }
            }
            try scanner.end()
        } catch let failure as JSONScanner.Failure {
            throw DataError(
                .malformed, file: name, "the header is broken at byte \(8 + failure.offset): \(failure.problem)")
        }
        entries.sort { ($0.range.lowerBound, $0.range.upperBound) < ($1.range.lowerBound, $1.range.upperBound) }
        try checkCoverage(entries, dataBytes: dataBytes, name: name)
        return (entries, metadata)
    }

    private static func parseEntry(
        _ scanner: inout JSONScanner, _ key: String, dataBytes: Int, file: String
    ) throws -> Entry {
        let fail = { DataError($0, file: file, tensor: key, $1) }
        var typeName: String?
        var dimensions: [Int]?
        var offsets: [Int]?
        func naturals(_ scanner: inout JSONScanner) throws -> [Int] {
            var numbers: [Int] = []
            try scanner.array { numbers.append(try $0.natural()) }
            return numbers
        }
        try scanner.object { scanner, field in
            switch field {
            case "dtype": typeName = try scanner.string()
            case "shape": dimensions = try naturals(&scanner)
            case "data_offsets": offsets = try naturals(&scanner)
            default: throw fail(.malformed, "unknown field '\(field)' in the header")
            }
        }
        guard let typeName else { throw fail(.malformed, "its dtype is missing") }
        guard let dimensions else { throw fail(.malformed, "its shape is missing") }
        guard let offsets, offsets.count == 2 else {
            throw fail(.malformed, "its data_offsets must be two numbers, found \(offsets?.count ?? 0)")
        }
        guard let type = storedType(typeName) else {
            throw fail(
                .unsupported, "its type '\(typeName)' is not supported (F64, F32, F16, BF16, I8-I64, U8-U64, BOOL)")
        }
        let shape = try CheckedShape(dimensions, type, fail: fail)
        guard offsets[0] <= offsets[1] else {
            throw fail(.malformed, "its bytes end (\(offsets[1])) before they begin (\(offsets[0]))")
        }
        guard offsets[1] <= dataBytes else {
            throw fail(.truncated, "its bytes end at \(offsets[1]) but the file holds \(dataBytes)")
        }
        guard offsets[1] - offsets[0] == shape.storedBytes else {
            throw fail(
                .mismatch,
                "\(Shape(dimensions)) of \(typeName) needs \(shape.storedBytes) bytes, its range holds \(offsets[1] - offsets[0])"
            )
        }
        return Entry(name: key, type: type, shape: shape, range: offsets[0]..<offsets[1])
    }

    private static func checkCoverage(_ entries: [Entry], dataBytes: Int, name: String) throws {
        var end = 0
        for entry in entries {
            guard entry.range.lowerBound >= end else {
                throw DataError(.malformed, file: name, tensor: entry.name, "its bytes overlap those of another tensor")
            }
            guard entry.range.lowerBound == end else {
                throw DataError(
                    .malformed, file: name, tensor: entry.name,
                    "\(entry.range.lowerBound - end) bytes before it belong to no tensor")
            }
            end = entry.range.upperBound
        }
        guard end == dataBytes else {
            throw DataError(.malformed, file: name, "\(dataBytes - end) bytes at the end belong to no tensor")
        }
    }
}

/// Fills `target` from the file's bytes at `offset`.
func readFully(_ descriptor: Int32, at offset: Int, into target: UnsafeMutableRawBufferPointer, name: String) throws {
    var done = 0
    while done < target.count {
        let got = pread(descriptor, target.baseAddress! + done, min(target.count - done, 1 << 30), off_t(offset + done))
        if got < 0 && errno == EINTR { continue }
        guard got >= 0 else { throw systemError(errno, reading: name) }
        guard got > 0 else { throw DataError(.truncated, file: name, "the file became shorter while it was read") }
        done += got
    }
}
