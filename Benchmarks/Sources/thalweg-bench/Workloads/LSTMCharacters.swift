import Thalweg

extension Workload {
    static let lstmCharacters = training(
        "lstm_char", optimizer: Adam(), rate: 2e-3, x: .whole([4, 64, 64], below: 65),
        y: .whole([4, 64, 64], below: 65), loss: { softmaxCrossEntropy(logits: $0, classes: $1) },
        state: {
            $0.renamed([
                "lstm.w_ih": "lstm.weight_ih_l0", "lstm.w_hh": "lstm.weight_hh_l0", "lstm.bias": "lstm.bias_ih_l0",
            ])
        }
    ) { Characters(256 + $0) }
}

private struct Characters: Layer {
    let emb = Embedding(65, 64, key: RandomKey(seed: 0))
    let lstm: LSTM
    let out: Dense

    init(_ width: Int) {
        lstm = LSTM(64, width, bias: .single, key: RandomKey(seed: 1))
        out = Dense(width, 65, key: RandomKey(seed: 2))
    }

    func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        out(lstm(emb(x, context), context), context)  // [batch, time, symbols]
    }
}
