import Thalweg

/// The best of the machine's limits measured in this run: other work on the machine only ever lowers them.
struct BestLimits {
    let threads: Int
    private(set) var operationsPerSecond = 0.0
    private(set) var bytesPerSecond = 0.0

    init(threads: Int) {
        self.threads = threads
        measure()
    }

    /// Measures again and keeps the better figures.
    mutating func measure() {
        let now = MachineLimits(threads: threads)
        operationsPerSecond = max(operationsPerSecond, now.operationsPerSecond)
        bytesPerSecond = max(bytesPerSecond, now.bytesPerSecond)
    }

    /// The least time that the arithmetic takes, or moving the bytes: whichever is longer.
    func seconds(operations: Int, bytes: Int) -> Double {
        max(Double(operations) / operationsPerSecond, Double(bytes) / bytesPerSecond)
    }
}

extension BestLimits: CustomStringConvertible {
    var description: String {
        "\(InstructionSet.current.rawValue), \(threads) threads: products reach \((operationsPerSecond * 1e-9).short) GFLOP/s, "
            + "memory \((bytesPerSecond * 1e-9).short) GB/s (the best in this run)"
    }
}
