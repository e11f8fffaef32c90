/// Which kernels run together, a few rows at a time?
///
/// Walks over the kernels in order. A kernel joins the group that made one of its inputs if both fall into the same rows
/// and it reads the group's results row by row. It then runs where the group runs, or the group where it runs: whichever
/// keeps every other kernel's inputs before it.
struct Group {
    private struct Member {
        var kernels: [any RowKernel]
        /// Fixed once a second kernel has joined.
        var rows: Int?
    }

    private enum Unit {
        case alone(any Kernel)
        case group(Member)
    }

    private let donors: [Int: Int]
    private var buffers: [Lowering.BufferInfo]
    private let outputs: [Int]
    private var units: [Unit] = []
    /// Units in the order in which they run.
    private var order: [Int] = []
    private var position: [Int] = []
    private var unitOfWriter: [Int: Int] = [:]
    private var unitsOfReaders: [Int: Set<Int>] = [:]
    private let writerCounts: [Int: Int]
    private let constants: Set<Int>

    /// - Parameters:
    ///   - donated: `donated[j] = i`: output j may take the memory of argument i.
    ///   - constants: Numbers of arguments that are the same at every run.
    static func run(_ lowered: Lowering.Result, donated: [Int: Int], constants: Set<Int>) -> Lowering.Result {
        var pass = Group(lowered, donated, constants)
        for kernel in lowered.kernels { pass.add(kernel) }
        var result = lowered
        pass.finish(&result)
        return result
    }

    private init(_ lowered: Lowering.Result, _ donated: [Int: Int], _ constants: Set<Int>) {
        self.constants = constants
        buffers = lowered.buffers
        outputs = lowered.outputs.map(\.buffer)
        var counts: [Int: Int] = [:]
        for kernel in lowered.kernels { for buffer in kernel.writes { counts[buffer, default: 0] += 1 } }
        writerCounts = counts
        var argumentBuffer: [Int: Int] = [:]
        for (index, buffer) in lowered.buffers.enumerated() {
            if case .argument(let argument) = buffer.kind { argumentBuffer[argument] = index }
        }
        var donors: [Int: Int] = [:]
        for (output, argument) in donated { donors[lowered.outputs[output].buffer] = argumentBuffer[argument] }
        self.donors = donors
    }

    private mutating func add(_ kernel: any Kernel) {
        if let product = kernel as? MatmulKernel, isConstant(product.rightBuffer) { product.rightIsConstant() }
        let place: Int
        // What is written in several steps must be read between the right ones.
        if let kernel = kernel as? any RowKernel, kernel.writes.allSatisfy({ writerCounts[$0] == 1 }),
            kernel.reads.allSatisfy({ writerCounts[$0, default: 0] <= 1 })
        {
            place = join(kernel) ?? append(.group(Member(kernels: [kernel])))
        } else {
            place = append(.alone(kernel))
        }
        for buffer in kernel.writes { unitOfWriter[buffer] = place }
        for buffer in kernel.reads { unitsOfReaders[buffer, default: []].insert(place) }
    }

    private mutating func append(_ unit: Unit) -> Int {
        units.append(unit)
        position.append(order.count)
        order.append(units.count - 1)
        return units.count - 1
    }

    /// The group the kernel joins, or nil.
    private mutating func join(_ kernel: any RowKernel) -> Int? {
        let producers = Set(kernel.reads.compactMap { unitOfWriter[$0] })
        for candidate in producers.sorted(by: { position[$0] > position[$1] }) {
            guard case .group(let group) = units[candidate], let rows = commonRows(group, kernel) else { continue }
            let others = producers.filter { $0 != candidate }
            let canMoveUp =
                others.allSatisfy { position[$0] < position[candidate] }
                && kernel.writes.allSatisfy { buffer in
                    // What the output's memory holds now must have been read by then.
                    guard let donor = donors[buffer] else { return true }
                    return (unitsOfReaders[donor] ?? []).allSatisfy { position[$0] <= position[candidate] }
                }
            if !canMoveUp {
                let results = group.kernels.flatMap(\.writes)
                let isRead = results.contains { !(unitsOfReaders[$0] ?? []).subtracting([candidate]).isEmpty }
                guard !isRead else { continue }
                moveToEnd(candidate)
            }
            units[candidate] = .group(Member(kernels: group.kernels + [kernel], rows: rows))
            return candidate
        }
        return nil
    }

    private mutating func moveToEnd(_ unit: Int) {
        order.remove(at: position[unit])
        order.append(unit)
        for (index, unit) in order.enumerated() { position[unit] = index }
    }

    /// The finest rows in which the group and the kernel can run together, or nil.
    private func commonRows(_ group: Member, _ kernel: any RowKernel) -> Int? {
        let members = group.kernels + [kernel]
        let blocks = Set(members.compactMap(\.rowsPerBlock))
        guard blocks.count <= 1 else { return nil }
        let written = Set(group.kernels.flatMap(\.writes))
        let byRow = Set(group.kernels.filter(\.writesByRow).flatMap(\.writes))
        guard kernel.reads.allSatisfy({ !written.contains($0) || byRow.contains($0) }) else { return nil }
        let cost = members.reduce(0) { $0 + $1.nanoseconds }
        let counts = Set(members.flatMap(\.rowCounts)).sorted(by: >)
        return counts.first { rows in
            // Too few rows would leave nothing to hand out.
            guard rows > 0, rows >= 8 || cost < GroupKernel.blockNanoseconds else { return false }
            let bytes = members.flatMap(\.writes).reduce(0) { $0 + buffers[$1].byteCount / rows }
            let fewest = min(GroupKernel.fewestRows(members, of: rows), rows)
            guard bytes * fewest <= GroupKernel.localBytes else { return false }
            return members.allSatisfy { member in
                member.divides(into: rows)
                    && member.reads.allSatisfy {
                        !written.contains($0) || member.readsByRow($0, rows: rows, byteCount: buffers[$0].byteCount)
                    }
            }
        }
    }

    private func isConstant(_ buffer: Int) -> Bool {
        switch buffers[buffer].kind {
        case .argument(let number): constants.contains(number)
        case .held: true
        case .intermediate, .output: false
        }
    }

    private mutating func finish(_ result: inout Lowering.Result) {
        let isOutput = Set(outputs)
        var kernels: [any Kernel] = []
        var packed: [PackKernel.Source: Int] = [:]

        /// Lays out the product's right operand once for all products that read it so.
        func layOut(_ product: MatmulKernel) {
            let source = product.packing
            // What is written in several steps may change between two readers.
            let isFixed = writerCounts[source.buffer, default: 0] <= 1
            let target: Int
            if isFixed, let made = packed[source] {
                target = made
            } else {
                target = buffers.count
                buffers.append(.init(kind: .intermediate, byteCount: source.byteCount))
                kernels.append(PackKernel(source, to: target))
                if isFixed { packed[source] = target }
            }
            product.usePacked(target)
        }
        func layOutAlone(_ kernel: any Kernel) {
            guard let product = kernel as? MatmulKernel,
                product.wantsPackingAlone(isConstant: isConstant(product.rightBuffer))
            else { return }
            layOut(product)
        }

        for unit in order {
            switch units[unit] {
            case .alone(let kernel):
                layOutAlone(kernel)
                kernels.append(kernel)
            case .group(let group):
                guard let rows = group.rows else {
                    layOutAlone(group.kernels[0])
                    kernels.append(group.kernels[0])
                    continue
                }
                // What the group itself makes is not there yet when it begins.
                let made = Set(group.kernels.flatMap(\.writes))
                for case let product as MatmulKernel in group.kernels
                where product.wantsPackingInGroup && !made.contains(product.rightBuffer) {
                    layOut(product)
                }
                let written = group.kernels.filter(\.writesByRow).flatMap(\.writes)
                let locals = written.filter { buffer in
                    !isOutput.contains(buffer) && (unitsOfReaders[buffer] ?? []).subtracting([unit]).isEmpty
                }
                kernels.append(
                    GroupKernel(group.kernels, rows: rows, locals: Set(locals), byteCounts: buffers.map(\.byteCount)))
            }
        }
        result.kernels = kernels
        result.buffers = buffers
    }
}
