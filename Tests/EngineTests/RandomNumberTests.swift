import Testing
import ThalwegEngine

@Suite struct RandomNumberTests {
    /// The known answers that come with the Random123 paper: counter, key, block.
    static let known: [(counter: [UInt32], key: [UInt32], block: [UInt32])] = [
        ([0, 0, 0, 0], [0, 0], [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]),
        (
            [.max, .max, .max, .max], [.max, .max], [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        ),
        (
            [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0],
            [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        ),
    ]

    @Test(arguments: known.indices)
    func philoxKnownAnswers(_ number: Int) {
        let (counter, key, block) = Self.known[number]
        func join(_ low: UInt32, _ high: UInt32) -> UInt64 { UInt64(high) << 32 | UInt64(low) }
        let found = RandomSource.block(
            key: join(key[0], key[1]), stream: join(counter[2], counter[3]), counter: join(counter[0], counter[1]))
        #expect(found == block)
    }

    /// The first known answer through the graph, on both backends.
    @Test func bitsAreTheBlocks() {
        for device in [Device.cpu, .reference] {
            let bits = Tensor.randomBits([2], key: RandomKey(seed: 0))
            evaluate([bits], on: device)
            #expect(
                bits.scalars(as: Int64.self).map { UInt64(bitPattern: $0) } == [
                    0x6627_e8d5_e169_c58d, 0xbc57_ac4c_9b00_dbd8,
                ])
        }
        var source = RandomSource(key: RandomKey(seed: 0))
        #expect([source.next(), source.next()] == [0x6627_e8d5_e169_c58d, 0xbc57_ac4c_9b00_dbd8])
    }

    @Test(arguments: [DataType.float32, .float64])
    func moments(_ type: DataType) {
        let n = 1_000_000
        let uniform = Tensor.randomUniform([n], key: RandomKey(seed: 11), dataType: type)
        #expect(uniform.min().item() >= 0)
        #expect(uniform.max().item() < 1)
        #expect(abs(uniform.mean().item() - 0.5) < 0.0015)
        #expect(abs(uniform.variance().item() - 1.0 / 12) < 0.0005)
        let normal = Tensor.randomNormal([n], mean: 3, standardDeviation: 2, key: RandomKey(seed: 12), dataType: type)
        #expect(abs(normal.mean().item() - 3) < 0.01)
        #expect(abs(normal.variance().item() - 4) < 0.03)
        let standard = (normal - 3) / 2
        #expect(abs((standard * standard * standard).mean().item()) < 0.015)
        #expect(abs(standard.square().square().mean().item() - 3) < 0.05)
        #expect(abs((standard.abs() .< 1.959964).cast(to: .float64).mean().item() - 0.95) < 0.001)
        #expect(normal.isFinite().all().item() == 1)
    }

    @Test func splitKeysAreIndependent() {
        let n = 200_000
        let root = RandomKey(seed: 4)
        let keys = [
            root, root.split(0), root.split(1), root.split(0).split(0), root.split(0).split(1), RandomKey(seed: 5),
        ]
        let draws = keys.map { Tensor.randomNormal([n], key: $0) }
        evaluate(draws)
        for a in draws.indices {
            for b in draws.indices where b > a {
                let correlation = (draws[a] * draws[b]).mean().item()
                #expect(abs(correlation) < 5 / Double(n).squareRoot(), "keys \(a) and \(b)")
            }
        }
        #expect(draws[1].doubles() == Tensor.randomNormal([n], key: RandomKey(seed: 4).split(0)).doubles())
    }

    /// An element depends on its position alone, not on how much is drawn.
    @Test func prefixesAgree() {
        let key = RandomKey(seed: 6)
        for type in [DataType.float32, .float64] {
            let long = Tensor.randomNormal([50_000], key: key, dataType: type)
            let short = Tensor.randomNormal([17], key: key, dataType: type)
            #expect(long[0..<17].doubles() == short.doubles())
        }
    }
}
