internal import CKernels
import Synchronization

/// A program ready to run: kernels in order, memory laid out. Running allocates the outputs and nothing else.
final class Plan: Sendable {
    private let kernels: [any Kernel]
    private let layout: MemoryLayoutPlan
    private let outputs: [(buffer: Int, byteCount: Int)]
    private let scratchPerThread: Int
    private let held: [Buffer]
    /// By output: the argument whose memory it may take, or -1.
    let donors: [Int]
    /// - Parameters:
    ///   - donated: `[j: i]`: output j may take the memory of argument i where nobody else knows that argument.
    ///   - constants: Arguments that are the same at every run, by number. Those that no run looks at, weights that are read in
    ///     a layout of their own only, are taken out, one by one while the layouts are made.
    init(
        _ program: Program, donated: [Int: Int] = [:], constants: inout [Int: Buffer],
        precision: ProductPrecision = .full
    ) {
        let simple = Legalize.run(Simplify.run(program))
        var lowered = Lowering.lower(simple, precision: precision)
        var held: [Buffer] = []
        // Before, so that nothing is grouped with what need not run; and after, for what groups lay out.
        let numbers = Set(constants.keys)
        Preparation.run(&lowered, constants: &constants, held: &held)
        lowered = Group.run(lowered, donated: donated, constants: numbers)
        Preparation.run(&lowered, constants: &constants, held: &held)
        self.held = held
        kernels = lowered.kernels
        outputs = lowered.outputs
        // Rounded, so that every thread's part is aligned.
        scratchPerThread = ((kernels.map(\.scratchBytes).max() ?? 0) + 63) & ~63
        let layout = MemoryLayoutPlan(lowered, donated: donated)
        self.layout = layout
        donors = lowered.outputs.indices.map { layout.inPlace[$0] ?? -1 }
    }

    /// Runs the kernels. Arguments whose memory an output took are replaced by it, so that the array's owner can let go.
    ///
    /// - Parameter clock: Called before the first kernel and after each one, with the number of kernels that are done.
    func run(_ arguments: inout [Buffer], threads: Int, clock: ((Int) -> Void)? = nil) throws -> [Buffer] {
        let results = results(&arguments)
        try withContext(arguments, results, threads: threads) { context in
            if let clock {
                clock(0)
                for (index, kernel) in kernels.enumerated() {
                    try kernel.run(context)
                    clock(index + 1)
                }
            } else {
                for kernel in kernels { try kernel.run(context) }
            }
        }
        return results
    }

    /// Runs the kernels `count` times; outputs that are `carried` are arguments of the next run, the others are stacked.
    ///
    /// - Parameters:
    ///   - sequences: arguments that hold several elements, one for each run, starting over after the last.
    ///   - carried: the argument that an output becomes, by output.
    func scan(
        _ arguments: inout [Buffer], over sequences: Set<Int>, carried: [Int: Int], count: Int, threads: Int
    ) throws -> [Buffer] {
        var results = results(&arguments)
        let stacks = outputs.indices.map { output in
            carried[output] == nil ? Buffer(byteCount: outputs[output].byteCount * count) : nil
        }
        var walks: [Walk] = []
        for (index, place) in layout.places.enumerated() {
            guard case .argument(let argument) = place, sequences.contains(argument) else { continue }
            walks.append(Walk(pointer: index, through: arguments[argument], size: layout.byteCounts[index]))
        }
        // What an output may not write over while it is read lies in two places by turns.
        var turns: [(output: Int, source: Int, target: Int, other: Buffer)] = []
        for (output, argument) in carried {
            let target = outputs[output].buffer
            guard count > 0 else {
                results[output].mutableBytes.copyMemory(from: arguments[argument].bytes)
                continue
            }
            let source = layout.places.firstIndex { if case .argument(argument) = $0 { true } else { false } }
            guard let source else { continue }
            let isInPlace = donors[output] == argument
            turns.append(
                (output, source, target, isInPlace ? results[output] : Buffer(byteCount: outputs[output].byteCount)))
        }
        try withContext(arguments, results, threads: threads) { context in
            for run in 0..<count {
                for walk in walks { context.pointers[walk.pointer] = walk.element(run) }
                for kernel in kernels { try kernel.run(context) }
                for (output, stack) in stacks.enumerated() {
                    guard let stack else { continue }
                    let size = outputs[output].byteCount
                    (stack.memory + run * size).copyMemory(from: results[output].memory, byteCount: size)
                }
                for turn in turns {
                    let written = context.pointers[turn.target]
                    context.pointers[turn.target] =
                        written == results[turn.output].memory ? turn.other.memory : results[turn.output].memory
                    context.pointers[turn.source] = written
                }
            }
        }
        for turn in turns where count.isMultiple(of: 2) { results[turn.output] = turn.other }
        return results.indices.map { stacks[$0] ?? results[$0] }
    }

    /// The elements of a sequence, one after the other.
    private struct Walk {
        let pointer: Int
        private let sequence: Buffer
        private let (size, count): (Int, Int)
        /// Where elements are copied to that do not begin where kernels expect a buffer to.
        private let place: Buffer?

        init(pointer: Int, through sequence: Buffer, size: Int) {
            self.pointer = pointer
            self.sequence = sequence
            (self.size, count) = (size, size == 0 ? 1 : sequence.byteCount / size)
            place = size.isMultiple(of: 64) ? nil : Buffer(byteCount: size)
        }

        func element(_ run: Int) -> UnsafeMutableRawPointer {
            let element = sequence.memory + run % count * size
            guard let place else { return element }
            place.memory.copyMemory(from: element, byteCount: size)
            return place.memory
        }
    }

    /// Memory for the outputs: a donor's, if nobody else knows it.
    private func results(_ arguments: inout [Buffer]) -> [Buffer] {
        var results: [Buffer] = []
        results.reserveCapacity(outputs.count)
        for (index, output) in outputs.enumerated() {
            let donor = donors[index]
            if donor >= 0, isKnownUniquelyReferenced(&arguments[donor]) {
                results.append(arguments[donor])
            } else {
                results.append(Buffer(byteCount: output.byteCount))
            }
        }
        return results
    }

    /// Lends work memory, and finds where each buffer lies in this run.
    private func withContext(
        _ arguments: [Buffer], _ results: [Buffer], threads: Int, _ body: (RunContext) throws -> Void
    ) throws {
        let scratchBytes = scratchPerThread * threads
        let workspace = Workspace.take(layout.arenaBytes + scratchBytes)
        defer { Workspace.give(workspace) }
        try withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer.self, capacity: max(layout.places.count, 1)) {
            pointers in
            for (index, place) in layout.places.enumerated() {
                switch place {
                case .argument(let argument): pointers[index] = arguments[argument].memory
                case .output(let output): pointers[index] = results[output].memory
                case .held(let number): pointers[index] = held[number].memory
                case .arena(let offset): pointers[index] = workspace.memory + scratchBytes + offset
                }
            }
            try body(
                RunContext(
                    pointers: pointers.baseAddress!, threads: threads, scratch: workspace.memory,
                    scratchStride: scratchPerThread))
        }
    }

    /// Bytes of intermediate results at the fullest moment.
    package var arenaBytes: Int { layout.arenaBytes }
    package var kernelCount: Int { kernels.count }

    /// What each kernel does, moves and computes, in order.
    var work: [KernelWork] {
        kernels.map { kernel in
            let moved = (Array(Set(kernel.reads)) + Set(kernel.writes)).reduce(0) {
                $0 + kernel.bytesTouched(of: $1, byteCount: layout.byteCounts[$1])
            }
            return KernelWork(name: kernel.name, detail: kernel.detail, operations: kernel.operations, bytes: moved)
        }
    }
}

/// Work memory of runs that are over, for the next ones, whichever plan they belong to. Runs at the same time have their
/// own.
private enum Workspace {
    private static let idle = Mutex<[Buffer]>([])
    /// More than runs at once in a program of some threads; the smallest ones go first.
    private static let capacity = 8

    static func take(_ byteCount: Int) -> Buffer {
        let found = idle.withLock { idle -> Buffer? in
            var (best, largest) = (-1, -1)
            for index in idle.indices {
                let size = idle[index].byteCount
                if size >= byteCount, best < 0 || size < idle[best].byteCount { best = index }
                if largest < 0 || size > idle[largest].byteCount { largest = index }
            }
            if best >= 0 { return idle.remove(at: best) }
            // The new one will do whatever the largest has done.
            if largest >= 0 { idle.remove(at: largest) }
            return nil
        }
        return found ?? Buffer(byteCount: byteCount)
    }

    static func give(_ buffer: Buffer) {
        idle.withLock { idle in
            idle.append(buffer)
            if idle.count > capacity, let least = idle.indices.min(by: { idle[$0].byteCount < idle[$1].byteCount }) {
                idle.remove(at: least)
            }
        }
    }
}

/// What a kernel sees of one run.
struct RunContext {
    /// Start of each buffer of the plan.
    let pointers: UnsafeMutablePointer<UnsafeMutableRawPointer>
    let threads: Int
    let scratch: UnsafeMutableRawPointer
    let scratchStride: Int

    /// Calls `body(chunk, scratch)` for each chunk, on several threads if there are several chunks.
    func parallel(_ chunks: Int, _ body: (_ chunk: Int, _ scratch: UnsafeMutableRawPointer) -> Void) {
        if chunks <= 1 || threads <= 1 {
            for chunk in 0..<chunks { body(chunk, scratch) }
            return
        }
        withoutActuallyEscaping(body) { body in
            var job = Job(body: body, scratch: scratch, stride: scratchStride)
            withUnsafeMutablePointer(to: &job) { job in
                tw_parallel(
                    tw_shared_pool(), Int32(threads), Int64(chunks),
                    { context, chunk, slot in
                        let job = context!.assumingMemoryBound(to: Job.self)
                        job.pointee.body(Int(chunk), job.pointee.scratch + Int(slot) * job.pointee.stride)
                    }, job)
            }
        }
    }

    private struct Job {
        let body: (Int, UnsafeMutableRawPointer) -> Void
        let scratch: UnsafeMutableRawPointer
        let stride: Int
    }
}

/// One call into compiled code. Kernels are made once per plan; a run only passes pointers.
protocol Kernel: AnyObject, Sendable {
    /// Buffers it reads and writes, by the plan's numbers.
    var reads: [Int] { get }
    var writes: [Int] { get }
    /// What it is, for people: `matmul`, `loop`.
    var name: String { get }
    /// Its shapes and what else tells it apart.
    var detail: String { get }
    /// Floating-point operations of products and convolutions: what a machine's arithmetic limit is measured by.
    var operations: Int { get }
    /// How much it reads or writes of a buffer of `byteCount` bytes.
    func bytesTouched(of buffer: Int, byteCount: Int) -> Int
    /// Work memory a thread needs.
    var scratchBytes: Int { get }
    /// Whether the output may be the very memory of the input.
    func allowsInPlace(read: Int, write: Int) -> Bool
    func run(_ context: RunContext) throws
}

extension Kernel {
    var name: String { String(describing: Self.self).replacing("Kernel", with: "").lowercased() }
    var detail: String { "" }
    var scratchBytes: Int { 0 }
    var operations: Int { 0 }
    func bytesTouched(of buffer: Int, byteCount: Int) -> Int { byteCount }
    func allowsInPlace(read: Int, write: Int) -> Bool { false }
}
