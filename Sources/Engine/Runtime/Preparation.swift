/// Which kernels give the same at every run? Those that read nothing but arguments that never change: weights that a
/// convolution wants in another layout, for example. They run once, when the plan is made.
enum Preparation {
    /// Runs those kernels and takes them out; what they wrote is added to `held`, which lives as long as the plan.
    ///
    /// - Parameter constants: Arguments that are the same at every run, by number.
    static func run(_ lowered: inout Lowering.Result, constants: [Int: Buffer], held: inout [Buffer]) {
        if constants.isEmpty { return }
        var known: [Int: Buffer] = [:]
        for (index, buffer) in lowered.buffers.enumerated() {
            switch buffer.kind {
            case .argument(let argument): known[index] = constants[argument]
            case .held(let number): known[index] = held[number]
            default: break
            }
        }
        var writers = [Int](repeating: 0, count: lowered.buffers.count)
        for kernel in lowered.kernels { for buffer in kernel.writes { writers[buffer] += 1 } }
        var rest: [any Kernel] = []
        for kernel in lowered.kernels {
            let isConstant =
                !kernel.reads.isEmpty && kernel.reads.allSatisfy { known[$0] != nil }
                && kernel.writes.allSatisfy { lowered.buffers[$0].isIntermediate && writers[$0] == 1 }
            let found = isConstant ? results(of: kernel, known, lowered.buffers) : nil
            guard let found else {
                rest.append(kernel)
                continue
            }
            for (index, buffer) in zip(kernel.writes, found) {
                known[index] = buffer
                lowered.buffers[index].kind = .held(held.count)
                held.append(buffer)
            }
        }
        lowered.kernels = rest
        // What only led to other results is not kept.
        let read = Set(rest.flatMap(\.reads) + lowered.outputs.map(\.buffer))
        for (index, buffer) in lowered.buffers.enumerated() {
            if case .held(let number) = buffer.kind, !read.contains(index) { held[number] = Buffer(byteCount: 0) }
        }
    }

    /// What the kernel writes; nil where it fails, which shows when the plan is run.
    private static func results(
        of kernel: any Kernel, _ known: [Int: Buffer], _ buffers: [Lowering.BufferInfo]
    ) -> [Buffer]? {
        let results = kernel.writes.map { Buffer(byteCount: buffers[$0].byteCount) }
        let scratch = Buffer(byteCount: kernel.scratchBytes)
        return withUnsafeTemporaryAllocation(of: UnsafeMutableRawPointer.self, capacity: buffers.count) { pointers in
            for index in kernel.reads { pointers[index] = known[index]!.memory }
            for (index, buffer) in zip(kernel.writes, results) { pointers[index] = buffer.memory }
            let context = RunContext(
                pointers: pointers.baseAddress!, threads: 1, scratch: scratch.memory, scratchStride: 0)
            return (try? kernel.run(context)) == nil ? nil : results
        }
    }
}
