import Thalweg

extension Workload {
    static let lenetMNIST = training(
        "lenet_mnist", optimizer: Adam(), rate: 1e-3, x: .uniform([4, 64, 1, 28, 28]),
        y: .whole([4, 64], below: 10), loss: { softmaxCrossEntropy(logits: $0, classes: $1) },
        input: { $0.channelsLast }
    ) { _ in LeNet5(key: RandomKey(seed: 0)) }
}

extension Tensor {
    /// `[batch, channels, height, width]` as Thalweg has images.
    var channelsLast: Tensor { transposed([0, 2, 3, 1]) * 1 }
}
