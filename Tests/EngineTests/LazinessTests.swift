import Foundation
import Testing
import ThalwegEngine

/// Memory and time stay bounded, however long a program runs without reading a value.
@Suite(.serialized) struct LazinessTests {
    private static func residentMegabytes() -> Int {
        let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
        return (text.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0) / 256
    }

    /// A million operations recorded one upon the other, none of them read: memory stays where it was after the first
    /// hundredth, and nothing recurses.
    ///
    /// In a process of its own: what other tests do does not count.
    @Test func millionChainedOperations() async {
        await #expect(processExitsWith: .success) {
            var x = Tensor.zeros([4])
            var resident: [Int] = []
            for _ in 0..<100 {
                for _ in 0..<5000 { x = x * 0.5 + 1 }
                resident.append(LazinessTests.residentMegabytes())
            }
            let growth = resident.map { $0 - resident[0] }
            precondition(growth.allSatisfy { $0 < 32 }, "\(growth)")
            precondition(x.doubles() == [2, 2, 2, 2])
        }
    }

    @Test func doublingDoesNotSlowDown() {
        var x = Tensor.full([2], 1e-3)
        for _ in 0..<20_000 { x = x * 0.5 + x * 0.5 }
        #expect(abs(x.doubles()[0] - 1e-3) < 1e-9)
    }

    /// Each step brings a megabyte of its own that nobody else holds.
    @Test func pendingBytesAreBounded() async {
        await #expect(processExitsWith: .success) {
            var total = Tensor.zeros([])
            let before = LazinessTests.residentMegabytes()
            for step in 0..<1500 {
                total = total + Tensor([Float](repeating: Float(step % 2), count: 1 << 18)).max()
            }
            precondition(LazinessTests.residentMegabytes() - before < 1000)
            precondition(total.item() == 750)
        }
    }

    /// x ← c·x, fifty thousand times over: the slope is c to that power. With a sine between them nothing folds.
    @Test func gradientThroughADeepChain() {
        let (factor, depth) = (1 - 2e-5, 50_000)
        let (value, gradients) = valueAndGradient(
            of: { p in
                var (x, wave) = (p[0], p[0])
                for _ in 0..<depth {
                    x = x * factor
                    wave = (wave * 0.999).sin()
                }
                return x.sum() + wave.sum()
            }, at: [Tensor([0.5, 2], shape: [2])])
        let power = exp(Double(depth) * log1p(-2e-5))
        #expect(abs(value.item() - 2.5 * power) < 1e-9)
        for slope in gradients[0].doubles() { #expect(abs(slope - power) < 1e-9) }
    }

    @Test func releasingLongGraphsDoesNotRecurse() {
        // Symbolic: nothing is ever evaluated.
        _ = CompiledFunction(inputs: [([2], .float32)]) { arguments in
            var x = arguments[0]
            for _ in 0..<1_000_000 { x = -x }
            return [arguments[0]]
        }
        // Traced: the way to the leaf is kept until the trace is over.
        _ = valueAndGradient(
            of: { p in
                var x = p[0]
                for _ in 0..<1_000_000 { x = -x }
                return p[0].sum()
            }, at: [Tensor.zeros([2])])
    }

    @Test func visibleIntermediateIsKept() {
        let x = Tensor.randomNormal([64], key: RandomKey(seed: 2))
        let middle = (x * 2).exp()
        let same = middle.stoppingGradient()
        let end = middle.sum() + 1
        end.evaluate()
        // Both came along: nothing is left to compute.
        #expect(Program(recording: [middle]).rows.count == 1)
        #expect(Program(recording: [same]).rows.count == 1)
        #expect(Program(recording: [x]).rows.count == 1)
    }

    @Test func valuesReadInsideAGradientDoNotKeepTheGraph() {
        weak var object: AnyObject?
        var losses: [Tensor] = []
        do {
            let tracked = Tracked()
            object = tracked
            let marked = customGradient([Tensor([1, 2] as [Float])], { $0[0] * 3 }) { _, _, upstream in
                _ = tracked
                return [upstream * 3]
            }
            let (loss, _) = valueAndGradient(
                of: { p in
                    let loss = (p[0] * marked).sum()
                    loss.evaluate()
                    return loss
                }, at: [Tensor([3, 4] as [Float])])
            losses.append(loss)
        }
        #expect(object == nil)
        #expect(losses[0].item() == 33)
    }

    /// An inner gradient that is over must not cut the way of the outer one.
    @Test func readingAfterAnInnerGradient() {
        let w = Tensor(2.0, dataType: .float64)
        let outer = gradient(
            of: { w in
                let (inner, slopes) = valueAndGradient(
                    of: { ($0[0] * $0[0] * w).sum() }, at: [Tensor([1, 3] as [Double])])
                inner.evaluate()
                slopes[0].evaluate()
                return inner + slopes[0].square().sum()
            }, at: w)
        // inner = 10 w; slopes = 2 x w, squared and summed: 40 w^2.
        #expect(outer.item() == 10 + 80 * 2)
    }
}

private final class Tracked: Sendable {}
