internal import CKernels
internal import COneDNN

/// Batched row-major products of two views whose last two axes are stored one way or the other.
final class MatmulKernel: Kernel {
    /// How a matrix is stored: its rows, or its columns, `leading` elements apart.
    struct Orientation {
        var isTransposed: Bool
        var leading: Int
    }

    let reads: [Int]
    let writes: [Int]
    private let type: DataType
    private let (m, n, k): (Int, Int, Int)
    private let left: Operand
    private let right: Operand
    private let target: Int
    private let batch: Int
    private let rowChunks: [Range<Int>]
    private let columnChunks: [Range<Int>]
    private let usesOneDNN: Bool

    private struct Operand {
        let buffer: Int
        let orientation: Orientation
        /// Element offset of each matrix of the batch.
        let offsets: [Int]

        init(_ view: View) {
            buffer = view.buffer
            orientation = MatmulKernel.orientation(view)!
            var offsets = [view.offset]
            for (size, stride) in zip(view.dimensions, view.strides).dropLast(2) {
                offsets = offsets.flatMap { base in (0..<size).map { base + $0 * stride } }
            }
            self.offsets = offsets
        }
    }

    /// nil where neither the rows nor the columns are contiguous.
    static func orientation(_ view: View) -> Orientation? {
        let rank = view.dimensions.count
        let (rows, columns) = (view.dimensions[rank - 2], view.dimensions[rank - 1])
        let (rowStride, columnStride) = (view.strides[rank - 2], view.strides[rank - 1])
        if view.elementCount == 0 { return Orientation(isTransposed: false, leading: max(columns, 1)) }
        if columns == 1 || columnStride == 1, rows == 1 || rowStride >= max(columns, 1) {
            return Orientation(isTransposed: false, leading: rows == 1 ? max(columns, 1) : rowStride)
        }
        if rows == 1 || rowStride == 1, columns == 1 || columnStride >= max(rows, 1) {
            return Orientation(isTransposed: true, leading: columns == 1 ? max(rows, 1) : columnStride)
        }
        return nil
    }

    init(_ a: View, _ b: View, type: DataType, to target: Int) {
        reads = [a.buffer, b.buffer]
        writes = [target]
        self.type = type
        self.target = target
        let rank = a.dimensions.count
        let rows = a.dimensions[rank - 2]
        let depth = a.dimensions[rank - 1]
        let columns = b.dimensions[rank - 1]
        (m, n, k) = (rows, columns, depth)
        left = Operand(a)
        right = Operand(b)
        batch = a.dimensions.dropLast(2).reduce(1, *)
        let work = rows * columns * depth
        usesOneDNN =
            type == .float32
            && !tw_gemm_f32_pays(
                left.orientation.isTransposed, right.orientation.isTransposed, Int64(rows), Int64(columns), Int64(depth))
        // Parts depend on the problem only, so that results do not depend on the number of threads.
        let parts = min(64, max(1, work >= 1_000_000 ? max(2, work / 16_000_000) : 1))
        func split(_ size: Int, multiple: Int) -> [Range<Int>] {
            let step = max(multiple, ((size + parts - 1) / parts + multiple - 1) / multiple * multiple)
            return stride(from: 0, to: size, by: step).map { $0..<min($0 + step, size) }
        }
        if rows >= columns || !usesOneDNN {
            rowChunks = split(rows, multiple: 16)
            columnChunks = [0..<columns]
        } else {
            rowChunks = [0..<rows]
            columnChunks = split(columns, multiple: 64)
        }
    }

    var name: String { "matmul" }
    var detail: String { "\(batch > 1 ? "\(batch) x " : "")[\(m), \(k)] x [\(k), \(n)]" }
    var operations: Int { 2 * batch * m * n * k }

    func run(_ context: RunContext) throws {
        if m == 0 || n == 0 || batch == 0 { return }
        let a = UnsafeRawPointer(context.pointers[left.buffer])
        let b = UnsafeRawPointer(context.pointers[right.buffer])
        let c = context.pointers[target]
        let perMatrix = rowChunks.count * columnChunks.count
        let size = type.size
        context.parallel(batch * perMatrix) { chunk, _ in
            let matrix = chunk / perMatrix
            let rows = rowChunks[chunk % perMatrix / columnChunks.count]
            let columns = columnChunks[chunk % columnChunks.count]
            multiply(
                a + left.offsets[matrix] * size, b + right.offsets[matrix] * size, c + matrix * m * n * size, rows,
                columns)
        }
    }

    private func multiply(
        _ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ c: UnsafeMutableRawPointer, _ rows: Range<Int>,
        _ columns: Range<Int>
    ) {
        let (ta, tb) = (left.orientation.isTransposed, right.orientation.isTransposed)
        let (lda, ldb) = (Int64(left.orientation.leading), Int64(right.orientation.leading))
        switch type {
        case .float32:
            let a = a.assumingMemoryBound(to: Float.self)
            let b = b.assumingMemoryBound(to: Float.self)
            let c = c.assumingMemoryBound(to: Float.self)
            if usesOneDNN {
                let status = tw_dnnl_sgemm(
                    ta, tb, Int64(rows.count), Int64(columns.count), Int64(k),
                    a + rows.lowerBound * (ta ? 1 : Int(lda)), lda, b + columns.lowerBound * (tb ? Int(ldb) : 1), ldb,
                    0,
                    c + rows.lowerBound * n + columns.lowerBound, Int64(n))
                precondition(status == 0, "oneDNN refused a \(m)x\(k) by \(k)x\(n) product: status \(status)")
            } else {
                tw_gemm_f32(
                    ta, tb, Int64(m), Int64(n), Int64(k), a, lda, b, ldb, c, Int64(n), Int64(rows.lowerBound),
                    Int64(rows.upperBound), false)
            }
        case .float64:
            tw_gemm_f64(
                ta, tb, Int64(m), Int64(n), Int64(k), a.assumingMemoryBound(to: Double.self), lda,
                b.assumingMemoryBound(to: Double.self), ldb, c.assumingMemoryBound(to: Double.self), Int64(n),
                Int64(rows.lowerBound), Int64(rows.upperBound), false)
        case .int32, .int64, .uint8:
            tw_gemm_int(
                tw_type(rawValue: UInt32(type.kernelType)), ta, tb, Int64(m), Int64(n), Int64(k), a, lda, b, ldb, c,
                Int64(n), Int64(rows.lowerBound), Int64(rows.upperBound))
        case .float16, .bfloat16, .bool: preconditionFailure("no product of \(type.rawValue)")
        }
    }
}
