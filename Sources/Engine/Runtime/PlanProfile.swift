/// What one kernel of a plan does.
public struct KernelWork: Sendable {
    /// `matmul`, `loop`, `reduce` …
    public let name: String
    /// Shapes, and the operations of a fused loop.
    public let detail: String
    /// Floating-point operations of products and convolutions.
    public let operations: Int
    /// Bytes that it reads and writes, each counted once.
    public let bytes: Int
}

/// Where the time of a plan goes, kernel by kernel. Printing it shows a table.
public struct PlanProfile: Sendable {
    public struct Entry: Sendable {
        public let work: KernelWork
        /// Seconds of the kernel's quickest run: other work on the machine only ever adds to it.
        public let seconds: Double
        /// When the kernel started in the quickest run of the whole plan, in seconds from that run's start.
        public let start: Double
        /// Seconds it took in that run.
        public let duration: Double
    }

    /// In order of execution.
    public let entries: [Entry]
    /// Seconds of the quickest run of the whole plan.
    public let runSeconds: Double
    /// Bytes of intermediate results at the fullest moment.
    public let arenaBytes: Int
    public let threads: Int
    /// What the machine could do, measured right after the runs.
    public let limits: MachineLimits

    /// The sum of the kernels' quickest runs: at most `runSeconds`.
    public var seconds: Double { entries.reduce(0) { $0 + $1.seconds } }
    /// What the machine's limits allow all kernels together.
    public var limitSeconds: Double { entries.reduce(0) { $0 + limits.seconds(for: $1.work) } }
}

extension CompiledFunction {
    /// Bytes of intermediate results.
    package var arenaBytes: Int { plan.arenaBytes }

    /// Runs the plan some times and measures each kernel, then the machine's limits (less than a second).
    ///
    /// The arguments stay as they are: outputs take the memory of copies, as they take that of donated arguments in a call.
    ///
    /// - Parameter repetitions: As many as a second holds, from 3 to 10,000, when nil.
    /// - Throws: `EngineError` where the values make the computation impossible.
    public func profile(
        _ arguments: [Tensor], repetitions: Int? = nil, file: StaticString = #fileID, line: UInt = #line
    ) throws -> PlanProfile {
        let arguments = try buffers(arguments, CallSite("profile", file, line))
        let times = try plan.measure(arguments, threads: threads, repetitions: repetitions)
        let usesDouble = program.rows.contains { $0.op.isProduct && $0.dataType == .float64 }
        return PlanProfile(
            entries: times.entries, runSeconds: times.runSeconds, arenaBytes: plan.arenaBytes, threads: threads,
            limits: MachineLimits(measuring: usesDouble ? .float64 : .float32, precision: precision, threads: threads))
    }
}

extension Op {
    fileprivate var isProduct: Bool {
        switch self {
        case .matmul, .convolution: true
        default: false
        }
    }
}

extension Plan {
    fileprivate func measure(
        _ arguments: [Buffer], threads: Int, repetitions: Int?
    ) throws -> (entries: [PlanProfile.Entry], runSeconds: Double) {
        var held = arguments
        for donor in Set(donors) where donor >= 0 {
            held[donor] = Buffer(byteCount: arguments[donor].byteCount)
            held[donor].mutableBytes.copyMemory(from: arguments[donor].bytes)
        }
        let work = work
        var least = [Double](repeating: .infinity, count: work.count)
        var quickest: [Double] = []
        var instants: [ContinuousClock.Instant] = []
        instants.reserveCapacity(work.count + 1)
        let started = ContinuousClock.now
        var runs = 0
        while repetitions.map({ runs < max($0, 1) })
            ?? (runs < 3 || runs < 10_000 && ContinuousClock.now - started < .seconds(1))
        {
            instants.removeAll(keepingCapacity: true)
            _ = try run(&held, threads: threads) { _ in instants.append(.now) }
            let times = instants.map { ($0 - instants[0]) / .seconds(1) }
            for index in work.indices { least[index] = min(least[index], times[index + 1] - times[index]) }
            if quickest.isEmpty || times[work.count] < quickest[work.count] { quickest = times }
            runs += 1
        }
        let entries = work.indices.map { index in
            PlanProfile.Entry(
                work: work[index], seconds: least[index], start: quickest[index],
                duration: quickest[index + 1] - quickest[index])
        }
        return (entries, quickest[work.count])
    }
}
