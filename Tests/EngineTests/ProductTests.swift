import Testing
import ThalwegEngine

/// Products of every way a kernel takes them: by rows, columns and depth, stored one way or the other, dense or as a
/// part of wider matrices, with a right operand that may change and one that may not.
@Suite struct ProductTests {
    struct Size: Sendable, CustomTestStringConvertible {
        var (m, n, k): (Int, Int, Int)
        var testDescription: String { "[\(m), \(k)] x [\(k), \(n)]" }

        init(_ m: Int, _ n: Int, _ k: Int) { (self.m, self.n, self.k) = (m, n, k) }
    }

    /// Vectors, few columns, few rows, long sums, and blocks with something left over in each direction.
    static let sizes = [
        Size(1, 1, 1), Size(1, 7, 40), Size(1, 600, 30), Size(9, 1, 5), Size(57, 1, 33), Size(400, 1, 4),
        Size(31, 2, 3), Size(100, 4, 2), Size(50, 5, 3), Size(40, 8, 32), Size(33, 11, 20), Size(64, 16, 17),
        Size(4, 2, 400), Size(7, 5, 300), Size(13, 16, 70), Size(20, 20, 700), Size(100, 17, 20), Size(33, 65, 129),
        Size(10, 300, 301), Size(70, 50, 257), Size(130, 97, 520), Size(48, 490, 40), Size(5, 1000, 64),
        Size(2, 200, 300), Size(3, 40, 512), Size(6, 260, 300), Size(16, 130, 260),
    ]

    @Test(arguments: sizes) func agreeWithReference(_ size: Size) { check(size) }

    @Test(.enabled(if: InstructionSet.current == .avx512)) func avx2() async {
        await #expect(processExitsWith: .success) {
            try #require(InstructionSet.avx2.force())
            for size in ProductTests.sizes { check(size) }
        }
    }

    @Test(.enabled(if: InstructionSet.current != .neon)) func portable() async {
        await #expect(processExitsWith: .success) {
            try #require(InstructionSet.portable.force())
            for size in ProductTests.sizes { check(size) }
        }
    }
}

private func check(_ size: ProductTests.Size) {
    for (type, tolerance) in [(DataType.float32, 3e-6), (.float64, 1e-14)] {
        for isPart in [false, true] {
            for (turnsLeft, turnsRight) in [(false, false), (false, true), (true, false), (true, true)] {
                let a = matrix(size.m, size.k, isTurned: turnsLeft, isPart: isPart, seed: 1, type)
                let b = matrix(size.k, size.n, isTurned: turnsRight, isPart: isPart, seed: 2, type)
                let (expected, found) = (matmul(a, b), matmul(a, b))
                evaluate([expected], on: .reference)
                evaluate([found])
                let what =
                    "\(size.testDescription) of \(type.rawValue), \(isPart ? "parts, " : "")"
                    + "turned: \(turnsLeft), \(turnsRight)"
                expectClose(found, expected, tolerance: tolerance, what)
                // A right operand that never changes is laid out once.
                let captured = CompiledFunction(inputs: [(a.shape, type)]) { [matmul($0[0], b)] }
                expectClose(captured([a])[0], expected, tolerance: tolerance, "captured, \(what)")
            }
        }
    }
}

/// A matrix that is stored as its transpose if it is turned, inside a wider one if it is a part.
private func matrix(
    _ rows: Int, _ columns: Int, isTurned: Bool, isPart: Bool, seed: UInt64, _ type: DataType
) -> Tensor {
    let (height, width) = isTurned ? (columns, rows) : (rows, columns)
    let stored = Tensor.randomNormal(
        [height, isPart ? width + 5 : width], key: RandomKey(seed: seed), dataType: type)
    evaluate([stored])
    let part = isPart ? stored[TensorIndex.all, 2..<width + 2] : stored
    return isTurned ? part.transposed() : part
}
