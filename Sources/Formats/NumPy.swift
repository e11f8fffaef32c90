public import Foundation
public import ThalwegEngine

/// NumPy's `.npy` (one array) and `.npz` (a zip archive of them).
///
/// Read: versions 1 to 3, C and Fortran order, either byte order, bool, all integers, float16 to float64. Types the
/// engine lacks are widened (int8, int16 and uint16 to int32, uint32 and uint64 to int64). Texts, objects (pickles),
/// complex numbers and records are refused by name.
public enum NumPy {
    /// The array of a `.npy` file.
    ///
    /// - Throws: `DataError` naming the file; the declared shape is checked against the file's size before memory is
    ///   taken.
    public static func readNPY(_ url: URL, name: String? = nil) throws -> Tensor {
        let name = name ?? url.relativePath
        let descriptor = try openForReading(url.path, name: name)
        defer { close(descriptor) }
        let size = try regularFileSize(descriptor, name: name)
        var offset = 0
        return try readArray(size: size, file: name, tensor: nil) { target in
            try readFully(descriptor, at: offset, into: target, name: name)
            offset += target.count
        }
    }

    /// Writes one array (format 1.0, C order, little-endian), atomically. bfloat16, which NumPy lacks, is written as
    /// float32.
    ///
    /// - Throws: `DataError` when writing fails.
    public static func writeNPY(_ tensor: Tensor, to url: URL) throws {
        try writeAtomically(url) { writer in
            try writer.write(header(of: tensor))
            try withStoredBytes(of: tensor) { try writer.write($0) }
        }
    }

    /// An array from `size` bytes that `read` delivers in order, filling each buffer it is given.
    static func readArray(
        size: Int, file: String, tensor: String?, read: (UnsafeMutableRawBufferPointer) throws -> Void
    ) throws -> Tensor {
        let fail = { DataError($0, file: file, tensor: tensor, $1) }
        guard size > 0 else { throw fail(.empty, "it is empty") }
        guard size >= 10 else { throw fail(.truncated, "\(size) bytes are too few for an .npy array") }
        var preamble = [UInt8](repeating: 0, count: 8)
        try preamble.withUnsafeMutableBytes { try read($0) }
        guard preamble.starts(with: [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]) else {
            throw fail(.malformed, "not an .npy array: it does not start with '\\x93NUMPY'")
        }
        guard (1...3).contains(preamble[6]) else {
            throw fail(
                .unsupported, "version \(preamble[6]).\(preamble[7]) of the .npy format is not supported (1 to 3)")
        }
        let lengthSize = preamble[6] == 1 ? 2 : 4
        guard size >= 8 + lengthSize else { throw fail(.truncated, "it ends inside its header") }
        var lengthBytes = [UInt8](repeating: 0, count: lengthSize)
        try lengthBytes.withUnsafeMutableBytes { try read($0) }
        let length = lengthBytes.reversed().reduce(0) { $0 << 8 | Int($1) }
        let dataStart = 8 + lengthSize + length
        guard dataStart <= size else {
            throw fail(.truncated, "the header is said to be \(length) bytes long, \(size - 8 - lengthSize) follow")
        }
        guard length <= 1 << 20 else { throw fail(.malformed, "a header of \(length) bytes is no .npy header") }
        var text = [UInt8](repeating: 0, count: length)
        try text.withUnsafeMutableBytes { try read($0) }
        let header = try NumPyHeader(text, fail: fail)
        let shape = try CheckedShape(header.dimensions, header.type, fail: fail)
        guard shape.storedBytes == size - dataStart else {
            throw fail(
                shape.storedBytes > size - dataStart ? .truncated : .malformed,
                "shape \(Shape(header.dimensions)) of '\(header.descriptor)' needs \(shape.storedBytes) bytes, \(size - dataStart) follow the header"
            )
        }
        return try makeTensor(shape, header.type, bigEndian: header.bigEndian, fail: fail) { target in
            try read(target)
            if header.fortranOrder && shape.count > 0 && shape.dimensions.count > 1 {
                reorderFromFortran(target, shape.dimensions, elementSize: header.type.size)
            }
        }
    }

    /// `buffer` from first-axis-fastest to last-axis-fastest order.
    private static func reorderFromFortran(
        _ buffer: UnsafeMutableRawBufferPointer, _ dimensions: [Int], elementSize: Int
    ) {
        let source = UnsafeMutableRawBufferPointer.allocate(byteCount: buffer.count, alignment: 8)
        defer { source.deallocate() }
        source.copyMemory(from: UnsafeRawBufferPointer(buffer))
        var strides = [Int](repeating: elementSize, count: dimensions.count)
        for axis in 1..<dimensions.count { strides[axis] = strides[axis - 1] * dimensions[axis - 1] }
        var index = [Int](repeating: 0, count: dimensions.count)
        let last = dimensions.count - 1
        var from = 0
        var to = 0
        while true {
            for step in 0..<dimensions[last] {
                memcpy(buffer.baseAddress! + to, source.baseAddress! + from + step * strides[last], elementSize)
                to += elementSize
            }
            var axis = last - 1
            while axis >= 0 {
                index[axis] += 1
                from += strides[axis]
                if index[axis] < dimensions[axis] { break }
                from -= index[axis] * strides[axis]
                index[axis] = 0
                axis -= 1
            }
            if axis < 0 { return }
        }
    }

    /// The `.npy` bytes before the data; the whole is a multiple of 64 bytes long.
    static func header(of tensor: Tensor) -> [UInt8] {
        let descriptor =
            switch tensor.dataType {
            case .float64: "<f8"
            case .float32, .bfloat16: "<f4"
            case .float16: "<f2"
            case .int64: "<i8"
            case .int32: "<i4"
            case .uint8: "|u1"
            case .bool: "|b1"
            }
        let sizes = tensor.shape.dimensions.map(String.init).joined(separator: ", ")
        let shape = "(\(sizes)\(tensor.shape.rank == 1 ? "," : ""))"
        var text = Array("{'descr': '\(descriptor)', 'fortran_order': False, 'shape': \(shape), }".utf8)
        text.append(contentsOf: repeatElement(UInt8(ascii: " "), count: 63 - (10 + text.count) % 64))
        text.append(UInt8(ascii: "\n"))
        return [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59, 1, 0, UInt8(text.count & 255), UInt8(text.count >> 8)] + text
    }

    /// The tensor's bytes as `header(of:)` declares them.
    static func withStoredBytes(of tensor: Tensor, _ body: (UnsafeRawBufferPointer) throws -> Void) throws {
        guard tensor.dataType == .bfloat16 else { return try tensor.withBytes(body) }
        let widened = tensor.withBytes { bytes in
            (0..<(bytes.count / 2)).map {
                UInt32(bytes.loadUnaligned(fromByteOffset: $0 * 2, as: UInt16.self)) << 16
            }
        }
        try widened.withUnsafeBytes { try body($0) }
    }
}
