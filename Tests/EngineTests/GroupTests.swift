import Testing
import ThalwegEngine

/// Programs whose kernels run in groups, of sizes at which products, sums and loops are cut into blocks: against the
/// reference backend, and bit for bit for any number of threads.
@Suite struct GroupTests {
    struct Sizes: Sendable, CustomTestStringConvertible {
        var (rows, inputs, hidden, outputs): (Int, Int, Int, Int)
        var testDescription: String { "\(rows) rows, \(inputs)-\(hidden)-\(outputs)" }
    }

    static let sizes: [Sizes] = [
        (16, 64, 32, 3), (17, 65, 31, 10), (64, 16, 64, 64), (128, 100, 72, 10), (129, 99, 73, 11), (200, 300, 50, 1),
        (8, 512, 96, 20), (96, 96, 160, 40), (300, 33, 257, 5), (1000, 24, 48, 17), (5, 7, 9, 2),
    ].map { Sizes(rows: $0, inputs: $1, hidden: $2, outputs: $3) }

    /// A step of training: products, activation, normalization, softmax, column sums, updates.
    private static func step(_ a: [Tensor]) -> [Tensor] {
        let (x, y) = (a[6], a[7])
        let (loss, gradients) = valueAndGradient(
            of: { p in
                let h = matmul(x, p[0]) + p[1]
                let centered = h - h.mean(along: 1, keepingDimensions: true)
                let normal = centered * (centered.square().mean(along: 1, keepingDimensions: true) + 1e-3).rsqrt()
                let active = (normal * p[4] + p[5]).tanh()
                return (matmul(active, p[2]) + p[3] - y).softmax().square().mean()
                    + active.sum(along: 0).square().mean()
            }, at: Array(a[..<6]))
        return [loss] + zip(a, gradients).map { $0 * 0.99 - 0.1 * $1 }
    }

    private static func arguments(_ s: Sizes, _ type: DataType) -> [Tensor] {
        let shapes: [Shape] = [
            [s.inputs, s.hidden], [s.hidden], [s.hidden, s.outputs], [s.outputs], [s.hidden], [s.hidden],
            [s.rows, s.inputs], [s.rows, s.outputs],
        ]
        let tensors = shapes.enumerated().map { index, shape in
            Tensor.randomNormal(
                shape, standardDeviation: 0.3, key: RandomKey(seed: 4).split(index), dataType: type)
        }
        evaluate(tensors)
        return tensors
    }

    @Test(arguments: sizes, [DataType.float32, .float64])
    func stepsAgreeWithReference(_ sizes: Sizes, _ type: DataType) {
        let start = Self.arguments(sizes, type)
        let expected = Self.step(start)
        evaluate(expected, on: .reference)
        let kinds = start.map { (shape: $0.shape, dataType: $0.dataType) }
        let donated = Dictionary(uniqueKeysWithValues: (0..<6).map { ($0 + 1, $0) })
        var results: [[Tensor]] = []
        for threads in 1...2 {
            let compiled = CompiledFunction(inputs: kinds, donated: donated, threads: threads, Self.step)
            // The second run finds other things in the memory than the first.
            _ = compiled(Self.arguments(sizes, type).map { $0 * 3 })
            results.append(compiled(Self.arguments(sizes, type)))
        }
        for place in expected.indices {
            expectClose(
                results[0][place], expected[place], tolerance: type == .float64 ? 1e-12 : 2e-5, "output \(place)")
            #expect(bytes(results[0][place]) == bytes(results[1][place]), "threads change output \(place)")
        }
    }

    /// Both operands of a product are made beside it.
    @Test(arguments: sizes) func productsOfWhatTheGroupMakes(_ s: Sizes) {
        func results(_ key: RandomKey) -> [Tensor] {
            let a = Tensor.randomNormal([s.rows, s.inputs], key: key.split(0))
            let b = Tensor.randomNormal([s.inputs, s.hidden], key: key.split(1))
            let c = Tensor.randomNormal([s.rows, s.hidden], key: key.split(2))
            return [
                matmul(a.tanh(), b.tanh()).tanh(), matmul((a * 2).transposed(), c - 1).square(),
                matmul(c.abs(), b.abs().transposed()).sqrt().sum(along: 0),
            ]
        }
        for seed in [1, 2] as [UInt64] {
            let expected = results(RandomKey(seed: seed))
            evaluate(expected, on: .reference)
            let (one, two) = (results(RandomKey(seed: seed)), results(RandomKey(seed: seed)))
            evaluate(one, threads: 1)
            evaluate(two, threads: 2)
            for place in expected.indices {
                expectClose(one[place], expected[place], tolerance: 2e-5, "result \(place)")
                #expect(bytes(one[place]) == bytes(two[place]), "threads change result \(place)")
            }
        }
    }

    /// Steps in time: gates side by side, states stacked and used again, in sizes that fall on cache lines and beside them.
    @Test(arguments: [
        (16, 32, 5, DataType.float32), (7, 9, 4, .float32), (64, 48, 3, .float32), (1, 16, 6, .float64),
        (256, 32, 60, .float64),
    ])
    func stepsThatAreStacked(_ rows: Int, _ width: Int, _ time: Int, _ type: DataType) {
        let key = RandomKey(seed: 12)
        let start = [[rows, width], [width, width], [width, 2 * width]].enumerated().map {
            Tensor.randomNormal(Shape($1), standardDeviation: 0.3, key: key.split($0), dataType: type)
        }
        evaluate(start)
        func results(_ p: [Tensor]) -> [Tensor] {
            func states(_ p: [Tensor]) -> [Tensor] {
                var states = [p[0]]
                for _ in 0..<time {
                    let gates = Tensor.concatenate(
                        [matmul(states.last!, p[1]).tanh(), (states.last! * 0.5).sigmoid()], along: 1)
                    states.append(matmul(gates, p[2].transposed()).tanh())
                }
                return states.map { $0.reshaped(to: [1, rows, width]) }
            }
            let made = states(p)
            let all = Tensor.concatenate(made, along: 0)
            // A state in two stacks, twice in one, read again after it, and a stack of stacks.
            let again = Tensor.concatenate([made[2], made[1], made[2]], along: 0)
            let both = Tensor.concatenate([all * 2, again, all], along: 0)
            // Beginnings of larger tensors, which would not fit into the piece.
            let square = made[0].square()
            let cut = Tensor.concatenate(
                [square[0..<1, 0..<1].broadcast(to: [1, rows, width]), both.sin()[0...time], made[1] * 3], along: 0)
            let short = Tensor.concatenate([made[2] * 3, both.exp()[0...time], all.exp()[0..<1]], along: 0)
            let weights = matmul(
                all.reshaped(to: [(time + 1) * rows, width]).transposed(),
                all.reshaped(to: [(time + 1) * rows, width]))
            let (loss, gradients) = valueAndGradient(
                of: { Tensor.concatenate(states($0), along: 0).square().mean() }, at: p)
            return [
                all, again.sum(), both.cos().sum(along: 0), made[1] + 1, cut.cos() * short.sin(), short.sum(along: 0),
                weights, loss,
            ] + gradients
        }
        let expected = results(start)
        evaluate(expected, on: .reference)
        var found: [[Tensor]] = []
        for threads in 1...2 {
            let compiled = CompiledFunction(
                inputs: start.map { ($0.shape, $0.dataType) }, threads: threads
            ) { results($0) }
            _ = compiled(start.map { $0 * 3 })
            found.append(compiled(start))
        }
        for place in expected.indices {
            expectClose(
                found[0][place], expected[place], tolerance: type == .float64 ? 1e-10 : 5e-5, "result \(place)")
            #expect(bytes(found[0][place]) == bytes(found[1][place]), "threads change result \(place)")
        }
    }

    /// Attention by plain operations: products of a batch, with softmax between them.
    @Test(arguments: [(2, 3, 40, 16), (1, 1, 130, 33), (4, 8, 64, 24)])
    func batchesOfProducts(_ batch: Int, _ heads: Int, _ time: Int, _ depth: Int) {
        let key = RandomKey(seed: 9)
        let points = (0..<3).map { Tensor.randomNormal([batch, heads, time, depth], key: key.split($0)) }
        evaluate(points)
        func results() -> [Tensor] {
            let (value, gradients) = valueAndGradient(
                of: { p in
                    let scores = matmul(p[0], p[1].swappingAxes(2, 3)) * 0.2
                    return matmul(scores.softmax(), p[2]).square().sum()
                }, at: points)
            return [value] + gradients
        }
        let (expected, one, two) = (results(), results(), results())
        evaluate(expected, on: .reference)
        evaluate(one, threads: 1)
        evaluate(two, threads: 2)
        for place in expected.indices {
            expectClose(one[place], expected[place], tolerance: 5e-5, "result \(place)")
            #expect(bytes(one[place]) == bytes(two[place]), "threads change result \(place)")
        }
    }

    /// Rounded operands, exact sums: where the processor has such products.
    @Test(.enabled(if: ProductPrecision.bfloat16.isSupported), arguments: sizes)
    func bfloat16ProductsRoundTheirOperands(_ s: Sizes) {
        let a = Tensor.randomNormal([s.rows, s.inputs], key: RandomKey(seed: 1))
        let b = Tensor.randomNormal([s.inputs, s.hidden], key: RandomKey(seed: 2))
        evaluate([a, b])
        func rounded(_ tensor: Tensor) -> Tensor { tensor.cast(to: .bfloat16).cast(to: .float32) }
        let isSmall = s.rows * s.inputs * s.hidden < 16_384 || s.hidden <= 16
        for (x, y) in [(a, b), (a.transposed().transposed(), b)] {
            let expected = isSmall ? matmul(x, y) : matmul(rounded(x), rounded(y))
            evaluate([expected], on: .reference)
            let compiled = CompiledFunction(
                inputs: [(x.shape, .float32), (y.shape, .float32)], precision: .bfloat16
            ) { [matmul($0[0], $0[1])] }
            expectClose(compiled([x, y])[0], expected, tolerance: 1e-5, "product")
        }
    }
}
