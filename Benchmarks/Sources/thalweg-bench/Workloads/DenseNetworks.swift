import Thalweg

extension Workload {
    static let mlpTiny = dense(
        "mlp_tiny", [2, 4, 1], .tanh, SGD(), rate: 1.2
    ) { logisticLoss(logits: $0, targets: $1) }

    static let mlpCat = dense(
        "mlp_cat", [12288, 20, 7, 5, 1], .relu, SGD(), rate: 0.0075
    ) { logisticLoss(logits: $0, targets: $1) }

    static let mlpMNIST = dense(
        "mlp_mnist", [784, 256, 128, 10], .relu, Adam(), rate: 0.001
    ) { softmaxCrossEntropy(logits: $0, classes: $1) }

    static let mlpWide = dense(
        "mlp_wide", [1024, 4096, 4096, 1000], .relu, Momentum(form: .classical), rate: 0.01
    ) { softmaxCrossEntropy(logits: $0, classes: $1) }

    private static func dense(
        _ name: String, _ widths: [Int], _ activation: Activation, _ optimizer: any Optimizer, rate: Double,
        loss: @escaping @Sendable (Tensor, Tensor) -> Tensor
    ) -> Workload {
        training(name, optimizer: optimizer, rate: rate, loss: loss) { Perceptron(widths, activation) }
    }
}

private struct Perceptron: Layer {
    let layers: [Dense]
    let activation: Activation

    init(_ widths: [Int], _ activation: Activation) {
        layers = zip(widths, widths.dropFirst()).map { Dense($0, $1, initializer: .zeros, key: RandomKey(seed: 0)) }
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
