internal import CKernels

/// A view to be copied into another of the same dimensions.
private struct StridedCopy {
    let source: View
    let target: View
    let size: Int

    /// Copies these indices of the first axis.
    func run(_ rows: Range<Int>, _ pointers: UnsafeMutablePointer<UnsafeMutableRawPointer>) {
        let rank = source.dimensions.count
        withUnsafeTemporaryAllocation(of: Int64.self, capacity: 3 * max(rank, 1)) { numbers in
            for axis in 0..<rank {
                numbers[axis] = Int64(axis == 0 ? rows.count : source.dimensions[axis])
                numbers[rank + axis] = Int64(source.strides[axis])
                numbers[2 * rank + axis] = Int64(target.strides[axis])
            }
            let base = numbers.baseAddress!
            let from = source.offset + (rank > 0 ? rows.lowerBound * source.strides[0] : 0)
            let to = target.offset + (rank > 0 ? rows.lowerBound * target.strides[0] : 0)
            tw_copy_strided(
                size, Int32(rank), base, pointers[source.buffer] + from * size, base + rank,
                pointers[target.buffer] + to * size, base + 2 * rank)
        }
    }
}

/// Elements worth handing to another thread.
private let chunkElements = 65_536

/// Copies a view into a view.
final class CopyKernel: Kernel {
    let reads: [Int]
    let writes: [Int]
    private let copy: StridedCopy
    private let rowsPerChunk: Int

    init(_ source: View, to target: View, type: DataType) {
        reads = [source.buffer]
        writes = [target.buffer]
        let axes = source.dimensions.indices.filter { source.dimensions[$0] != 1 }
        copy = StridedCopy(source: source.keeping(axes), target: target.keeping(axes), size: type.size)
        let rows = copy.source.dimensions.first ?? 1
        rowsPerChunk = max(1, rows * chunkElements / max(source.elementCount, 1))
    }

    var name: String { "copy" }
    var detail: String { "\(Shape(copy.source.dimensions))" }

    func bytesTouched(of buffer: Int, byteCount: Int) -> Int {
        min(byteCount, copy.size * (buffer == copy.source.buffer ? copy.source : copy.target).distinctCount)
    }

    func run(_ context: RunContext) {
        let rows = copy.source.dimensions.first ?? 1
        if copy.source.elementCount == 0 { return }
        context.parallel((rows + rowsPerChunk - 1) / rowsPerChunk) { chunk, _ in
            let first = chunk * rowsPerChunk
            copy.run(first..<min(first + rowsPerChunk, rows), context.pointers)
        }
    }
}

/// Views side by side along an axis: all of a buffer. Its rows are what lies before that axis.
///
/// `@unchecked Sendable`: changed only while its plan is being made.
final class ConcatenateKernel: RowKernel, @unchecked Sendable {
    let reads: [Int]
    let writes: [Int]
    let detail: String
    private var copies: [StridedCopy]
    private let parts: [View]
    private let size: Int
    private let rows: Int
    private let count: Int

    init(_ parts: [View], axis: Int, type: DataType, to buffer: Int, _ shape: Shape) {
        reads = parts.map(\.buffer)
        writes = [buffer]
        detail = "\(parts.count) into \(shape)"
        self.parts = parts
        size = type.size
        count = shape.elementCount
        // One axis of rows before all others, if strides can say that; the first axis of all otherwise.
        let leading = shape.dimensions[..<axis].reduce(1, *)
        let merged = parts.map { $0.reshaped(to: Shape([leading] + $0.dimensions[axis...])) }
        let isMerged = merged.allSatisfy { $0 != nil }
        rows = isMerged ? leading : shape[0]
        var target = View(buffer: buffer, shape: isMerged ? Shape([leading] + shape.dimensions[axis...]) : shape)
        let along = isMerged ? 1 : axis
        var copies: [StridedCopy] = []
        for part in isMerged ? merged.map({ $0! }) : parts {
            target.dimensions = part.dimensions
            copies.append(StridedCopy(source: part, target: target, size: type.size))
            target.offset += part.dimensions[along] * target.strides[along]
        }
        self.copies = copies.filter { $0.source.elementCount > 0 }
    }

    var name: String { "concatenate" }

    func bytesTouched(of buffer: Int, byteCount: Int) -> Int {
        let moved = copies.filter { buffer == writes[0] || $0.source.buffer == buffer }
        return min(byteCount, moved.reduce(0) { $0 + $1.source.distinctCount * size })
    }

    /// Beginnings of buffers that each become one piece of the target; how much of it, and where the piece begins.
    var pieces: [(buffer: Int, byteCount: Int, byteOffset: Int)] {
        if rows > 1 { return [] }
        return copies.filter { $0.source.offset == 0 && $0.source.isContiguous && $0.target.isContiguous }
            .map { ($0.source.buffer, $0.source.elementCount * size, $0.target.offset * size) }
    }

    /// These lie in the target from the beginning.
    func leaveOut(_ buffers: Set<Int>) { copies.removeAll { buffers.contains($0.source.buffer) } }

    var rowCounts: [Int] { [rows] }
    var nanoseconds: Double { 0.1 * Double(count) }

    func divides(into rows: Int) -> Bool { rows > 0 && count > 0 && self.rows % rows == 0 }

    func readsByRow(_ buffer: Int, rows: Int, byteCount: Int) -> Bool {
        parts.allSatisfy { part in
            part.buffer != buffer || byteCount % size == 0 && part.isByRow(rows: rows, of: byteCount / size)
        }
    }

    func run(_ range: Range<Int>, of rows: Int, _ context: RunContext) {
        let unit = self.rows / rows
        for copy in copies { copy.run(range.lowerBound * unit..<range.upperBound * unit, context.pointers) }
    }

    func run(_ context: RunContext) {
        if copies.isEmpty { return }
        // Rows are cut where there are some; else whole parts are dealt out.
        let items = rows > 1 ? rows : copies.count
        let step = max(1, items * chunkElements / count)
        context.parallel((items + step - 1) / step) { chunk, _ in
            let range = chunk * step..<min((chunk + 1) * step, items)
            if rows > 1 {
                run(range, of: rows, context)
            } else {
                for copy in copies[range] { copy.run(0..<1, context.pointers) }
            }
        }
    }
}
