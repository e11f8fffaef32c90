internal import CKernels

/// `[outer, n, inner]` -> `[outer, inner]`; or, with `rowsPerChunk`, `[n, inner]` -> one row for each chunk of rows.
final class ReduceKernel: RowKernel {
    let reads: [Int]
    let writes: [Int]
    private let op: tw_reduction
    private let type: DataType
    private let offset: Int
    private let (outer, n, inner): (Int, Int, Int)
    private let rowsPerChunk: Int?

    /// A long reduction is cut into parts of about this many elements, in a fixed order whatever the thread count.
    static func rowsPerChunk(of n: Int, inner: Int) -> Int {
        GroupKernel.evenBlock(of: n, about: max(16, 16_384 / max(inner, 1) & ~7))
    }

    init(
        _ op: Reduction, _ type: DataType, _ input: View, outer: Int, n: Int, inner: Int, rowsPerChunk: Int?,
        to target: Int
    ) {
        reads = [input.buffer]
        writes = [target]
        self.op =
            switch op {
            case .sum: TW_SUM
            case .max: TW_REDUCE_MAX
            case .min: TW_REDUCE_MIN
            case .any: TW_ANY
            case .all: TW_ALL
            }
        self.type = type
        offset = input.offset * type.size
        (self.outer, self.n, self.inner) = (outer, n, inner)
        self.rowsPerChunk = rowsPerChunk
    }

    var rowCounts: [Int] { rowsPerChunk == nil ? [outer] : [n] }
    var rowsPerBlock: Int? { rowsPerChunk }
    var writesByRow: Bool { rowsPerChunk == nil }
    var nanoseconds: Double { 0.08 * Double(outer * n * inner) }

    func divides(into rows: Int) -> Bool {
        if rowsPerChunk != nil { return rows == n }
        return rows > 0 && outer % rows == 0 && n * inner > 0
    }

    func readsByRow(_ buffer: Int, rows: Int, byteCount: Int) -> Bool {
        offset == 0 && outer * n * inner * type.size == byteCount
    }

    func run(_ range: Range<Int>, of rows: Int, _ context: RunContext) {
        let part = outer * n / rows  // rows of the input in one of the group's
        let size = inner * type.size
        let source = UnsafeRawPointer(context.pointers[reads[0]] + offset) + range.lowerBound * part * size
        let kernelType = tw_type(rawValue: UInt32(type.kernelType))
        if let rowsPerChunk {
            let target = context.pointers[writes[0]] + range.lowerBound / rowsPerChunk * size
            tw_reduce(op, kernelType, source, target, 1, Int64(range.count), Int64(inner))
        } else {
            let target = context.pointers[writes[0]] + range.lowerBound * (outer / rows) * size
            tw_reduce(op, kernelType, source, target, Int64(range.count * (outer / rows)), Int64(n), Int64(inner))
        }
    }

    var name: String { "reduce" }
    var detail: String { "[\(outer), \(n), \(inner)]" }

    func run(_ context: RunContext) throws {
        let source = UnsafeRawPointer(context.pointers[reads[0]] + offset)
        let target = context.pointers[writes[0]]
        let kernelType = tw_type(rawValue: UInt32(type.kernelType))
        let size = type.size
        if let rowsPerChunk {
            context.parallel((n + rowsPerChunk - 1) / rowsPerChunk) { chunk, _ in
                let first = chunk * rowsPerChunk
                tw_reduce(
                    op, kernelType, source + first * inner * size, target + chunk * inner * size, 1,
                    Int64(min(rowsPerChunk, n - first)), Int64(inner))
            }
        } else {
            let step = max(1, 32_768 / max(n * inner, 1))
            context.parallel((outer + step - 1) / step) { chunk, _ in
                let first = chunk * step
                tw_reduce(
                    op, kernelType, source + first * n * inner * size, target + first * inner * size,
                    Int64(min(step, outer - first)), Int64(n), Int64(inner))
            }
        }
    }
}

/// Work along one axis of `[outer, n, inner]`, each line for itself.
final class AxisKernel: Kernel {
    enum Operation {
        case argReduce(greatest: Bool)
        case cumulativeSum(reverse: Bool, exclusive: Bool)
        case argsort(descending: Bool)
    }

    let reads: [Int]
    let writes: [Int]
    private let operation: Operation
    private let type: DataType
    private let offset: Int
    private let (outer, n, inner): (Int, Int, Int)

    init(_ operation: Operation, _ input: View, _ type: DataType, axis: Int, to target: Int) {
        reads = [input.buffer]
        writes = [target]
        self.operation = operation
        self.type = type
        offset = input.offset * type.size
        outer = input.dimensions[..<axis].reduce(1, *)
        n = input.dimensions[axis]
        inner = input.dimensions[(axis + 1)...].reduce(1, *)
    }

    var name: String {
        switch operation {
        case .argReduce: "argreduce"
        case .cumulativeSum: "cumulative sum"
        case .argsort: "argsort"
        }
    }
    var detail: String { "[\(outer), \(n), \(inner)]" }

    func run(_ context: RunContext) throws {
        let source = UnsafeRawPointer(context.pointers[reads[0]] + offset)
        let target = context.pointers[writes[0]]
        let kernelType = tw_type(rawValue: UInt32(type.kernelType))
        let size = type.size
        let step = max(1, 16_384 / max(n * inner, 1))
        context.parallel((outer + step - 1) / step) { chunk, _ in
            let first = chunk * step
            let count = Int64(min(step, outer - first))
            let input = source + first * n * inner * size
            switch operation {
            case .argReduce(let greatest):
                tw_arg_reduce(
                    greatest, kernelType, input, (target + first * inner * 8).assumingMemoryBound(to: Int64.self),
                    count,
                    Int64(n), Int64(inner))
            case .cumulativeSum(let reverse, let exclusive):
                tw_cumulative(
                    TW_CUMULATIVE_SUM, kernelType, input, target + first * n * inner * size, count, Int64(n),
                    Int64(inner),
                    reverse, exclusive)
            case .argsort(let descending):
                let status = tw_argsort(
                    kernelType, input, (target + first * n * inner * 8).assumingMemoryBound(to: Int64.self), count,
                    Int64(n), Int64(inner), descending)
                precondition(status == 0, "argsort: no memory to sort \(n) elements")
            }
        }
    }
}
