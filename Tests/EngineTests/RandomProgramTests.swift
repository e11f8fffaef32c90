import Testing
import ThalwegEngine

@Suite struct RandomProgramTests {
    private func outputs(_ seed: UInt64, sizes: [Int]? = nil) -> [Tensor] {
        var program = sizes.map { RandomProgram(seed: seed, sizes: $0, steps: 8) } ?? RandomProgram(seed: seed)
        return program.outputs()
    }

    @Test(arguments: 0..<8)
    func processorAgreesWithReference(_ part: Int) {
        for number in 0..<500 {
            let seed = UInt64(part * 500 + number)
            let expected = outputs(seed)
            evaluate(expected, on: .reference)
            let (one, two) = (outputs(seed), outputs(seed))
            evaluate(one, threads: 1)
            evaluate(two, threads: 2)
            for place in expected.indices {
                expectClose(one[place], expected[place], tolerance: 0, "program \(seed), output \(place)")
                #expect(bytes(one[place]) == bytes(two[place]), "program \(seed): threads change output \(place)")
            }
        }
    }

    /// Large enough that loops, copies, reductions and products are cut into parts.
    @Test func threadsDoNotChangeLargeResults() {
        let key = RandomKey(seed: 3)
        func results() -> [Tensor] {
            let x = Tensor.randomNormal([1030, 517], key: key.split(0))
            let y = Tensor.randomNormal([517, 300], key: key.split(1))
            let z = matmul(x, y)
            let w = z.tanh() * 2 + z.sum(along: 0)
            return [
                z, w, w.mean(), w.variance(along: 1), w.transposed().softmax(), x.sorted(along: 0),
                x.cumulativeSum(along: 1),
                matmul(y.transposed(), y), x.max(along: 1), x.transposed().flattened() + 1,
                matmul(x.cast(to: .float64), y.cast(to: .float64)).sum(along: 0),
            ]
        }
        let (one, two) = (results(), results())
        evaluate(one, threads: 1)
        evaluate(two, threads: 2)
        for (place, pair) in zip(one, two).enumerated() {
            #expect(bytes(pair.0) == bytes(pair.1), "threads change result \(place)")
        }
    }

    /// What is computed inside one plan is what is computed step by step.
    @Test func fusionDoesNotChangeResults() {
        for seed in 5000..<5300 as Range<UInt64> {
            let joint = outputs(seed)
            evaluate(joint)
            let single = outputs(seed)
            for tensor in single { tensor.evaluate() }
            for (a, b) in zip(joint, single) { #expect(bytes(a) == bytes(b), "program \(seed)") }
        }
    }
}
