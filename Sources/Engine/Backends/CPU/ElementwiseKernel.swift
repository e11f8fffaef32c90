internal import CKernels

extension DataType {
    var kernelType: UInt8 {
        switch self {
        case .float32: UInt8(TW_FLOAT32.rawValue)
        case .float64: UInt8(TW_FLOAT64.rawValue)
        case .float16: UInt8(TW_FLOAT16.rawValue)
        case .bfloat16: UInt8(TW_BFLOAT16.rawValue)
        case .int32: UInt8(TW_INT32.rawValue)
        case .int64: UInt8(TW_INT64.rawValue)
        case .uint8: UInt8(TW_UINT8.rawValue)
        case .bool: UInt8(TW_BOOL.rawValue)
        }
    }
}

/// A fused loop: one pass over the iteration space, a tile of elements at a time.
///
/// `@unchecked Sendable`: the C loop is written in `init` only.
final class ElementwiseKernel: RowKernel, @unchecked Sendable {
    let reads: [Int]
    let writes: [Int]
    let detail: String
    let scratchBytes: Int
    private let count: Int
    private let chunk: Int
    private let loop: OpaquePointer
    /// Byte offsets of the inputs in their buffers.
    private let inputOffsets: [Int]
    /// For each input: whether it is read in order, and the last instruction that reads it.
    private let lastRead: [(inOrder: Bool, instruction: Int)]
    /// The instruction that makes each output.
    private let made: [Int]
    private let views: [(view: View, size: Int)]
    private let shape: Shape
    let nanoseconds: Double

    init(_ builder: LoopBuilder) {
        reads = builder.inputs.map(\.buffer)
        writes = builder.outputs
        inputOffsets = builder.inputs.map(\.byteOffset)
        lastRead = builder.inputs.map { ($0.inOrder, $0.lastRead) }
        made = builder.madeBy
        views = builder.inputs.map { ($0.view, $0.size) }
        shape = builder.shape
        count = builder.shape.elementCount
        detail = "\(builder.shape) \(builder.operations.joined(separator: " "))"
        loop = builder.makeLoop()
        scratchBytes = Int(tw_loop_scratch_bytes(loop))
        // About 50 microseconds of work; a multiple of the tile, so that threads start on tile boundaries.
        let work = max(builder.instructions.count, 1) + builder.sources.count
        nanoseconds = 0.08 * Double(work * count)
        chunk = max(1, 65_536 / work / Int(TW_TILE) * 2) * Int(TW_TILE)
    }

    deinit { tw_loop_free(loop) }

    func allowsInPlace(read: Int, write: Int) -> Bool {
        guard let output = writes.firstIndex(of: write) else { return false }
        return reads.indices.allSatisfy { index in
            reads[index] != read
                || lastRead[index].inOrder && inputOffsets[index] == 0 && lastRead[index].instruction <= made[output]
        }
    }

    var name: String { "loop" }

    func bytesTouched(of buffer: Int, byteCount: Int) -> Int {
        let read = reads.indices.filter { reads[$0] == buffer }
            .reduce(0) { $0 + views[$1].view.distinctCount * views[$1].size }
        return read > 0 ? min(byteCount, read) : byteCount
    }

    var rowCounts: [Int] { shape.leadingProducts }

    func divides(into rows: Int) -> Bool { rows > 0 && count > 0 && count % rows == 0 }

    func readsByRow(_ buffer: Int, rows: Int, byteCount: Int) -> Bool {
        reads.indices.allSatisfy { index in
            reads[index] != buffer
                || byteCount % views[index].size == 0
                    && views[index].view.isByRow(rows: rows, of: byteCount / views[index].size)
        }
    }

    func run(_ range: Range<Int>, of rows: Int, _ context: RunContext) {
        let width = count / rows
        withPointers(context) { inputs, outputs in
            tw_loop_run(
                loop, inputs, outputs, Int64(range.lowerBound * width), Int64(range.upperBound * width), context.scratch
            )
        }
    }

    private func withPointers(
        _ context: RunContext,
        _ body: (UnsafeMutablePointer<UnsafeRawPointer?>, UnsafeMutablePointer<UnsafeMutableRawPointer?>) -> Void
    ) {
        withUnsafeTemporaryAllocation(of: UnsafeRawPointer?.self, capacity: reads.count + 1) { inputs in
            withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer?.self, capacity: writes.count + 1) { outputs in
                for index in reads.indices {
                    inputs[index] = UnsafeRawPointer(context.pointers[reads[index]] + inputOffsets[index])
                }
                for index in writes.indices { outputs[index] = context.pointers[writes[index]] }
                body(inputs.baseAddress!, outputs.baseAddress!)
            }
        }
    }

    func run(_ context: RunContext) {
        withPointers(context) { inputs, outputs in
            if count <= 2 * chunk {
                tw_loop_run(loop, inputs, outputs, 0, Int64(count), context.scratch)
            } else {
                context.parallel((count + chunk - 1) / chunk) { part, scratch in
                    tw_loop_run(
                        loop, inputs, outputs, Int64(part * chunk), Int64(min((part + 1) * chunk, count)), scratch)
                }
            }
        }
    }
}

extension ElementwiseKernel {
    /// One value (a constant, an index, a view) written out.
    convenience init(copying place: Lowering.Place, _ type: DataType, _ shape: Shape, to buffer: Int) {
        var loop = LoopBuilder(shape)
        let source = loop.source(place, type)
        loop.operations = ["copy"]
        let copy = loop.emit(TW_COPY, type, type, [source])
        loop.sink(copy, type, buffer)
        loop.finish()
        self.init(loop)
    }
}
