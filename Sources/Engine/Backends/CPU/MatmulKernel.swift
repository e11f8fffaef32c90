internal import CKernels

/// Batched row-major products of two views whose last two axes are stored one way or the other.
///
/// `@unchecked Sendable`: changed only while its plan is being made.
final class MatmulKernel: RowKernel, @unchecked Sendable {
    /// How a matrix is stored: its rows, or its columns, `leading` elements apart.
    struct Orientation {
        var isTransposed: Bool
        var leading: Int
    }

    private(set) var reads: [Int]
    let writes: [Int]
    private let (leftView, rightView): (View, View)
    /// The buffer that holds the right operand as a `PackKernel` lays it out.
    private var packed: Int?
    private let precision: ProductPrecision
    private let type: DataType
    private let (m, n, k): (Int, Int, Int)
    private let left: Operand
    private let right: Operand
    private let target: Int
    private let batch: Int
    private let rowChunks: [Range<Int>]
    private let columnChunks: [Range<Int>]
    /// Where the right operand is laid out before and there are more columns than rows.
    private let packedColumnChunks: [Range<Int>]
    /// Small or with a small side: computed without laying an operand out.
    private var isThin: Bool
    /// float32 and not thin: blocks of it are worth laying out.
    private var isBlocked: Bool
    private var isRightConstant = false

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

    init(_ a: View, _ b: View, type: DataType, precision: ProductPrecision, to target: Int) {
        reads = [a.buffer, b.buffer]
        writes = [target]
        self.type = type
        self.target = target
        let rank = a.dimensions.count
        let rows = a.dimensions[rank - 2]
        let depth = a.dimensions[rank - 1]
        let columns = b.dimensions[rank - 1]
        (m, n, k) = (rows, columns, depth)
        (leftView, rightView) = (a, b)
        left = Operand(a)
        right = Operand(b)
        batch = a.dimensions.dropLast(2).reduce(1, *)
        let work = rows * columns * depth
        isThin = tw_gemm_f32_pays(
            left.orientation.isTransposed, right.orientation.isTransposed, Int64(rows), Int64(columns), Int64(depth))
        isBlocked = type == .float32 && !isThin
        // Parts depend on the problem only, so that results do not depend on the number of threads.
        let parts = min(64, max(1, batch < 8 && work >= 1_000_000 ? max(2, work / 64_000_000) : 1))
        self.precision = isBlocked ? precision : .full
        // A chunk lays out what it reads, so that it must be the longer, the more that is.
        let isLarge = columns * depth > Self.packingLimit
        if rows >= columns || !(isBlocked || rows == 1 && type.isFloatingPoint) {
            rowChunks = Self.split(rows, into: parts, multiple: 16, least: isBlocked && isLarge ? 128 : 16)
            columnChunks = [0..<columns]
        } else {
            rowChunks = [0..<rows]
            columnChunks = Self.split(columns, into: parts, multiple: 16, least: isLarge ? 192 : 64)
        }
        packedColumnChunks =
            columns > batch * rows
            ? Self.split(columns, into: 16, multiple: Int(TW_GEMM_COLUMNS), least: min(144, max(96, columns / 2)))
            : [0..<columns]
    }

    /// Chunks as equal as multiples allow, a power of two of them: threads often are one too.
    private static func split(_ size: Int, into wanted: Int, multiple: Int, least: Int) -> [Range<Int>] {
        var parts = 1
        while parts < wanted, size >= 2 * parts * least { parts *= 2 }
        let units = (size + multiple - 1) / multiple
        let ends = (0...parts).map { min(units * $0 / parts * multiple, size) }
        return (0..<parts).map { ends[$0]..<ends[$0 + 1] }.filter { !$0.isEmpty }
    }

    var name: String { "matmul" }
    var detail: String { "\(batch > 1 ? "\(batch) x " : "")[\(m), \(k)] x [\(k), \(n)]" }
    var operations: Int { 2 * batch * m * n * k }

    func bytesTouched(of buffer: Int, byteCount: Int) -> Int {
        let read = [leftView, rightView].filter { $0.buffer == buffer }.reduce(0) { $0 + $1.distinctCount * type.size }
        return read > 0 ? min(byteCount, read) : byteCount
    }

    // MARK: Rows

    var rowCounts: [Int] { Shape(leftView.dimensions.dropLast()).leadingProducts }
    var nanoseconds: Double { (isBlocked ? 0.02 : 0.05) * Double(batch * m * n * max(k, 1)) }

    /// All rows meet the same right operand, which can be laid out for them once.
    private var sharesRight: Bool { isBlocked && right.offsets.allSatisfy { $0 == right.offsets[0] } }
    /// Beyond so many elements a right operand is better cut by columns, which needs no other copy of it.
    private static let packingLimit = 1 << 22
    private var isPackable: Bool { precision == .bfloat16 || k * n <= Self.packingLimit }

    /// A few rows that meet a right operand beyond a usual second-level cache: cut by columns, it is read only once. So few rows
    /// that they make one block leave nothing to share otherwise, where the layout is there already.
    private var isFlat: Bool {
        sharesRight && (batch * m < 128 && k * n > 1 << 18 || isRightConstant && batch * m <= 8 && k * n > 1 << 16)
    }

    /// With a right operand that is laid out before, a few rows at a time cost no more than all together.
    var wantsPackingInGroup: Bool { sharesRight && packed == nil }
    /// On its own the layout pays with some rows to serve, or where it is made once and for all.
    func wantsPackingAlone(isConstant: Bool) -> Bool {
        sharesRight && packed == nil && isPackable
            && (precision == .bfloat16 || batch * m >= 64 || isConstant && batch * m >= 2)
    }

    /// The right operand is the same at every run. Dot products, which need no layout, lose to one that is made once and for all
    /// where the results of a row fill registers.
    func rightIsConstant() {
        isRightConstant = true
        guard isThin, type == .float32, isPackable, batch * m >= 2, n > 2 * Int(TW_GEMM_COLUMNS) / 3,
            right.orientation.isTransposed, batch * m * n * k >= 16_384
        else { return }
        (isThin, isBlocked) = (false, true)
    }

    func divides(into rows: Int) -> Bool {
        guard rows > 0, batch * m * n > 0, k > 0, batch * m % rows == 0, !sharesRight || isPackable, !isFlat else {
            return false
        }
        let unit = batch * m / rows
        return unit <= m ? m % unit == 0 : unit % m == 0
    }

    func readsByRow(_ buffer: Int, rows: Int, byteCount: Int) -> Bool {
        if buffer == packed { return false }
        let count = byteCount / type.size
        if left.buffer == buffer, !leftView.isByRow(rows: rows, of: count) { return false }
        return right.buffer != buffer || batch * m / rows >= m && rightView.isByRow(rows: rows, of: count)
    }

    /// Every block of rows reads all of the right operand, and lays it out anew where that was not done before.
    func fewestRows(of rows: Int) -> Int {
        // A matrix of few rows is cut all the same, so that threads have something to share.
        let fewest = isBlocked ? min(32, max(8, m / 4 / 8 * 8)) : 128
        return isThin ? 1 : max(1, min(fewest, m) * rows / (batch * m))
    }

    var rightBuffer: Int { right.buffer }

    /// Reads the right operand from `buffer`, which a `PackKernel` fills.
    func usePacked(_ buffer: Int) {
        packed = buffer
        reads = [left.buffer, buffer]
    }

    /// What packing makes of the right operand: equal for all products that can share it.
    var packing: PackKernel.Source {
        .init(
            buffer: right.buffer, offset: right.offsets[0], isTransposed: right.orientation.isTransposed,
            leading: right.orientation.leading, n: n, k: k, precision: precision)
    }

    func run(_ range: Range<Int>, of rows: Int, _ context: RunContext) {
        run(range, of: rows, columns: 0..<n, context)
    }

    private func run(_ range: Range<Int>, of rows: Int, columns: Range<Int>, _ context: RunContext) {
        let unit = batch * m / rows
        var row = range.lowerBound * unit
        let end = range.upperBound * unit
        let a = UnsafeRawPointer(context.pointers[left.buffer])
        let c = context.pointers[target]
        while row < end {
            let matrix = row / m
            let part = row % m..<min(row % m + end - row, m)
            let (a, c) = (a + left.offsets[matrix] * type.size, c + matrix * m * n * type.size)
            if let packed {
                multiplyPacked(a, context.pointers[packed], c, part, columns)
            } else {
                let b = UnsafeRawPointer(context.pointers[right.buffer]) + right.offsets[matrix] * type.size
                multiply(a, b, c, part, columns)
            }
            row += part.count
        }
    }

    private func multiplyPacked(
        _ a: UnsafeRawPointer, _ packed: UnsafeMutableRawPointer, _ c: UnsafeMutableRawPointer, _ rows: Range<Int>,
        _ columns: Range<Int>
    ) {
        let (ta, lda) = (self.left.orientation.isTransposed, Int64(self.left.orientation.leading))
        let (n, k) = (Int64(n), Int64(k))
        let (first, last) = (Int64(rows.lowerBound), Int64(rows.upperBound))
        let (left, right) = (Int64(columns.lowerBound), Int64(columns.upperBound))
        let a = a.assumingMemoryBound(to: Float.self)
        let c = c.assumingMemoryBound(to: Float.self)
        switch precision {
        case .full:
            tw_gemm_f32_packed(
                ta, n, k, a, lda, packed.assumingMemoryBound(to: Float.self), c, n, first, last, left, right)
        case .bfloat16: tw_gemm_bf16_packed(ta, n, k, a, lda, packed, c, n, first, last, left, right)
        }
    }

    // MARK: The whole

    func run(_ context: RunContext) throws {
        if m == 0 || n == 0 || batch == 0 { return }
        if packed != nil {
            let rows = batch * m
            let chunks = packedColumnChunks
            let step = chunks.count > 1 ? rows : min(64, max(16, (rows + 7) / 8 + 7 & ~7))
            context.parallel((rows + step - 1) / step * chunks.count) { block, _ in
                let first = block / chunks.count * step
                run(first..<min(first + step, rows), of: rows, columns: chunks[block % chunks.count], context)
            }
            return
        }
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
            let partOfB = b + columns.lowerBound * (tb ? Int(ldb) : 1)
            tw_gemm_f32(
                ta, tb, Int64(m), Int64(columns.count), Int64(k), a, lda, partOfB, ldb, c + columns.lowerBound,
                Int64(n), Int64(rows.lowerBound), Int64(rows.upperBound), false)
        case .float64:
            tw_gemm_f64(
                ta, tb, Int64(m), Int64(columns.count), Int64(k), a.assumingMemoryBound(to: Double.self), lda,
                b.assumingMemoryBound(to: Double.self) + columns.lowerBound * (tb ? Int(ldb) : 1), ldb,
                c.assumingMemoryBound(to: Double.self) + columns.lowerBound, Int64(n), Int64(rows.lowerBound),
                Int64(rows.upperBound), false)
        case .int32, .int64, .uint8:
            tw_gemm_int(
                tw_type(rawValue: UInt32(type.kernelType)), ta, tb, Int64(m), Int64(n), Int64(k), a, lda, b, ldb, c,
                Int64(n), Int64(rows.lowerBound), Int64(rows.upperBound))
        case .float16, .bfloat16, .bool: preconditionFailure("no product of \(type.rawValue)")
        }
    }
}

/// Lays out the right operand of products in the order in which they read it.
final class PackKernel: Kernel {
    struct Source: Hashable {
        var buffer: Int
        var offset: Int
        var isTransposed: Bool
        var leading: Int
        var n: Int
        var k: Int
        var precision: ProductPrecision

        var byteCount: Int {
            switch precision {
            case .full: Int(tw_gemm_f32_packed_count(Int64(n), Int64(k))) * MemoryLayout<Float>.size
            case .bfloat16: Int(tw_gemm_bf16_packed_bytes(Int64(n), Int64(k)))
            }
        }
    }

    let reads: [Int]
    let writes: [Int]
    private let source: Source

    init(_ source: Source, to target: Int) {
        self.source = source
        reads = [source.buffer]
        writes = [target]
    }

    var detail: String { "[\(source.k), \(source.n)]" }

    func run(_ context: RunContext) {
        let (n, k) = (Int64(source.n), Int64(source.k))
        let from = context.pointers[source.buffer].assumingMemoryBound(to: Float.self) + source.offset
        let target = context.pointers[writes[0]]
        let (isTransposed, leading) = (source.isTransposed, Int64(source.leading))
        switch source.precision {
        case .full:
            context.parallel(Int(tw_gemm_f32_pack_parts(n, k))) { part, _ in
                tw_gemm_f32_pack(
                    isTransposed, n, k, from, leading, target.assumingMemoryBound(to: Float.self), Int64(part))
            }
        case .bfloat16:
            context.parallel(Int(tw_gemm_bf16_pack_parts(n, k))) { part, _ in
                tw_gemm_bf16_pack(isTransposed, n, k, from, leading, target, Int64(part))
            }
        }
    }
}
