import Thalweg

/// What this machine can do, measured in this process: the yardstick of everything else.
struct MachineLimits {
    let threads: Int
    /// Floating-point operations a second in the best of a few matrix products.
    private(set) var operationsPerSecond = 0.0
    /// Bytes a second between processor and memory: `a + b / 2` written over `a`.
    private(set) var bytesPerSecond = 0.0

    init(threads: Int) {
        self.threads = threads
        measure()
    }

    /// Measures again and keeps the better figures: other work on the machine only ever lowers them.
    mutating func measure() {
        for side in [256, 512, 1024] {
            let matrix = Tensor.full([side, side], 0.5)
            evaluate([matrix])
            let product = CompiledFunction(
                inputs: [(matrix.shape, .float32), (matrix.shape, .float32)], threads: threads
            ) { [matmul($0[0], $0[1])] }
            let time = least { _ = product([matrix, matrix]) }
            operationsPerSecond = max(operationsPerSecond, Double(2 * side * side * side) / time)
        }
        let shape: Shape = [1 << 25]
        let triad = CompiledFunction(
            inputs: [(shape, .float32), (shape, .float32)], donated: [0: 0], threads: threads
        ) { [$0[0] + $0[1] * 0.5] }
        let b = Tensor.full(shape, 1)
        var a = [Tensor.full(shape, 0) + 0]
        evaluate(a + [b])
        let time = least {
            let arguments = a + [b]
            a = []
            a = triad(consume arguments)
        }
        bytesPerSecond = max(bytesPerSecond, Double(3 * 4 * shape.elementCount) / time)
    }

    /// The least time that the arithmetic takes, or moving the bytes: whichever is longer.
    func seconds(operations: Int, bytes: Int) -> Double {
        max(Double(operations) / operationsPerSecond, Double(bytes) / bytesPerSecond)
    }

    private func least(_ body: () -> Void) -> Double {
        body()
        let begin = ContinuousClock.now
        var (best, runs) = (Double.infinity, 0)
        while runs < 5 || elapsed(since: begin) < 0.3 {
            let start = ContinuousClock.now
            body()
            best = min(best, elapsed(since: start))
            runs += 1
        }
        return best
    }
}

extension MachineLimits: CustomStringConvertible {
    var description: String {
        "\(InstructionSet.current.rawValue), \(threads) threads: products reach \((operationsPerSecond * 1e-9).short) GFLOP/s, "
            + "memory \((bytesPerSecond * 1e-9).short) GB/s (the best in this run)"
    }
}
