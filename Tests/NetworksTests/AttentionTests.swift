import TestSupport
import Testing
import ThalwegEngine
import ThalwegNetworks

private func normal(_ shape: Shape, _ seed: UInt64) -> Tensor {
    .randomNormal(shape, key: key(seed), dataType: .float64)
}

/// `[2, 5]`: the second example has three steps.
private let present = Tensor.range(5) .< Tensor([[5], [3]])

private func padded(_ x: Tensor, with value: Double) -> Tensor {
    Tensor.select(present.expandingDimensions(at: 2), x, value)
}

private let configuration = TransformerConfiguration(
    width: 8, heads: 4, keyHeads: 2, hidden: 6, isNormFirst: true, rotary: RotaryPositions(), dataType: .float64)

@Suite struct AttentionTests {
    @Test func rowsThatSeeNothingGiveZeros() {
        let inputs = [normal([1, 2, 3, 4], 1), normal([1, 2, 3, 4], 2), normal([1, 2, 3, 4], 3)]
        let mask = Tensor([[true, true, false], [false, false, false], [true, true, true]])
        for mask in [mask, Tensor.select(mask, Tensor.zeros([3, 3], dataType: .float64), -Double.infinity)] {
            let isFlags = mask.dataType == .bool
            let result = vectorJacobianProduct(
                of: {
                    scaledDotProductAttention(
                        query: $0[0], key: $0[1], value: $0[2], mask: isFlags ? mask : nil,
                        bias: isFlags ? nil : mask)
                }, at: inputs, upstream: normal([1, 2, 3, 4], 4))
            #expect(result.value[0, .all, 1].doubles().allSatisfy { $0 == 0 })
            #expect(result.gradients[0][0, .all, 1].doubles().allSatisfy { $0 == 0 })
            #expect(result.gradients.allSatisfy { $0.doubles().allSatisfy(\.isFinite) })
            #expect(result.value[0, .all, 2].doubles().allSatisfy { $0 != 0 })
        }
    }

    /// Bit for bit: values of present steps, and every gradient.
    @Test func paddingChangesNothing() {
        func run(_ padding: Double, _ function: @escaping (Tensor) -> Tensor, _ module: some Module) -> [[Double]] {
            let inventory = module.inventory()
            let points = inventory.trainable.map(\.parameter.value) + [padded(normal([2, 5, 8], 1), with: padding)]
            let result = vectorJacobianProduct(
                of: { values in
                    inventory.substituting(parameters: Array(values.dropLast())) { function(values[values.count - 1]) }
                }, at: points, upstream: normal([2, 5, 8], 2))
            return ([result.value] + result.gradients).map { $0.doubles() }
        }
        func expectEqual(_ name: String, _ module: some Module, _ function: @escaping (Tensor) -> Tensor) {
            let expected = run(0, function, module)
            #expect(expected.allSatisfy { $0.allSatisfy(\.isFinite) }, "\(name)")
            for padding in [7, Double.infinity, .nan] {
                #expect(run(padding, function, module) == expected, "\(name), \(padding)")
            }
        }
        let attention = MultiHeadAttention(8, heads: 2, dataType: .float64, key: key())
        expectEqual("self-attention", attention) {
            padded(attention($0, present: present, context: Context()), with: 0)
        }
        expectEqual("cross-attention", attention) {
            attention(normal([2, 5, 8], 3), key: $0, present: present, context: Context())
        }
        let encoder = TransformerEncoder(configuration, layers: 2, key: key())
        expectEqual("encoder", encoder) { padded(encoder($0, present: present, context: Context()), with: 0) }
        let decoder = TransformerDecoder(configuration, layers: 2, key: key())
        expectEqual("decoder's memory", decoder) {
            decoder(normal([2, 5, 8], 3), memory: $0, memoryPresent: present, context: Context())
        }
        expectEqual("decoder", decoder) {
            padded(decoder($0, memory: normal([2, 4, 8], 3), present: present, context: Context()), with: 0)
        }
        expectEqual("scaled dot product", Nothing()) { x in
            let heads = x.expandingDimensions(at: 1)
            return scaledDotProductAttention(
                query: normal([2, 1, 5, 8], 3), key: heads, value: heads, mask: present[.all, .newAxis, .newAxis]
            ).squeezed(along: 1)
        }
    }

    private struct Nothing: Module {}

    @Test(arguments: [1, 2]) func cachedStepsEqualTheWhole(_ stride: Int) {
        let x = normal([2, 6, 8], 1)
        let attention = MultiHeadAttention(
            8, heads: 4, keyHeads: 2, rotary: RotaryPositions(.interleaved), dataType: .float64, key: key())
        let cache = KeyValueCache(batch: 2, heads: 2, capacity: 9, depth: 2, dataType: .float64)
        let parts = x.split(sizes: [Int](repeating: stride, count: 6 / stride), along: 1)
        let steps = parts.map { attention($0, cache: cache, context: Context()) }
        let whole = attention(x, isCausal: true, context: Context())
        expectClose(Tensor.concatenate(steps, along: 1).doubles(), whole.doubles(), 1e-12, "attention")
        #expect(cache.count.item() == 6)

        let decoder = TransformerDecoder(configuration, layers: 2, key: key())
        let memory = padded(normal([2, 5, 8], 2), with: .nan)
        let caches = decoder.makeCaches(memory: memory, memoryPresent: present, capacity: 6)
        let decoded = parts.map { decoder(next: $0, caches: caches, memoryPresent: present, context: Context()) }
        let all = decoder(x, memory: memory, memoryPresent: present, context: Context())
        expectClose(Tensor.concatenate(decoded, along: 1).doubles(), all.doubles(), 1e-12, "decoder")
    }

    /// A rotary product depends on the distance alone; a sinusoidal table starts with sin 0 and cos 0.
    @Test func positions() {
        for pairs in RotaryPositions.Pairs.allCases {
            let rotary = RotaryPositions(pairs)
            func product(_ p: Int, _ q: Int) -> Double {
                let (a, b) = (normal([1, 8], 1), normal([1, 8], 2))
                return (rotary(a, at: Tensor([p])) * rotary(b, at: Tensor([q]))).sum().item()
            }
            #expect(abs(product(3, 5) - product(13, 15)) < 1e-12)
            #expect(abs(product(3, 5) - product(3, 6)) > 1e-3)
        }
        #expect(SinusoidalPositions().table(Tensor([0]), width: 4).doubles() == [0, 1, 0, 1])
        let learned = LearnedPositions(4, 3, dataType: .float64, key: key())
        #expect(learned(.zeros([2, 3, 3], dataType: .float64))[1].doubles() == learned.weight.value[0..<3].doubles())
        #expect(learned.table(Tensor([3])).doubles() == learned.weight.value[3].doubles())
    }

    /// The expectation over many masks is the value without dropout.
    @Test func weightsAreDropped() {
        let inputs = (1...3).map { normal([200, 4, 3, 2], $0)[0..<1].broadcast(to: [200, 4, 3, 2]) }
        func run(_ dropout: Dropout) -> Tensor {
            scaledDotProductAttention(
                query: inputs[0], key: inputs[1], value: inputs[2], dropout: dropout,
                context: Context(.training, key: key(9)))
        }
        let (plain, dropped) = (run(Dropout(keepProbability: 1)), run(Dropout(keepProbability: 0.8)))
        let gap = (dropped.mean(along: 0) - plain.mean(along: 0)).abs().max().item()
        #expect(gap > 1e-6 && gap < 0.25)
        #expect((dropped[0] - dropped[1]).abs().max().item() > 1e-3)
    }

    /// Masks of pairs, causality and padding together hide what each hides.
    @Test func masksCombine() {
        let attention = MultiHeadAttention(8, heads: 2, dataType: .float64, key: key())
        let x = padded(normal([2, 5, 8], 1), with: 0)
        let pairs = Tensor.range(25).reshaped(to: [5, 5]).remainder(3.0) .!= 1.0
        let causal = Tensor.range(5) .<= Tensor.range(5).expandingDimensions(at: 1)
        let all = pairs .& causal .& present[.all, .newAxis, .newAxis]
        let expected = attention(x, mask: all, context: Context())
        let found = attention(x, mask: pairs, present: present, isCausal: true, context: Context())
        #expect(found.doubles() == expected.doubles())
    }

    @Test func mistakesTrap() async {
        await #expect(processExitsWith: .failure) {
            let x = Tensor.ones([1, 2, 3, 4])
            _ = scaledDotProductAttention(query: x, key: x, value: x, mask: Tensor.ones([3, 3]))
        }
        await #expect(processExitsWith: .failure) {
            _ = scaledDotProductAttention(
                query: Tensor.ones([1, 3, 3, 4]), key: Tensor.ones([1, 2, 3, 4]), value: Tensor.ones([1, 2, 3, 4]))
        }
        await #expect(processExitsWith: .failure) {
            _ = MultiHeadAttention(4, heads: 2, key: RandomKey(seed: 1))(
                Tensor.ones([1, 3, 4]), present: Tensor([[true, true]]), context: Context())
        }
    }

    @Test func stateNamesArePyTorchs() {
        let attention = ["in_proj_weight", "in_proj_bias", "out_proj.weight", "out_proj.bias"]
        let rest = ["linear1", "linear2", "norm1", "norm2"].flatMap { ["\($0).weight", "\($0).bias"] }
        let encoder = TransformerEncoder(configuration, layers: 1, key: key())
        #expect(
            encoder.parameters.map(\.name)
                == (attention.map { "self_attn.\($0)" } + rest).map { "layers.0.\($0)" } + ["norm.weight", "norm.bias"])
        let separate = MultiHeadAttention(4, heads: 2, bias: false, projections: .separate, key: key())
        #expect(
            separate.parameters.map(\.name) == ["query.weight", "key.weight", "value.weight", "out_proj.weight"])
        let refused = #expect(throws: GradientCheckError.self) {
            var dropping = configuration
            dropping.keepProbability = 0.9
            let layer = TransformerEncoderLayer(dropping, key: key())
            _ = try GradientCheck()(layer: layer, input: normal([1, 2, 8], 1))
        }
        #expect(refused != nil)
    }
}
