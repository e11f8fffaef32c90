internal import Foundation
internal import ThalwegEngine

/// How numbers lie in a file: more kinds than the engine has, in either byte order.
enum StoredType: Hashable {
    case float16, bfloat16, float32, float64
    case int8, int16, int32, int64
    case uint8, uint16, uint32, uint64
    case bool

    var size: Int {
        switch self {
        case .int8, .uint8, .bool: 1
        case .float16, .bfloat16, .int16, .uint16: 2
        case .float32, .int32, .uint32: 4
        case .float64, .int64, .uint64: 8
        }
    }

    /// The engine's type that holds every value (`uint64`: those up to 2^63 - 1; others are refused).
    var loaded: DataType {
        switch self {
        case .float16: .float16
        case .bfloat16: .bfloat16
        case .float32: .float32
        case .float64: .float64
        case .int8, .int16, .uint16, .int32: .int32
        case .int64, .uint32, .uint64: .int64
        case .uint8: .uint8
        case .bool: .bool
        }
    }

    /// Whether the file's bytes are the tensor's bytes, once in this machine's byte order.
    var isStoredAsLoaded: Bool { size == loaded.size && self != .bool && self != .uint64 }

    init(_ type: DataType) {
        switch type {
        case .float32: self = .float32
        case .float64: self = .float64
        case .float16: self = .float16
        case .bfloat16: self = .bfloat16
        case .int32: self = .int32
        case .int64: self = .int64
        case .uint8: self = .uint8
        case .bool: self = .bool
        }
    }
}

/// A shape that is safe to multiply: counts and bytes fit, and so do the tensor's after loading.
struct CheckedShape {
    let dimensions: [Int]
    let count: Int
    let storedBytes: Int

    /// - Throws: `DataError` of kind `tooLarge` through `fail` when any product overflows.
    init(_ dimensions: [Int], _ type: StoredType, fail: (DataError.Kind, String) -> DataError) throws {
        guard dimensions.count <= 64 else {
            throw fail(.unsupported, "it has \(dimensions.count) axes, at most 64 are supported")
        }
        // Without zeros: an empty tensor's other sizes must be sound as well, since strides multiply them.
        var product = max(type.size, type.loaded.size)
        for size in dimensions where size != 0 {
            let (next, overflow) = product.multipliedReportingOverflow(by: size)
            guard size > 0, !overflow else {
                throw fail(.tooLarge, "its shape \(Shape(dimensions)) is larger than any memory")
            }
            product = next
        }
        self.dimensions = dimensions
        count = dimensions.contains(0) ? 0 : product / max(type.size, type.loaded.size)
        storedBytes = count * type.size
    }
}

extension StoredType {
    /// Fills `target` (of the loaded type) from `source` (of this type). Returns the index of the first value the
    /// loaded type cannot hold, if any.
    func decode(
        _ source: UnsafeRawBufferPointer, bigEndian: Bool, into target: UnsafeMutableRawBufferPointer
    ) -> Int? {
        if isStoredAsLoaded {
            target.copyMemory(from: source)
            if bigEndian { swapBytes(target) }
            return nil
        }
        switch self {
        case .int8: convert(source, Int8.self, bigEndian, target) { Int32($0) }
        case .int16: convert(source, Int16.self, bigEndian, target) { Int32($0) }
        case .uint16: convert(source, UInt16.self, bigEndian, target) { Int32($0) }
        case .uint32: convert(source, UInt32.self, bigEndian, target) { Int64($0) }
        case .bool: convert(source, UInt8.self, bigEndian, target) { UInt8($0 == 0 ? 0 : 1) }
        case .uint64:
            convert(source, UInt64.self, bigEndian, target) { Int64(truncatingIfNeeded: $0) }
            return (0..<(target.count / 8)).first { target.loadUnaligned(fromByteOffset: $0 * 8, as: Int64.self) < 0 }
        case .float16, .bfloat16, .float32, .float64, .int32, .int64, .uint8:
            preconditionFailure("stored as loaded")
        }
        return nil
    }

    private func convert<From: FixedWidthInteger, To: BitwiseCopyable>(
        _ source: UnsafeRawBufferPointer, _: From.Type, _ bigEndian: Bool, _ target: UnsafeMutableRawBufferPointer,
        _ body: (From) -> To
    ) {
        let from = MemoryLayout<From>.size
        let to = MemoryLayout<To>.size
        for index in 0..<(source.count / from) {
            let raw = source.loadUnaligned(fromByteOffset: index * from, as: From.self)
            let value = bigEndian ? From(bigEndian: raw) : From(littleEndian: raw)
            target.storeBytes(of: body(value), toByteOffset: index * to, as: To.self)
        }
    }

    private func swapBytes(_ buffer: UnsafeMutableRawBufferPointer) {
        switch size {
        case 2: swapBytes(buffer, UInt16.self)
        case 4: swapBytes(buffer, UInt32.self)
        case 8: swapBytes(buffer, UInt64.self)
        default: break
        }
    }

    private func swapBytes<Word: FixedWidthInteger>(_ buffer: UnsafeMutableRawBufferPointer, _: Word.Type) {
        for offset in stride(from: 0, to: buffer.count, by: MemoryLayout<Word>.size) {
            let word = buffer.loadUnaligned(fromByteOffset: offset, as: Word.self)
            buffer.storeBytes(of: word.byteSwapped, toByteOffset: offset, as: Word.self)
        }
    }
}

/// A tensor of a stored type, its bytes drawn from `read`, which fills the buffer it is given or throws.
func makeTensor(
    _ shape: CheckedShape, _ type: StoredType, bigEndian: Bool, fail: (DataError.Kind, String) -> DataError,
    read: (UnsafeMutableRawBufferPointer) throws -> Void
) throws -> Tensor {
    guard shape.storedBytes <= usableMemory, shape.count * type.loaded.size <= usableMemory else {
        throw fail(.tooLarge, "\(shape.storedBytes) bytes are more than this machine's memory can hold")
    }
    return try Tensor(shape: Shape(shape.dimensions), dataType: type.loaded) { target in
        var bad: Int?
        if type.isStoredAsLoaded {
            try read(target)
            if bigEndian && type.size > 1 {
                bad = type.decode(UnsafeRawBufferPointer(target), bigEndian: true, into: target)
            }
        } else {
            let staged = UnsafeMutableRawBufferPointer.allocate(byteCount: shape.storedBytes, alignment: 8)
            defer { staged.deallocate() }
            try read(staged)
            bad = type.decode(UnsafeRawBufferPointer(staged), bigEndian: bigEndian, into: target)
        }
        if let bad { throw fail(.invalidValue, "element \(bad) is too large for int64") }
    }
}
