import Testing
import ThalwegEngine

@Suite struct ConcurrencyTests {
    /// Many tasks read parts of one pending graph at once, while others record on it.
    @Test func sharedGraphs() async {
        for round in 0..<30 {
            let x = Tensor.randomNormal([200], key: RandomKey(seed: UInt64(round)), dataType: .float64)
            var chain = [x]
            for step in 0..<40 { chain.append((chain[step] * 0.9).tanh() + Double(step % 3)) }
            let shared = chain
            let expected = shared.map { ($0 + 0).sum() }
            evaluate(expected, on: .reference)
            await withTaskGroup(of: (Int, Double).self) { group in
                for task in 0..<64 {
                    let place = (task * 7 + round) % shared.count
                    group.addTask {
                        (place, task % 2 == 0 ? shared[place].sum().item() : (shared[place] + 0).sum().item())
                    }
                }
                for await (place, sum) in group {
                    #expect(abs(sum - expected[place].item()) < 1e-9)
                }
            }
        }
    }

    @Test func gradientsInManyTasks() async {
        let w = Tensor.randomNormal([20, 20], key: RandomKey(seed: 1), dataType: .float64)
        func slope(_ scale: Double) -> Double {
            gradient(of: { (matmul($0, $0) * scale).tanh().sum() }, at: w).sum().item()
        }
        let expected = (0..<8).map { slope(Double($0) / 10) }
        await withTaskGroup(of: (Int, Double).self) { group in
            for task in 0..<64 { group.addTask { (task % 8, slope(Double(task % 8) / 10)) } }
            for await (number, found) in group { #expect(abs(found - expected[number]) < 1e-9) }
        }
    }

    @Test func compiledFunctionInManyTasks() async {
        let function = CompiledFunction(inputs: [([300, 40], .float32), ([40, 30], .float32)]) { a in
            [(matmul(a[0], a[1]).tanh() * 2).sum(along: 0)]
        }
        let b = Tensor.randomNormal([40, 30], key: RandomKey(seed: 1))
        let inputs = (0..<8).map { Tensor.randomNormal([300, 40], key: RandomKey(seed: 2).split($0)) }
        let expected = inputs.map { bytes(function([$0, b])[0]) }
        await withTaskGroup(of: (Int, [UInt8]).self) { group in
            for task in 0..<128 { group.addTask { (task % 8, bytes(function([inputs[task % 8], b])[0])) } }
            for await (number, found) in group { #expect(found == expected[number]) }
        }
    }
}
