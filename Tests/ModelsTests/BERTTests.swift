import TestSupport
import Testing
import ThalwegEngine
import ThalwegModels
import ThalwegNetworks

private func configuration(_ entry: ModelCase) throws -> BERT.Configuration {
    BERT.Configuration(
        vocabulary: try entry.argument("vocabulary"), context: try entry.argument("context"),
        width: try entry.argument("width"), layers: try entry.argument("layers"), heads: try entry.argument("heads"),
        hidden: try entry.argument("hidden"), keepProbability: 1, dataType: .float64)
}

@Suite struct BERTTests {
    @Test func equalsTheReference() throws {
        let entry = try ModelCase.named("bert")
        let model = BERT(try configuration(entry), seed: 1)
        let (tokens, types) = (try entry.input("tokens"), try entry.input("types"))
        let present = try #require(entry.flags["real"]).tensor.cast(to: .bool)
        try entry.check(model) { context in
            let output = model(tokens, types: types, present: present, context: context)
            let visible = output.hidden * present.cast(to: .float64).expandingDimensions(at: 2)
            return Tensor.concatenate(
                [try #require(output.pooled).expandingDimensions(at: 1), visible], along: 1)
        }
    }

    /// What stands in padded places changes no other value, bit for bit.
    @Test func paddingChangesNothing() throws {
        let model = BERT(try configuration(ModelCase.named("bert")), seed: 1)
        let present = Tensor([[true, true, true, false]])
        let outputs = [[1, 2, 3, 0], [1, 2, 3, 12]].map {
            model(Tensor([$0]), present: present, context: Context())
        }
        #expect(outputs[0].pooled?.doubles() == outputs[1].pooled?.doubles())
        #expect(outputs[0].hidden[.all, ..<3].doubles() == outputs[1].hidden[.all, ..<3].doubles())
        #expect(outputs[0].hidden[.all, 3].doubles() != outputs[1].hidden[.all, 3].doubles())
        let short = model(Tensor([[1, 2, 3]]), context: Context())
        expectClose(short.hidden, outputs[0].hidden[.all, ..<3], 1e-13, "without padding")
    }

    /// The published numbers.
    @Test func parameterCounts() {
        #expect(BERT(.base, seed: 1).parameterCount == 109_482_240)
        #expect(BERT(.large, seed: 1).parameterCount == 335_141_888)
    }

    @Test func stateNamesArePublic() throws {
        let names = Set(BERT(.base, seed: 1).parameters.map(\.name))
        let layer = [
            "attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense",
            "attention.output.LayerNorm", "intermediate.dense", "output.dense", "output.LayerNorm",
        ]
        let modules =
            ["embeddings.LayerNorm", "pooler.dense"]
            + (0..<12).flatMap { number in layer.map { "encoder.layer.\(number).\($0)" } }
        let tables = ["word", "position", "token_type"].map { "embeddings.\($0)_embeddings.weight" }
        #expect(names == Set(tables + modules.flatMap { ["\($0).weight", "\($0).bias"] }))
    }

    /// As the public files come: with a prefix, gamma and beta, and the heads of pre-training.
    @Test func publicFilesLoad() throws {
        let configuration = try configuration(ModelCase.named("bert"))
        let (source, target) = (BERT(configuration, seed: 1), BERT(configuration, seed: 2))
        var file: [String: Tensor] = ["cls.predictions.bias": .ones([13])]
        for (name, tensor) in source.stateDictionary() {
            var name = "bert.\(name)"
            if name.contains("LayerNorm") {
                name = name.hasSuffix("weight") ? name.dropLast(6) + "gamma" : name.dropLast(4) + "beta"
            }
            file[name] = tensor
        }
        try target.loadPublicWeights(file)
        let tokens = Tensor([[3, 1, 4]])
        #expect(target(tokens).doubles() == source(tokens).doubles())
    }
}
