import Thalweg

extension Workload {
    static let mlpTiny = dense(
        "mlp_tiny", [2, 4, 1], .tanh, SGD(), rate: 1.2, x: .normal([1, 400, 2]), y: .flags([1, 400, 1])
    ) { logisticLoss(logits: $0, targets: $1) }

    static let mlpCat = dense(
        "mlp_cat", [12288, 20, 7, 5, 1], .relu, SGD(), rate: 0.0075, x: .uniform([1, 209, 12288]),
        y: .flags([1, 209, 1])
    ) { logisticLoss(logits: $0, targets: $1) }

    static let mlpMNIST = dense(
        "mlp_mnist", [784, 256, 128, 10], .relu, Adam(), rate: 0.001, x: .uniform([4, 128, 784]),
        y: .whole([4, 128], below: 10)
    ) { softmaxCrossEntropy(logits: $0, classes: $1) }

    static let mlpWide = dense(
        "mlp_wide", [1024, 4096, 4096, 1000], .relu, Momentum(form: .classical), rate: 0.01,
        x: .normal([4, 256, 1024]), y: .whole([4, 256], below: 1000)
    ) { softmaxCrossEntropy(logits: $0, classes: $1) }

    private static func dense(
        _ name: String, _ widths: [Int], _ activation: Activation, _ optimizer: any Optimizer, rate: Double,
        x: Sample, y: Sample, loss: @escaping @Sendable (Tensor, Tensor) -> Tensor
    ) -> Workload {
        training(name, optimizer: optimizer, rate: rate, x: x, y: y, loss: loss) { more in
            Perceptron(
                widths.indices.map { (1..<widths.count - 1).contains($0) ? max(1, widths[$0] + more) : widths[$0] },
                activation)
        }
    }
}

struct Perceptron: Layer {
    let layers: [Dense]
    let activation: Activation

    init(_ widths: [Int], _ activation: Activation) {
        layers = zip(widths, widths.dropFirst()).enumerated().map { index, sizes in
            Dense(sizes.0, sizes.1, key: RandomKey(seed: 0).split(index))
        }
        self.activation = activation
    }

    func visit(_ visitor: Visitor) {
        for (index, layer) in layers.enumerated() { visitor.module("fc\(index + 1)", layer) }
    }

    func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        let hidden = layers.dropLast().reduce(x) { activation($1($0, context), context) }
        return layers[layers.count - 1](hidden, context)
    }
}
