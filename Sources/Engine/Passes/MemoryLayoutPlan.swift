/// Where does each buffer live? Intermediate results share one arena: a place is used again as soon as the last reader of
/// what stood there is done. What is stacked is made in its place of the stack.
struct MemoryLayoutPlan: Sendable {
    enum Place: Sendable {
        case argument(Int)
        case output(Int)
        case held(Int)
        case arena(Int)
    }

    private(set) var places: [Place] = []
    private(set) var arenaBytes = 0
    /// Size of each buffer.
    let byteCounts: [Int]
    /// Outputs that may be written over a donated argument.
    private(set) var inPlace: [Int: Int] = [:]

    init(_ lowered: Lowering.Result, donated: [Int: Int]) {
        let kernels = lowered.kernels
        let buffers = lowered.buffers
        byteCounts = buffers.map(\.byteCount)
        var lastUse = [Int](repeating: -1, count: buffers.count)
        var firstUse = [Int](repeating: Int.max, count: buffers.count)
        for (step, kernel) in kernels.enumerated() {
            for buffer in kernel.reads { lastUse[buffer] = step }
            for buffer in kernel.writes {
                lastUse[buffer] = max(lastUse[buffer], step)
                firstUse[buffer] = min(firstUse[buffer], step)
            }
        }
        let piece = Self.pieces(kernels, buffers)
        for (part, place) in piece {
            firstUse[place.of] = min(firstUse[place.of], firstUse[part])
            lastUse[place.of] = max(lastUse[place.of], lastUse[part])
        }
        var free = FreeList()
        var offset = [Int](repeating: -1, count: buffers.count)
        var release: [Int: [Int]] = [:]
        for (step, kernel) in kernels.enumerated() {
            for buffer in kernel.writes.map({ piece[$0]?.of ?? $0 })
            where buffers[buffer].isIntermediate && firstUse[buffer] == step && offset[buffer] < 0 {
                // An input whose last reader this is hands its place over.
                let heir = kernel.reads.first { read in
                    kernel.writes.contains(buffer) && buffers[read].isIntermediate && lastUse[read] == step
                        && offset[read] >= 0 && piece[read] == nil
                        && buffers[read].byteCount == buffers[buffer].byteCount
                        && kernel.allowsInPlace(read: read, write: buffer)
                        && !(release[step] ?? []).contains { $0 == ~read }
                }
                if let heir {
                    offset[buffer] = offset[heir]
                    release[step, default: []].append(~heir)  // marks: its place lives on
                } else {
                    offset[buffer] = free.take(buffers[buffer].byteCount)
                }
                release[lastUse[buffer], default: []].append(buffer)
            }
            let entries = release[step] ?? []
            let inherited = Set(entries.filter { $0 < 0 }.map { ~$0 })
            for buffer in entries where buffer >= 0 && !inherited.contains(buffer) {
                free.give(offset[buffer], buffers[buffer].byteCount)
            }
        }
        for (part, place) in piece { offset[part] = offset[place.of] + place.at }
        arenaBytes = free.end
        places = buffers.indices.map { index in
            switch buffers[index].kind {
            case .argument(let argument): .argument(argument)
            case .output(let output): .output(output)
            case .held(let held): .held(held)
            case .intermediate: .arena(max(offset[index], 0))
            }
        }
        for (output, argument) in donated {
            guard let source = buffers.firstIndex(where: { $0.kind == .argument(argument) }),
                !inPlace.values.contains(argument)
            else { continue }
            let target = lowered.outputs[output].buffer
            let step = firstUse[target]
            // Written once, by the last kernel that reads the argument, element by element.
            if lastUse[source] < step
                || lastUse[source] == step && kernels[step].allowsInPlace(read: source, write: target)
            {
                inPlace[output] = argument
            }
        }
    }

    /// Buffers that are copied into a stack, whole, and can be made there instead. Their stacks copy them no more.
    private static func pieces(
        _ kernels: [any Kernel], _ buffers: [Lowering.BufferInfo]
    ) -> [Int: (of: Int, at: Int)] {
        var writers = [Int](repeating: 0, count: buffers.count)
        for kernel in kernels { for buffer in kernel.writes { writers[buffer] += 1 } }
        var pieces: [Int: (of: Int, at: Int)] = [:]
        var stacks: Set<Int> = []
        for case let stack as ConcatenateKernel in kernels where buffers[stack.writes[0]].isIntermediate {
            // A piece of a piece would have to be found through both; only one level is followed.
            guard pieces[stack.writes[0]] == nil else { continue }
            let found = stack.pieces.filter { buffer, byteCount, offset in
                buffers[buffer].isIntermediate && buffers[buffer].byteCount == byteCount && writers[buffer] == 1
                    && pieces[buffer] == nil
                    && !stacks.contains(buffer) && offset.isMultiple(of: 64)
                    && stack.reads.filter { $0 == buffer }.count == 1
            }
            if found.isEmpty { continue }
            for (buffer, _, offset) in found { pieces[buffer] = (stack.writes[0], offset) }
            stacks.insert(stack.writes[0])
            stack.leaveOut(Set(found.map(\.buffer)))
        }
        return pieces
    }

    /// Best fit over free intervals, merged when neighbors meet.
    private struct FreeList {
        private var intervals: [(start: Int, count: Int)] = []
        private(set) var end = 0

        private func rounded(_ count: Int) -> Int { (max(count, 1) + 63) & ~63 }

        mutating func take(_ byteCount: Int) -> Int {
            let count = rounded(byteCount)
            let fitting = intervals.indices.filter { intervals[$0].count >= count }
            if let best = fitting.min(by: { intervals[$0].count < intervals[$1].count }) {
                let start = intervals[best].start
                if intervals[best].count == count {
                    intervals.remove(at: best)
                } else {
                    intervals[best] = (start + count, intervals[best].count - count)
                }
                return start
            }
            if let last = intervals.last, last.start + last.count == end {
                // Grow the interval at the end instead of starting beyond it.
                intervals.removeLast()
                end = last.start + count
                return last.start
            }
            defer { end += count }
            return end
        }

        mutating func give(_ start: Int, _ byteCount: Int) {
            let position = intervals.firstIndex { $0.start > start } ?? intervals.count
            intervals.insert((start, rounded(byteCount)), at: position)
            if position + 1 < intervals.count,
                intervals[position].start + intervals[position].count == intervals[position + 1].start
            {
                intervals[position].count += intervals[position + 1].count
                intervals.remove(at: position + 1)
            }
            if position > 0, intervals[position - 1].start + intervals[position - 1].count == intervals[position].start
            {
                intervals[position - 1].count += intervals[position].count
                intervals.remove(at: position)
            }
        }
    }
}
