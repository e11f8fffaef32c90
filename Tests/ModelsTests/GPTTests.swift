import TestSupport
import Testing
import ThalwegEngine
import ThalwegModels
import ThalwegNetworks
import ThalwegTraining

private let tiny = GPT.Configuration(
    vocabulary: 11, context: 6, width: 8, layers: 2, heads: 2, dataType: .float64)

@Suite struct GPTTests {
    @Test func equalsTheReference() throws {
        let entry = try ModelCase.named("gpt")
        let model = GPT(
            GPT.Configuration(
                vocabulary: try entry.argument("vocabulary"), context: try entry.argument("context"),
                width: try entry.argument("width"), layers: try entry.argument("layers"),
                heads: try entry.argument("heads"), dataType: .float64), seed: 1)
        let tokens = try entry.input("tokens")
        try entry.check(model) { model(tokens, $0) }
    }

    /// The published numbers. Nothing is allocated: weights are drawn when they are read.
    @Test func parameterCounts() {
        #expect(GPT(.gpt2, seed: 1).parameterCount == 124_439_808)
        #expect(GPT(.gpt2Medium, seed: 1).parameterCount == 354_823_168)
        #expect(GPT(.gpt2Large, seed: 1).parameterCount == 774_030_080)
        #expect(GPT(.gpt2XL, seed: 1).parameterCount == 1_557_611_200)
    }

    @Test func stateNamesArePublic() throws {
        let names = GPT(tiny, seed: 1).stateDictionary().map(\.name)
        let block = ["ln_1", "attn.c_attn", "attn.c_proj", "ln_2", "mlp.c_fc", "mlp.c_proj"]
        let modules = block.map { "h.0.\($0)" } + block.map { "h.1.\($0)" } + ["ln_f"]
        #expect(
            names == ["wte.weight", "wpe.weight"] + modules.flatMap { ["\($0).weight", "\($0).bias"] })
        var untied = tiny
        untied.isHeadTied = false
        #expect(GPT(untied, seed: 1).stateDictionary().last?.name == "lm_head.weight")
    }

    /// As the public files come: with a prefix, causal masks and a copy of the embedding.
    @Test func publicFilesLoad() throws {
        let (source, target) = (GPT(tiny, seed: 1), GPT(tiny, seed: 2))
        var file: [String: Tensor] = ["lm_head.weight": source.tokens.weight.value]
        for (name, tensor) in source.stateDictionary() { file["transformer.\(name)"] = tensor }
        for block in 0..<2 {
            file["transformer.h.\(block).attn.bias"] = .ones([1, 1, 6, 6])
            file["transformer.h.\(block).attn.masked_bias"] = .ones([])
        }
        try target.loadPublicWeights(file)
        let tokens = Tensor([[3, 1, 4]])
        #expect(target(tokens).doubles() == source(tokens).doubles())
        file["transformer.h.1.ln_2.weight"] = nil
        #expect(throws: StateError.missing(name: "h.1.ln_2.weight")) { try target.loadPublicWeights(file) }
    }

    @Test func cachedDecodingEqualsTheWhole() {
        let model = GPT(tiny, seed: 3)
        for entry in model.parameters { entry.parameter.value = entry.parameter.value * 20 }
        var decoder = GPT.Decoder(model)
        var tokens = [5, 2]
        for next in [1, 10, 7, 7, 0, 3] {
            let window = Array(tokens.suffix(6))
            let whole = model(Tensor(window, shape: [1, window.count]))[0, -1]
            let stepped = decoder.logits(after: tokens)
            expectClose(Tensor(stepped), whole, 1e-12, "after \(tokens)")
            tokens.append(next)
        }
    }

    @Test func samplingFollowsItsSettings() {
        let model = GPT(tiny, seed: 3)
        let sampling = Sampling(temperature: 0.8, topK: 4, seed: 7)
        let text = model.generate([1, 2], count: 12, sampling: sampling)
        #expect(text.count == 12 && text == model.generate([1, 2], count: 12, sampling: sampling))
        #expect(text != model.generate([1, 2], count: 12, sampling: Sampling(temperature: 0.8, topK: 4, seed: 8)))
        let end = text[5]
        #expect(model.generate([1, 2], count: 12, sampling: sampling, end: end) == Array(text.prefix { $0 != end }))

        var random = RandomSource(key: RandomKey(seed: 1))
        let logits = [0.0, 2, 1, -1]
        #expect((0..<50).allSatisfy { _ in Sampling(temperature: 0).choose(logits, &random) == 1 })
        let two = (0..<2000).map { _ in Sampling(topK: 2).choose(logits, &random) }
        #expect(Set(two) == [1, 2])
        // e² / (e² + e) = 0.731, give or take four deviations.
        #expect(abs(Double(two.count { $0 == 1 }) / 2000 - 0.731) < 0.04)
    }

    @Test func gradients() throws {
        let model = GPT(tiny, seed: 1)
        let tokens = Tensor([[1, 4, 2], [0, 10, 3]])
        let report = try GradientCheck(componentLimit: 20)(model) {
            softmaxCrossEntropy(logits: model(tokens, $0), classes: Tensor([[4, 2, 2], [10, 3, 9]]))
        }
        #expect(report.verdict == .great, "\(report)")
    }
}
extension GPTTests {
    /// The rows of a summary are the whole: products, attention and all parameters.
    @Test func summaryListsEverything() {
        let text = GPT(tiny, seed: 1).summary(inputShape: [6], dataType: .int64)
        let block = 6 * (2 * 12 * 64 + 72) + 6 * 4 * 6 * 8 + 2 * 8 * 48  // products and biases, attention, norms
        let total = 2 * block + 8 * 48 + 6 * 2 * 8 * 11
        #expect(text.contains("1,896 parameters") && text.contains("24,576 floating") && total == 24_576, "\(text)")
    }

    /// Counting up, modulo 11: every token follows from the one before.
    @Test func learns() {
        var settings = tiny
        (settings.width, settings.keepProbability, settings.dataType) = (16, 0.95, .float32)
        let model = GPT(settings, seed: 1)
        let step = TrainingStep(model, rule: UpdateRule(Adam())) { softmaxCrossEntropy(logits: $0, classes: $1) }
        let starts = Tensor.range(11).expandingDimensions(at: 1)
        let (x, y) = (
            (starts + Tensor.range(6)).remainder(11.0), (starts + Tensor.range(6) + 1).remainder(11.0)
        )
        let costs = (0..<60).map { _ in step(x, y, rate: 0.01).cost }
        #expect(abs(costs[0] - 2.398) < 0.1 && costs[59] < 0.2, "from \(costs[0]) to \(costs[59])")
        #expect(
            model.generate([7], count: 8, sampling: Sampling(temperature: 0)) == [8, 9, 10, 0, 1, 2, 3, 4])
    }
}
