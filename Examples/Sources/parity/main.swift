// Depth against width: the parity of n bits (x1 xor x2 xor … xor xn).
//
// A deep net computes it pair by pair in log2(n) stages; one hidden layer needs far more units for the same
// (course 1, "Why deep representations?"). Here both have the same size and see every pattern. Of five starts the best
// counts: parity gives gradient descent little to hold on to, and a deep net that starts badly stays at chance.
import Thalweg

let bits = 8
let patterns = 1 << bits
let inputs = (0..<patterns).map { pattern in (0..<bits).map { Float((pattern >> $0) & 1) * 2 - 1 } }
let x = Tensor(inputs)
let y = Tensor((0..<patterns).map { Float($0.nonzeroBitCount % 2) }, shape: [patterns, 1])

/// Pairs of neighbors go through the same small net, stage after stage, until one number is left.
struct PairwiseTree: Layer {
    let stages: [Sequential]

    init(width: Int, keys: KeyStream) {
        stages = (0..<3).map { _ in
            Sequential([Dense(2, width, key: keys.next()), Activation.relu, Dense(width, 1, key: keys.next())])
        }
    }

    func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        var h = x  // [examples, values]
        for (number, stage) in stages.enumerated() {
            let pairs = h.reshaped(to: [h.shape[0], h.shape[1] / 2, 2])
            let merged = stage(pairs, context).squeezed(along: -1)  // [examples, values / 2]
            h = number == stages.count - 1 ? merged : merged.tanh()
        }
        return h
    }
}

func accuracy(_ model: some Layer, seed: UInt64) -> Double {
    let step = TrainingStep(model, rule: UpdateRule(Adam())) { logisticLoss(logits: $0, targets: $1) }
    let order = BatchOrder(count: patterns, seed: seed)
    for epoch in 0..<400 {
        let rows = order.order(epoch: epoch)
        for start in stride(from: 0, to: patterns, by: 16) {
            _ = step(x, y, rows: Array(rows[start..<start + 16]), rate: 0.01)
        }
    }
    return ((model(x) .> 0.0) .== (y .> 0.5)).cast(to: .float32).mean().item()
}

func size(_ model: some Layer) -> Int {
    model.inventory().trainable.reduce(0) { $0 + $1.parameter.shape.elementCount }
}

var best = (deep: 0.0, shallow: 0.0)
print("start  deep (tree of pairs)    shallow (one hidden layer)")
for seed in UInt64(1)...5 {
    let deep = PairwiseTree(width: 8, keys: KeyStream(seed: seed))
    let keys = KeyStream(seed: seed)
    let shallow = Sequential([Dense(bits, 10, key: keys.next()), Activation.tanh, Dense(10, 1, key: keys.next())])
    let result = (deep: accuracy(deep, seed: seed), shallow: accuracy(shallow, seed: seed))
    print("\(seed)  \(size(deep)) parameters: \(result.deep)  \(size(shallow)) parameters: \(result.shallow)")
    best = (max(best.deep, result.deep), max(best.shallow, result.shallow))
}
print("best   deep \(best.deep), shallow \(best.shallow)")
