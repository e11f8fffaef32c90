import Testing
import ThalwegEngine

/// Kernels that the best instruction set hides: in processes of their own, since the choice is the whole process's.
@Suite struct InstructionSetTests {
    @Test(.enabled(if: InstructionSet.current == .avx512)) func avx2() async {
        await #expect(processExitsWith: .success) { try checkCatalog(with: .avx2) }
    }

    @Test(.enabled(if: InstructionSet.current != .neon)) func portable() async {
        await #expect(processExitsWith: .success) { try checkCatalog(with: .portable) }
    }

    @Test func onlyWhatTheProcessorHas() async {
        await #expect(processExitsWith: .success) {
            let best = InstructionSet.current
            let missing: InstructionSet = best == .neon ? .avx2 : .neon
            #expect(!missing.force())
            #expect(InstructionSet.current == best)
        }
    }
}

private func checkCatalog(with set: InstructionSet) throws {
    try #require(set.force())
    try #require(InstructionSet.current == set)
    for operation in OperationCase.catalog {
        for type in [DataType.float64, .float32] {
            let expected = operation.function(operation.samples(type))
            let found = operation.function(operation.samples(type))
            evaluate([expected], on: .reference)
            evaluate([found])
            expectClose(
                found, expected, tolerance: CatalogTests.tolerance[expected.dataType] ?? 0,
                "\(operation.name) of \(type.rawValue) with \(set.rawValue)")
        }
    }
    // The catalog's images are too small for Winograd's way.
    let points = [Shape([2, 7, 6, 20]), [33, 20, 3, 3]].enumerated().map {
        Tensor.randomUniform($1, in: -1..<1, key: RandomKey(seed: UInt64($0)))
    }
    func results() -> [Tensor] {
        let (value, gradients) = valueAndGradient(
            of: { convolution($0[0], $0[1], padding: .same).square().sum() }, at: points)
        return [value] + gradients
    }
    let (expected, found) = (results(), results())
    evaluate(expected, on: .reference)
    evaluate(found)
    for index in found.indices {
        expectClose(found[index], expected[index], tolerance: 2e-6, "convolution's \(index) with \(set.rawValue)")
    }
}
