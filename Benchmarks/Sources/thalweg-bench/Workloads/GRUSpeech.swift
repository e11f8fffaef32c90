import Thalweg

extension Workload {
    static let gruSpeech = training(
        "gru_speech", optimizer: Adam(), rate: 1e-3, x: .normal([4, 32, 100, 40]), y: .whole([4, 32], below: 10),
        loss: { softmaxCrossEntropy(logits: $0, classes: $1) },
        state: { file in
            let names = (0..<2).flatMap { layer in
                ["weight_ih", "weight_hh", "bias_ih", "bias_hh"].map { name in
                    (
                        "gru\(layer).\(name.replacing("weight", with: "w").replacing("bias", with: "b"))",
                        "gru.\(name)_l\(layer)"
                    )
                }
            }
            return file.renamed(Dictionary(uniqueKeysWithValues: names))
        }
    ) { Speech(128 + $0) }
}

private struct Speech: Layer {
    let gru: GRU
    let out: Dense

    init(_ width: Int) {
        gru = GRU(40, width, layers: 2, key: RandomKey(seed: 0))
        out = Dense(width, 10, key: RandomKey(seed: 1))
    }

    func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        out(gru(x, context)[.all, -1], context)  // the last step's output
    }
}
