internal import CKernels
import Synchronization

/// A program ready to run: kernels in order, memory laid out. Running allocates the outputs and nothing else.
final class Plan: Sendable {
    private let kernels: [any Kernel]
    private let layout: MemoryLayoutPlan
    private let outputs: [(buffer: Int, byteCount: Int)]
    private let scratchPerThread: Int
    /// Work memory of runs that are over, for the next ones. Runs at the same time have their own.
    private let idle = Mutex<[Workspace]>([])

    private struct Workspace: Sendable {
        let arena: Buffer
        let scratch: Buffer
        let threads: Int
    }

    /// `donated[j] = i`: output j may take the memory of argument i where nobody else knows that argument.
    init(_ program: Program, donated: [Int: Int] = [:]) {
        let lowered = Lowering.lower(Legalize.run(Simplify.run(program)))
        kernels = lowered.kernels
        outputs = lowered.outputs
        scratchPerThread = kernels.map(\.scratchBytes).max() ?? 0
        layout = MemoryLayoutPlan(lowered, donated: donated)
    }

    /// Runs the kernels. Arguments whose memory an output took are replaced by it, so that the array's owner can let go.
    func run(_ arguments: inout [Buffer], threads: Int) throws -> [Buffer] {
        let workspace = take(threads: threads)
        defer { idle.withLock { $0.append(workspace) } }
        var results: [Buffer] = []
        results.reserveCapacity(outputs.count)
        for (index, output) in outputs.enumerated() {
            if let argument = layout.inPlace[index], isKnownUniquelyReferenced(&arguments[argument]) {
                results.append(arguments[argument])
            } else {
                results.append(Buffer(byteCount: output.byteCount))
            }
        }
        try withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer.self, capacity: max(layout.places.count, 1)) { pointers in
            for (index, place) in layout.places.enumerated() {
                switch place {
                case .argument(let argument): pointers[index] = arguments[argument].memory
                case .output(let output): pointers[index] = results[output].memory
                case .arena(let offset): pointers[index] = workspace.arena.memory + offset
                }
            }
            let context = RunContext(
                pointers: pointers.baseAddress!, threads: threads, scratch: workspace.scratch.memory,
                scratchStride: scratchPerThread)
            for kernel in kernels { try kernel.run(context) }
        }
        return results
    }

    private func take(threads: Int) -> Workspace {
        let found = idle.withLock { idle -> Workspace? in
            guard let last = idle.last, last.threads >= threads else { return nil }
            idle.removeLast()
            return last
        }
        return found
            ?? Workspace(
                arena: Buffer(byteCount: layout.arenaBytes), scratch: Buffer(byteCount: scratchPerThread * threads),
                threads: threads)
    }

    /// Bytes of intermediate results at the fullest moment.
    var arenaBytes: Int { layout.arenaBytes }
    var kernelCount: Int { kernels.count }
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
    /// Work memory a thread needs.
    var scratchBytes: Int { get }
    /// Whether the output may be the very memory of the input.
    func allowsInPlace(read: Int, write: Int) -> Bool
    func run(_ context: RunContext) throws
}

extension Kernel {
    var scratchBytes: Int { 0 }
    func allowsInPlace(read: Int, write: Int) -> Bool { false }
}
