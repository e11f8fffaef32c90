import Thalweg

extension Workload {
    static let resnet20CIFAR = training(
        "resnet20_cifar", optimizer: Momentum(form: .classical, weightDecay: 1e-4), rate: 0.02,
        x: .normal([4, 128, 3, 32, 32]), y: .whole([4, 128], below: 10),
        loss: { softmaxCrossEntropy(logits: $0, classes: $1) }, input: { $0.channelsLast },
        state: { file in
            file.residualNames { name in
                // block0 … block8 are three stages of three.
                guard name.hasPrefix("block"), let number = name.dropFirst(5).first?.wholeNumberValue else {
                    return name
                }
                return "layer\(number / 3 + 1).\(number % 3)" + name.dropFirst(6)
            }
        }
    ) { _ in SmallResNet(depth: 20, key: RandomKey(seed: 0)) }

    static let resnet50InferenceB1 = resnet50("resnet50_infer_b1", batch: 1)
    static let resnet50InferenceB8 = resnet50("resnet50_infer_b8", batch: 8)

    private static func resnet50(_ name: String, batch: Int) -> Workload {
        inference(
            name, x: .normal([1, batch, 3, 224, 224]), input: { $0.channelsLast },
            state: { $0.residualNames { $0 } }
        ) { _ in ResNet.resNet50(key: RandomKey(seed: 0)) }
    }
}

extension [String: Tensor] {
    /// The harness's names of shortcuts in torchvision's form, and the counters that its files leave out.
    func residualNames(_ rename: (String) -> String) -> [String: Tensor] {
        var state: [String: Tensor] = [:]
        for (name, tensor) in self {
            let name = rename(name).replacing("down_bn", with: "downsample.1").replacing("down.", with: "downsample.0.")
            state[name] = tensor
            if name.hasSuffix("running_var") {
                state[name.replacing("running_var", with: "num_batches_tracked")] = Tensor(0)
            }
        }
        return state
    }
}
