/// A kernel whose result falls into equal parts, its rows, that can be computed a few at a time.
protocol RowKernel: Kernel {
    /// Numbers of rows that suit it, whatever they are grouped by.
    var rowCounts: [Int] { get }
    func divides(into rows: Int) -> Bool
    /// Whether a row reads nothing of a buffer (of `byteCount` bytes) but the same row of it.
    func readsByRow(_ buffer: Int, rows: Int, byteCount: Int) -> Bool
    /// Whether what it writes falls into the same rows.
    var writesByRow: Bool { get }
    /// Fewer rows at a time than this cost much more a row.
    func fewestRows(of rows: Int) -> Int
    /// The rows it must be given at a time, if it does not leave that open.
    var rowsPerBlock: Int? { get }
    /// About how long all of it takes on one thread.
    var nanoseconds: Double { get }
    func run(_ range: Range<Int>, of rows: Int, _ context: RunContext)
}

extension RowKernel {
    var writesByRow: Bool { true }
    var rowsPerBlock: Int? { nil }
    func fewestRows(of rows: Int) -> Int { 1 }
}

/// Kernels that run one after the other on a few rows before they go on to the next: what they hand to each other stays in
/// the cache, and what nobody else reads is never written to memory at all.
final class GroupKernel: Kernel {
    let reads: [Int]
    let writes: [Int]
    let scratchBytes: Int
    private let members: [any RowKernel]
    private let rows: Int
    private let rowsPerBlock: Int
    /// Buffers that live in the scratch memory, a block of rows at a time.
    private let locals: [(buffer: Int, rowBytes: Int, offset: Int)]
    private let bufferCount: Int
    private let byteCounts: [Int]
    private let membersScratch: Int
    private let localsBytes: Int

    /// The bytes of local buffers that a block may take: half of a usual second-level cache.
    static let localBytes = 512 * 1024
    /// About what a block should take: long against handing it out, short against all the work.
    static let blockNanoseconds = 40_000.0

    init(_ members: [any RowKernel], rows: Int, locals: Set<Int>, byteCounts: [Int]) {
        self.members = members
        self.rows = rows
        self.byteCounts = byteCounts
        bufferCount = byteCounts.count
        let rowBytes = locals.sorted().map { ($0, byteCounts[$0] / rows) }
        let widest = max(rowBytes.reduce(0) { $0 + $1.1 }, 1)
        if let required = members.lazy.compactMap(\.rowsPerBlock).first {
            rowsPerBlock = required
        } else {
            let cost = members.reduce(0) { $0 + $1.nanoseconds }
            // Little work is shared, too, as long as handing it out costs a small part of it.
            let block = min(Self.blockNanoseconds, max(Self.blockNanoseconds / 4, cost / 2))
            let wanted = min(block * Double(rows) / max(cost, 1e-3), Double(Self.localBytes / widest))
            // Multiples of 8 suit the register blocks of products.
            let fewest = Self.fewestRows(members, of: rows)
            let most = min(rows, max(fewest, wanted < 8 ? Int(wanted) : Int(min(wanted, 1e9)) / 8 * 8))
            let equal = Self.evenBlock(of: rows, about: most)
            rowsPerBlock = equal < 8 ? most : equal
        }
        var offset = 0
        var placed: [(Int, Int, Int)] = []
        for (buffer, bytes) in rowBytes {
            placed.append((buffer, bytes, offset))
            offset += (bytes * rowsPerBlock + 63) & ~63
        }
        self.locals = placed
        membersScratch = ((members.map(\.scratchBytes).max() ?? 0) + 63) & ~63
        localsBytes = offset
        let table = (bufferCount * MemoryLayout<UnsafeMutableRawPointer>.stride + 63) & ~63
        scratchBytes = membersScratch + localsBytes + (placed.isEmpty ? 0 : table)
        var (reads, writes): ([Int], [Int]) = ([], [])
        let written = Set(members.flatMap(\.writes))
        for member in members {
            for buffer in member.reads where !written.contains(buffer) && !reads.contains(buffer) {
                reads.append(buffer)
            }
            for buffer in member.writes where !locals.contains(buffer) { writes.append(buffer) }
        }
        self.reads = reads
        self.writes = writes
    }

    /// Few blocks are made an even number of equal ones: threads that share them end together.
    static func evenBlock(of rows: Int, about most: Int) -> Int {
        let blocks = (rows + most - 1) / most
        if blocks <= 1 || blocks > 16 { return most }
        let even = blocks / 2 * 2
        let larger = (rows + even - 1) / even
        return larger <= most * 5 / 4 ? larger : (rows + even + 1) / (even + 2)
    }

    static func fewestRows(_ members: [any RowKernel], of rows: Int) -> Int {
        members.reduce(1) { max($0, $1.fewestRows(of: rows), $1.rowsPerBlock ?? 1) }
    }

    var name: String { members.map(\.name).joined(separator: "+") }
    var detail: String { "\(rows) rows by \(rowsPerBlock): " + members.map(\.detail).joined(separator: "; ") }
    var operations: Int { members.reduce(0) { $0 + $1.operations } }

    func bytesTouched(of buffer: Int, byteCount: Int) -> Int {
        members.filter { ($0.reads + $0.writes).contains(buffer) }
            .reduce(0) { max($0, $1.bytesTouched(of: buffer, byteCount: byteCount)) }
    }

    /// Block by block: the input's rows must not be read after their memory was written, nor by other rows.
    func allowsInPlace(read: Int, write: Int) -> Bool {
        guard let writer = members.firstIndex(where: { $0.writes.contains(write) }), members[writer].writesByRow,
            byteCounts[read] == byteCounts[write]
        else { return false }
        return members.indices.allSatisfy { index in
            guard members[index].reads.contains(read) else { return true }
            return index <= writer && members[index].readsByRow(read, rows: rows, byteCount: byteCounts[read])
                && (index < writer || members[index].allowsInPlace(read: read, write: write))
        }
    }

    func run(_ context: RunContext) throws {
        context.parallel((rows + rowsPerBlock - 1) / rowsPerBlock) { block, scratch in
            let range = block * rowsPerBlock..<min((block + 1) * rowsPerBlock, rows)
            var pointers = context.pointers
            if !locals.isEmpty {
                let memory = scratch + membersScratch
                pointers = (memory + localsBytes).assumingMemoryBound(to: UnsafeMutableRawPointer.self)
                pointers.update(from: context.pointers, count: bufferCount)
                for local in locals {
                    pointers[local.buffer] = memory + local.offset - range.lowerBound * local.rowBytes
                }
            }
            let inner = RunContext(pointers: pointers, threads: 1, scratch: scratch, scratchStride: 0)
            for member in members { member.run(range, of: rows, inner) }
        }
    }
}
