internal import CKernels

final class FillKernel: Kernel {
    let reads: [Int] = []
    let writes: [Int]
    private let bits: UInt64
    private let count: Int
    private let size: Int

    init(_ bits: UInt64, count: Int, type: DataType, to target: Int) {
        writes = [target]
        self.bits = bits
        self.count = count
        size = type.size
    }

    var name: String { "fill" }
    var detail: String { "[\(count)]" }

    func run(_ context: RunContext) throws {
        let chunk = 1 << 16
        context.parallel((count + chunk - 1) / chunk) { part, _ in
            withUnsafeBytes(of: bits.littleEndian) {
                tw_fill(
                    size, context.pointers[writes[0]] + part * chunk * size, Int64(min(chunk, count - part * chunk)),
                    $0.baseAddress!)
            }
        }
    }
}

/// Slices at indices along an axis.
final class GatherKernel: Kernel {
    let reads: [Int]
    let writes: [Int]
    private let source: View
    private let indices: View
    private let (type, indexType): (DataType, DataType)
    private let (outer, n, inner, count): (Int, Int, Int, Int)

    init(_ source: View, _ indices: View, type: DataType, indexType: DataType, axis: Int, to target: Int) {
        reads = [source.buffer, indices.buffer]
        writes = [target]
        self.source = source
        self.indices = indices
        self.type = type
        self.indexType = indexType
        outer = source.dimensions[..<axis].reduce(1, *)
        n = source.dimensions[axis]
        inner = source.dimensions[(axis + 1)...].reduce(1, *)
        count = indices.elementCount
    }

    var name: String { "gather" }
    var detail: String { "[\(outer), \(n), \(inner)] at \(count)" }

    func bytesTouched(of buffer: Int, byteCount: Int) -> Int {
        buffer == source.buffer ? min(byteCount, outer * count * inner * type.size) : byteCount
    }

    func run(_ context: RunContext) throws {
        let pointer = UnsafeRawPointer(context.pointers[indices.buffer]) + indices.offset * indexType.size
        let failed = tw_gather(
            type.size, context.pointers[source.buffer] + source.offset * type.size, pointer,
            tw_type(rawValue: UInt32(indexType.kernelType)), context.pointers[writes[0]], Int64(outer), Int64(n),
            Int64(inner), Int64(count))
        if failed >= 0 { throw EngineError.indexOutOfRange("gather", pointer, indexType, Int(failed), size: n) }
    }
}

/// Adds or writes slices at indices along an axis of the target, which holds the base already.
final class ScatterKernel: Kernel {
    let reads: [Int]
    let writes: [Int]
    private let mode: Scatter
    private let (target, indices, updates): (View, View, View)
    private let (type, indexType): (DataType, DataType)
    private let (outer, n, inner, count): (Int, Int, Int, Int)

    init(
        _ mode: Scatter, _ target: View, _ indices: View, _ updates: View, type: DataType, indexType: DataType,
        axis: Int
    ) {
        reads = [indices.buffer, updates.buffer]
        writes = [target.buffer]
        self.mode = mode
        (self.target, self.indices, self.updates) = (target, indices, updates)
        self.type = type
        self.indexType = indexType
        outer = target.dimensions[..<axis].reduce(1, *)
        n = target.dimensions[axis]
        inner = target.dimensions[(axis + 1)...].reduce(1, *)
        count = indices.elementCount
    }

    var name: String { "scatter" }
    var detail: String { "[\(outer), \(n), \(inner)] at \(count)" }

    func bytesTouched(of buffer: Int, byteCount: Int) -> Int {
        buffer == target.buffer ? min(byteCount, outer * count * inner * type.size) : byteCount
    }

    func run(_ context: RunContext) throws {
        let pointer = UnsafeRawPointer(context.pointers[indices.buffer]) + indices.offset * indexType.size
        let failed = tw_scatter(
            mode == .add ? TW_SCATTER_ADD : TW_SCATTER_SET, tw_type(rawValue: UInt32(type.kernelType)),
            context.pointers[target.buffer], pointer, tw_type(rawValue: UInt32(indexType.kernelType)),
            context.pointers[updates.buffer] + updates.offset * type.size, Int64(outer), Int64(n), Int64(inner),
            Int64(count))
        if failed >= 0 { throw EngineError.indexOutOfRange("scatter", pointer, indexType, Int(failed), size: n) }
    }
}

extension EngineError {
    fileprivate static func indexOutOfRange(
        _ op: String, _ indices: UnsafeRawPointer, _ type: DataType, _ position: Int, size: Int
    ) -> EngineError {
        let index =
            type == .int32
            ? Int(indices.loadUnaligned(fromByteOffset: position * 4, as: Int32.self))
            : Int(indices.loadUnaligned(fromByteOffset: position * 8, as: Int64.self))
        return EngineError("\(op): index \(index) at position \(position) is outside an axis of size \(size)")
    }
}

final class RandomKernel: Kernel {
    let reads: [Int]
    let writes: [Int]
    private let distribution: Distribution
    private let key: View
    private let stream: UInt64
    private let type: DataType
    private let count: Int

    init(_ distribution: Distribution, _ key: View, _ stream: UInt64, type: DataType, count: Int, to target: Int) {
        reads = [key.buffer]
        writes = [target]
        self.distribution = distribution
        self.key = key
        self.stream = stream
        self.type = type
        self.count = count
    }

    var name: String { "random" }
    var detail: String { "[\(count)]" }

    func run(_ context: RunContext) throws {
        let bits = (UnsafeRawPointer(context.pointers[key.buffer]) + key.offset * 8).load(as: UInt64.self)
        let target = context.pointers[writes[0]]
        let kernelType = tw_type(rawValue: UInt32(type.kernelType))
        let step = 16_384
        context.parallel((count + step - 1) / step) { chunk, _ in
            let (begin, end) = (Int64(chunk * step), Int64(min((chunk + 1) * step, count)))
            switch distribution {
            // Elements are written from `begin` on, at the start of the memory passed.
            case .uniform: tw_random_uniform(kernelType, bits, stream, target + Int(begin) * type.size, begin, end)
            case .normal: tw_random_normal(kernelType, bits, stream, target + Int(begin) * type.size, begin, end)
            case .bits:
                tw_random_bits(bits, stream, (target + Int(begin) * 8).assumingMemoryBound(to: Int64.self), begin, end)
            }
        }
    }
}
