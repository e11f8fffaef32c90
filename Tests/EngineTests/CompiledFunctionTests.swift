import Testing
import ThalwegEngine

@Suite struct CompiledFunctionTests {
    /// Two steps of Adam's kind: parameters and state are outputs that take the inputs' memory.
    private static func step(_ a: [Tensor]) -> [Tensor] {
        let (x, rate) = (a[4], a[5])
        let (loss, gradients) = valueAndGradient(
            of: { p in (matmul(x, p[0]).tanh() + p[1]).square().mean() }, at: [a[0], a[1]])
        let moments = zip([a[2], a[3]], gradients).map { $0 * 0.9 + $1 * 0.1 }
        return [loss, a[0] - rate * moments[0], a[1] - rate * moments[1]] + moments
    }

    private static let shapes: [Shape] = [[6, 3], [3], [6, 3], [3], [5, 6], []]
    private static let donated = [1: 0, 2: 1, 3: 2, 4: 3]

    private func start() -> [Tensor] {
        let tensors = Self.shapes.dropLast().enumerated().map {
            Tensor.randomNormal($1, key: RandomKey(seed: 8).split($0))
        }
        evaluate(tensors)
        return tensors + [Tensor(0.1)]
    }

    @Test func replayWithDonationIsWhatStepsDo() {
        let compiled = CompiledFunction(
            inputs: Self.shapes.map { ($0, .float32) }, donated: Self.donated, Self.step)
        var (eager, replayed) = (start(), start())
        for _ in 0..<5 {
            let a = Self.step(eager)
            let b = compiled(replayed)
            expectClose(b[0], a[0], tolerance: 1e-6, "loss")
            for place in 0..<4 {
                expectClose(b[place + 1], a[place + 1], tolerance: 1e-6, "state \(place)")
                (eager[place], replayed[place]) = (a[place + 1], b[place + 1])
            }
        }
    }

    @Test func donatedMemoryIsTaken() {
        let add = CompiledFunction(inputs: [([1000], .float32)], donated: [0: 0]) { [$0[0] + 1] }
        var x = Tensor.full([1000], 0)
        x = add([x])[0]
        let before = x.withBytes { Int(bitPattern: $0.baseAddress) }
        var arguments = [x]
        x = Tensor(0.0)
        for _ in 0..<3 { arguments = add(consume arguments) }
        #expect(arguments[0].withBytes { Int(bitPattern: $0.baseAddress) } == before)
        #expect(arguments[0].doubles() == [Double](repeating: 4, count: 1000))
    }

    @Test func keptArgumentIsNotOverwritten() {
        let add = CompiledFunction(inputs: [([300], .float32)], donated: [0: 0]) { [$0[0] * 2 + 1] }
        let kept = Tensor.full([300], 3)
        let sum = kept.reshaped(to: [3, 100])
        evaluate([kept, sum])
        let result = add([kept])
        #expect(result[0].doubles() == [Double](repeating: 7, count: 300))
        #expect(kept.doubles() == [Double](repeating: 3, count: 300))
        #expect(sum.doubles() == [Double](repeating: 3, count: 300))
    }

    @Test func sameArgumentTwiceIsNotOverwritten() {
        let swap = CompiledFunction(inputs: [([4], .float32), ([4], .float32)], donated: [0: 0, 1: 1]) {
            [$0[0] + $0[1], $0[0] - $0[1]]
        }
        let x = Tensor([1, 2, 3, 4] as [Float])
        let results = swap([x, x])
        #expect(results[0].doubles() == [2, 4, 6, 8])
        #expect(results[1].doubles() == [0, 0, 0, 0])
    }

    /// Outputs may ask for memory that is still read: by a broadcast, a product, another output.
    @Test func donationWaitsForTheLastReader() {
        func body(_ a: [Tensor]) -> [Tensor] {
            [a[0].transposed() + a[1], a[1] * a[0].sum(), matmul(a[0], a[1]), a[1], a[0].flipped(along: 0)]
        }
        let compiled = CompiledFunction(
            inputs: [([3, 3], .float32), ([3, 3], .float32)], donated: [0: 0, 1: 1, 2: 0, 3: 1, 4: 0], body)
        func arguments() -> [Tensor] {
            let tensors = [
                Tensor.range(9, dataType: .float32).reshaped(to: [3, 3]),
                Tensor.range(9, dataType: .float32).reshaped(to: [3, 3]) * 2,
            ]
            evaluate(tensors)
            return tensors
        }
        for (found, expected) in zip(compiled(arguments()), body(arguments())) {
            expectClose(found, expected, tolerance: 0, "donation")
        }
    }

    /// As many calls, bit for bit: over batches that start over, with state in place and by turns.
    @Test(arguments: [0, 1, 2, 5, 7]) func scanIsManyCalls(count: Int) throws {
        // 12 bytes an element: copied to where kernels expect a buffer. 256 bytes: read where they lie.
        for batch in [3, 64] {
            func body(_ a: [Tensor]) -> [Tensor] {
                let (w, v, x) = (a[0], a[1], a[2])
                // The second state is read by a product after it is made, so that it cannot be written in place.
                let next = matmul(v, v) * 0.1 + x.mean()
                return [(x * w.sum()).sum(), w * 0.5 + x.mean(), next, matmul(v, next), x + a[3]]
            }
            let function = CompiledFunction(
                inputs: [([5], .float32), ([3, 3], .float32), ([batch], .float32), ([], .float32)],
                donated: [1: 0, 2: 1],
                body)
            let (w, v) = (
                Tensor.randomNormal([5], key: RandomKey(seed: 1)), Tensor.randomNormal([3, 3], key: RandomKey(seed: 2))
            )
            let batches = Tensor.randomNormal([3, batch], key: RandomKey(seed: 3))
            let scanned = try function.scan([w, v, batches, Tensor(2.0)], over: [2], count: count)
            #expect(scanned.map(\.shape) == [[count], [5], [3, 3], [count, 3, 3], [count, batch]])
            var state = [w, v]
            for run in 0..<count {
                let results = function(state + [batches[run % 3], Tensor(2.0)])
                for (found, place) in [(0, 0), (3, 3), (4, 4)] {
                    #expect(scanned[found][run].doubles() == results[place].doubles(), "run \(run), output \(place)")
                }
                state = [results[1], results[2]]
            }
            #expect(scanned[1].doubles() == state[0].doubles())
            #expect(scanned[2].doubles() == state[1].doubles())
            #expect(
                w.doubles() == Tensor.randomNormal([5], key: RandomKey(seed: 1)).doubles(),
                "what the caller keeps stays")
        }
    }

    @Test func fixedPartsAreComputedOnce() {
        let x = Tensor.randomNormal([50, 50], key: RandomKey(seed: 1))
        let function = CompiledFunction(inputs: [([50], .float32)]) { [matmul(matmul(x, x).tanh(), $0[0])] }
        let products = function.program.rows.count { $0.op == .matmul }
        #expect(products == 1)
        let v = Tensor.ones([50])
        expectClose(function([v])[0], matmul(matmul(x, x).tanh(), v), tolerance: 1e-6, "captured")
    }

    @Test func keysAreArguments() {
        let draw = CompiledFunction(inputs: [([], .int64)]) {
            [Tensor.randomUniform([8], key: RandomKey(tensor: $0[0]))]
        }
        let a = draw([Tensor(1)])[0].doubles()
        #expect(a == Tensor.randomUniform([8], key: RandomKey(seed: 1)).doubles())
        #expect(a != draw([Tensor(2)])[0].doubles())
    }
}
