internal import CKernels

/// What this machine can do, measured in this process: the yardstick of a plan's kernels.
///
/// Both figures are the best of some runs with the given threads. Other work on the machine lowers them, as it lowers what they
/// are compared with: measured at a busy moment, they are what was to be had then, not what the processor is capable of.
public struct MachineLimits: Sendable {
    /// Type and precision of the product.
    public let dataType: DataType
    public let precision: ProductPrecision
    public let threads: Int
    /// Floating-point operations a second in the best of a few matrix products (256, 512 and 768 square).
    public let operationsPerSecond: Double
    /// Bytes a second between processor and memory: `a + b / 2` written over `a`, arrays well beyond the last-level cache.
    ///
    /// What fits into a cache moves faster: a kernel whose data were there already can beat this limit.
    public let bytesPerSecond: Double

    /// Measures for little more than half a second.
    ///
    /// - Parameter threads: All cores when nil.
    public init(
        measuring dataType: DataType = .float32, precision: ProductPrecision = .full, threads: Int? = nil
    ) {
        self.dataType = dataType
        self.precision = precision
        self.threads = threads ?? Threads.available
        // Short ones fall between the turns of other work, long ones reach the full speed of a quiet machine.
        operationsPerSecond = [256, 512, 768].map { side in
            let matrix = Tensor.full([side, side], 0.5, dataType: dataType)
            evaluate([matrix])
            let product = CompiledFunction(
                inputs: [(matrix.shape, dataType), (matrix.shape, dataType)], threads: threads,
                precision: precision
            ) { [matmul($0[0], $0[1])] }
            let factors = [matrix, matrix]
            return Double(2 * side * side * side) / Self.leastSeconds(.milliseconds(100)) { _ = product(factors) }
        }.max()!

        let byteCount = min(max(2 * Int(tw_last_level_cache_bytes()), 64 << 20), 256 << 20)
        let shape: Shape = [byteCount / DataType.float32.size]
        let triad = CompiledFunction(
            inputs: [(shape, .float32), (shape, .float32)], donated: [0: 0], threads: threads
        ) { [$0[0] + $0[1] * 0.5] }
        let other = Tensor.full(shape, 1)
        evaluate([other])
        var sum = triad([Tensor.full(shape, 0), other])[0]
        bytesPerSecond =
            Double(3 * byteCount)
            / Self.leastSeconds(.milliseconds(200)) {
                var arguments = [sum, other]
                sum = other
                arguments = triad(consume arguments)
                sum = arguments[0]
            }
    }

    /// The least time the work can take: that of its arithmetic or that of moving its bytes, whichever is longer.
    public func seconds(for work: KernelWork) -> Double {
        max(Double(work.operations) / operationsPerSecond, Double(work.bytes) / bytesPerSecond)
    }

    /// The quickest of the runs that fit into a time, three at least, after one to warm up.
    private static func leastSeconds(_ time: Duration, _ body: () -> Void) -> Double {
        body()
        let started = ContinuousClock.now
        var least = Double.infinity
        var runs = 0
        while runs < 3 || ContinuousClock.now - started < time {
            let start = ContinuousClock.now
            body()
            least = min(least, (ContinuousClock.now - start) / .seconds(1))
            runs += 1
        }
        return least
    }
}
