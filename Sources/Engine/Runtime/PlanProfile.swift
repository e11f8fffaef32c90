/// What one kernel of a plan does.
public struct KernelWork: Sendable {
    /// `matmul`, `loop`, `reduce` …
    public let name: String
    /// Shapes, and the operations of a fused loop.
    public let detail: String
    /// Floating-point operations of products and convolutions.
    public let operations: Int
    /// Bytes of the buffers it reads and writes.
    public let bytes: Int
}

/// Where the time of a plan goes, kernel by kernel.
public struct PlanProfile: Sendable {
    public struct Entry: Sendable {
        public let work: KernelWork
        /// Seconds of the quickest run: other work on the machine only ever adds to it.
        public let seconds: Double
        /// Seconds from the start of the run to the kernel's start, in the last run.
        public let start: Double
    }

    public let entries: [Entry]
    /// Bytes of intermediate results at the fullest moment.
    public let arenaBytes: Int
    public let threads: Int

    public var seconds: Double { entries.reduce(0) { $0 + $1.seconds } }
}

extension CompiledFunction {
    /// Runs the plan some times and measures each kernel. The arguments stay as they are: nothing is donated.
    ///
    /// - Throws: `EngineError` where the values make the computation impossible.
    public func profile(_ arguments: [Tensor], repetitions: Int = 20) throws -> PlanProfile {
        try plan.profile(try buffers(arguments, CallSite("profile", #fileID, #line)), threads, repetitions)
    }
}

extension Plan {
    fileprivate func profile(_ arguments: [Buffer], _ threads: Int, _ repetitions: Int) throws -> PlanProfile {
        let work = work
        var times = [[Double]](repeating: [], count: work.count)
        var starts = [Double](repeating: 0, count: work.count)
        for _ in 0..<max(repetitions, 1) {
            var instants: [ContinuousClock.Instant] = []
            instants.reserveCapacity(work.count + 1)
            var held = arguments
            _ = try run(&held, threads: threads) { _ in instants.append(.now) }
            for index in work.indices {
                times[index].append((instants[index + 1] - instants[index]) / .seconds(1))
                starts[index] = (instants[index] - instants[0]) / .seconds(1)
            }
        }
        let entries = work.indices.map { index in
            PlanProfile.Entry(
                work: work[index], seconds: times[index].min()!, start: starts[index])
        }
        return PlanProfile(entries: entries, arenaBytes: arenaBytes, threads: threads)
    }
}
