/// Which kernels give the same at every run? Those that read nothing but arguments that never change: weights that a
/// convolution wants in another layout, for example. They run once, when the plan is made.
enum Preparation {
    /// Runs those kernels and takes them out; what they wrote is added to `held`, which lives as long as the plan. What no
    /// other kernel reads is let go of at once, so that weights are not held in two layouts longer than it takes to make one.
    ///
    /// - Parameter constants: Arguments that are the same at every run, by number; those still read are left.
    static func run(_ lowered: inout Lowering.Result, constants: inout [Int: Buffer], held: inout [Buffer]) {
        if constants.isEmpty && held.isEmpty { return }
        var buffers = lowered.buffers
        var (known, listed): ([Int: Buffer], Set<Int>) = ([:], [])
        for (index, buffer) in buffers.enumerated() {
            switch buffer.kind {
            case .argument(let argument):
                known[index] = constants[argument]
                listed.insert(argument)
            case .held(let number): known[index] = held[number]
            default: break
            }
        }
        for argument in constants.keys where !listed.contains(argument) { constants[argument] = nil }
        var (readers, writers) = ([Int](repeating: 0, count: buffers.count), [Int](repeating: 0, count: buffers.count))
        for output in lowered.outputs { readers[output.buffer] += 1 }
        for kernel in lowered.kernels {
            for buffer in kernel.reads { readers[buffer] += 1 }
            for buffer in kernel.writes { writers[buffer] += 1 }
        }
        func letGo(_ index: Int) {
            guard readers[index] == 0, known.removeValue(forKey: index) != nil else { return }
            switch buffers[index].kind {
            case .argument(let argument): constants[argument] = nil
            case .held(let number): held[number] = Buffer(byteCount: 0)
            default: break
            }
        }
        for index in buffers.indices { letGo(index) }
        var rest: [any Kernel] = []
        for kernel in lowered.kernels {
            let isConstant =
                !kernel.reads.isEmpty && kernel.reads.allSatisfy { known[$0] != nil }
                && kernel.writes.allSatisfy { buffers[$0].isIntermediate && writers[$0] == 1 }
            guard isConstant, let found = results(of: kernel, known, buffers) else {
                rest.append(kernel)
                continue
            }
            for (index, buffer) in zip(kernel.writes, found) {
                known[index] = buffer
                buffers[index].kind = .held(held.count)
                held.append(buffer)
            }
            for index in kernel.reads { readers[index] -= 1 }
            for index in kernel.reads + kernel.writes { letGo(index) }
        }
        lowered.kernels = rest
        lowered.buffers = buffers
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
