public import Foundation
public import ThalwegEngine

/// The IDX format of MNIST and its relatives, plain or gzipped: two zero bytes, a type, the number of axes, their sizes
/// (big-endian), the values.
public enum IDX {
    /// What a file is meant to hold; a mix-up of images and labels is the usual mistake.
    public enum Content: String, Sendable {
        case any, images, labels
    }

    /// The file's array: uint8, int32 (from int8, int16, int32), float32 or float64.
    ///
    /// The sizes must agree exactly with the file's length before memory is taken (for gzip: with what the compressed
    /// bytes can hold, then with what they do hold).
    ///
    /// - Throws: `DataError` naming the file; kind `mislabeled` when it holds labels where images are meant or the
    ///   reverse.
    public static func read(_ url: URL, expecting content: Content = .any) throws -> Tensor {
        try read(FileBytes(url), expecting: content)
    }

    /// As `read(_:expecting:)`, of bytes that are read already.
    public static func read(_ file: FileBytes, expecting content: Content = .any) throws -> Tensor {
        let fail = { DataError($0, file: file.name, $1) }
        let stream = try Stream(file, size: file.bytes.count)
        let (shape, type) = try header(of: stream, expecting: content, fail: fail)
        let tensor = try makeTensor(shape, type, bigEndian: true, fail: fail) { target in
            guard try stream.read(into: target) == target.count else {
                throw fail(
                    .truncated, "\(Shape(shape.dimensions)) needs \(shape.storedBytes) bytes of values, fewer follow")
            }
        }
        var rest: UInt8 = 0
        guard try withUnsafeMutableBytes(of: &rest, { try stream.read(into: $0) }) == 0 else {
            throw fail(.malformed, "more bytes follow than \(Shape(shape.dimensions)) needs (\(shape.storedBytes))")
        }
        return tensor
    }

    /// Judges a file that is not compressed by its header and size alone, before all of it is read.
    ///
    /// - Throws: As `read(_:expecting:)`.
    public static func judge(_ url: URL, name: String, expecting content: Content = .any) throws {
        let head = try FileBytes(headOf: url, name: name)
        guard !head.isGzip else { return }
        let stream = try Stream(head, size: try fileSize(url, name: name))
        _ = try header(of: stream, expecting: content) { DataError($0, file: name, $1) }
    }

    private static func header(
        of stream: Stream, expecting content: Content, fail: (DataError.Kind, String) -> DataError
    ) throws -> (CheckedShape, StoredType) {
        guard !stream.isEmpty else { throw fail(.empty, "the file is empty") }
        let magic = try stream.header(4)
        guard magic[0] == 0, magic[1] == 0, let type = storedType(magic[2]), magic[3] > 0 else {
            let found = magic.map { String($0 >> 4, radix: 16) + String($0 & 15, radix: 16) }.joined(separator: " ")
            throw fail(
                .malformed, "not an IDX file: it starts with \(found), not with 00 00, a type and a number of axes")
        }
        let rank = Int(magic[3])
        try check(content, rank: rank, magic: magic, fail: fail)
        let raw = try stream.header(4 * rank)
        let dimensions = (0..<rank).map { axis in raw[(4 * axis)..<(4 * axis + 4)].reduce(0) { $0 << 8 | Int($1) } }
        let shape = try CheckedShape(dimensions, type, fail: fail)
        if let problem = stream.problem(with: shape.storedBytes, after: 4 + 4 * rank) {
            throw fail(problem.kind, "\(Shape(dimensions)) needs \(shape.storedBytes) bytes of values, \(problem.text)")
        }
        return (shape, type)
    }

    private static func storedType(_ code: UInt8) -> StoredType? {
        switch code {
        case 0x08: .uint8
        case 0x09: .int8
        case 0x0B: .int16
        case 0x0C: .int32
        case 0x0D: .float32
        case 0x0E: .float64
        default: nil
        }
    }

    private static func check(
        _ content: Content, rank: Int, magic: [UInt8], fail: (DataError.Kind, String) -> DataError
    ) throws {
        let number = Int(magic[2]) << 8 | Int(magic[3])
        switch content {
        case .images where rank == 1:
            throw fail(
                .mislabeled, "images are expected but it holds labels (magic \(number), one axis): files swapped?")
        case .labels where rank > 1:
            throw fail(
                .mislabeled, "labels are expected but it holds images (magic \(number), \(rank) axes): files swapped?")
        case .any, .images, .labels: break
        }
    }
}

/// The bytes of a file in order, inflated if need be.
private final class Stream {
    private let file: FileBytes
    private let inflater: Inflater?
    private let size: Int
    private var offset = 0

    /// - Parameter size: of the whole file, of which `file` may be the beginning.
    init(_ file: FileBytes, size: Int) throws {
        self.file = file
        self.size = size
        inflater = file.isGzip ? try Inflater(file) : nil
    }

    var isEmpty: Bool { file.bytes.isEmpty }

    /// Fills `target` unless the stream ends first.
    func read(into target: UnsafeMutableRawBufferPointer) throws -> Int {
        if let inflater { return try inflater.read(into: target) }
        let count = min(target.count, file.bytes.count - offset)
        target.copyMemory(from: UnsafeRawBufferPointer(rebasing: file.bytes[offset..<(offset + count)]))
        offset += count
        return count
    }

    func header(_ count: Int) throws -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: count)
        guard try bytes.withUnsafeMutableBytes({ try read(into: $0) }) == count else {
            throw DataError(.truncated, file: file.name, "the file ends inside its IDX header")
        }
        return bytes
    }

    /// Why `count` bytes cannot follow the header, before anything is read or allocated.
    func problem(with count: Int, after header: Int) -> (kind: DataError.Kind, text: String)? {
        if inflater != nil {
            let possible = Inflater.largestOutput(of: file.bytes.count)
            return count > possible ? (.tooLarge, "the compressed file can hold at most \(possible)") : nil
        }
        let found = size - header
        return count == found ? nil : (count > found ? .truncated : .malformed, "the file holds \(found)")
    }
}
