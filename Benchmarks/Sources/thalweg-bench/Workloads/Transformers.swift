import Thalweg

extension Workload {
    /// A GPT-2 of four layers with the exact GELU and a head of its own.
    static let gptMini = training(
        "gpt_mini", optimizer: Adam(.decoupled, beta1: 0.9, beta2: 0.95, weightDecay: 0.1), rate: 3e-4,
        x: .whole([4, 16, 128], below: 65), y: .whole([4, 16, 128], below: 65),
        loss: { softmaxCrossEntropy(logits: $0, classes: $1) }, state: gptNames
    ) { _ in
        GPT(
            GPT.Configuration(
                vocabulary: 65, context: 128, width: 256, layers: 4, heads: 4, activation: .gelu, isHeadTied: false),
            seed: 1)
    }

    static let bertInferB1 = bertInference("bert_infer_b1", batch: 1)
    static let bertInferB16 = bertInference("bert_infer_b16", batch: 16)

    /// A BERT of six layers; the output is the mean over the tokens.
    private static func bertInference(_ name: String, batch: Int) -> Workload {
        inference(name, x: .whole([1, batch, 128], below: 30522), state: { $0.renamed(parts: bertParts) }) { _ in
            MeanOfTokens(encoder: BERT(BERT.Configuration(width: 384, layers: 6, heads: 12, hasPooler: false), seed: 1))
        }
    }

    /// The file stores all matrices `[out, in]`, GPT-2 those of its blocks `[in, out]`.
    private static func gptNames(_ file: [String: Tensor]) -> [String: Tensor] {
        let parts = [
            "tok": "wte", "pos": "wpe", "lnf": "ln_f", "head": "lm_head", "ln1": "ln_1", "ln2": "ln_2",
            "qkv": "attn.c_attn", "proj": "attn.c_proj", "fc": "mlp.c_fc", "fc2": "mlp.c_proj",
        ]
        var named = file.renamed(parts: parts) { "h.\($0)" }
        for (name, tensor) in named where name.hasPrefix("h.") && tensor.rank == 2 { named[name] = tensor.transposed() }
        return named
    }

    private static let bertParts = [
        "word": "embeddings.word_embeddings", "pos": "embeddings.position_embeddings",
        "type": "embeddings.token_type_embeddings", "emb_ln": "embeddings.LayerNorm", "q": "attention.self.query",
        "k": "attention.self.key", "v": "attention.self.value", "proj": "attention.output.dense",
        "ln1": "attention.output.LayerNorm", "fc": "intermediate.dense", "fc2": "output.dense",
        "ln2": "output.LayerNorm",
    ]
}

extension [String: Tensor] {
    /// `PART.weight` and, of layer N, `hN.PART.weight` under the model's names.
    fileprivate func renamed(
        parts: [String: String], layer: (Substring) -> String = { "encoder.layer.\($0)" }
    ) -> [String: Tensor] {
        Dictionary(
            uniqueKeysWithValues: map { name, tensor in
                var words = name.split(separator: ".")
                let prefix = words.count == 3 ? layer(words.removeFirst().dropFirst()) + "." : ""
                return (prefix + "\(parts[String(words[0])] ?? "").\(words[1])", tensor)
            })
    }
}

private struct MeanOfTokens: Layer {
    let encoder: BERT

    func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor { encoder(x, context).mean(along: 1) }

    func visit(_ visitor: Visitor) { encoder.visit(visitor) }
}
