internal import ThalwegEngine

/// A gradient check of one building block on small random data.
public struct GradientCheckCase: Sendable {
    public enum Kind: String, Sendable, CaseIterable { case operation, activation, layer, loss }

    public let kind: Kind
    /// The block's name in the source: `Dense`, `softmaxCrossEntropy`; several cases may share it.
    public let name: String
    public let run: @Sendable () throws -> GradientReport
}

/// Every layer, loss, activation and differentiable operation: what `thalweg gradcheck` runs. Whoever adds one adds a
/// line here; a test finds what is missing.
public enum GradientCheckTable {
    public static let all: [GradientCheckCase] =
        operations + activations + layers + imageLayers + attention + losses

    static let activations = Activation.names.map { name in
        GradientCheckCase(kind: .activation, name: name) {
            try GradientCheck()(layer: Activation(parsing: name), input: random([4, 5], 3) * 2)
        }
    }

    static let layers: [GradientCheckCase] = [
        layer("Dense", [3, 4]) { Dense(4, 2, dataType: .float64, key: $0) },
        layer("Dense", [2, 3, 4]) { Dense(4, 2, bias: false, dataType: .float64, key: $0) },
        layer("MaskedDense", [3, 3]) {
            MaskedDense(mask: [[true, true, false], [false, true, true]], dataType: .float64, key: $0)
        },
        layer("Dropout", [3, 4]) { _ in Dropout(keepProbability: 1) },
        layer("BatchNorm", [6, 3]) { _ in BatchNorm(3, dataType: .float64) },
        layer("BatchNorm", [2, 3, 2, 3]) { _ in BatchNorm(3, statistics: .population, dataType: .float64) },
        layer("LayerNorm", [2, 3, 4]) { _ in LayerNorm([3, 4], dataType: .float64) },
        layer("GroupNorm", [2, 3, 4]) { _ in GroupNorm(groups: 2, channels: 4, dataType: .float64) },
        layer("InstanceNorm", [2, 5, 3]) { _ in InstanceNorm(3, dataType: .float64) },
        layer("RMSNorm", [3, 4]) { _ in RMSNorm([4], dataType: .float64) },
        GradientCheckCase(kind: .layer, name: "Embedding") {
            let layer = Embedding(5, 3, dataType: .float64, key: RandomKey(seed: 1))
            return try GradientCheck()(layer: layer, input: Tensor([[0, 4, 2], [2, 2, 1]]))
        },
        layer("Activation", [3, 4]) { _ in Activation.tanh },
        layer("Sequential", [3, 4]) {
            Sequential([
                Dense(4, 5, dataType: .float64, key: $0.split(0)), Activation.tanh,
                Dense(5, 2, dataType: .float64, key: $0.split(1)),
            ])
        },
        layer("Residual", [3, 4]) { Residual(Dense(4, 4, dataType: .float64, key: $0), activation: .tanh) },
        layer("RNN", [2, 3, 4]) { RNN(4, 3, dataType: .float64, key: $0) },
        layer("RNN", [2, 3, 4]) { RNN(4, 3, cell: RNNCell(.relu), bias: .single, dataType: .float64, key: $0) },
        layer("GRU", [2, 3, 4]) { GRU(4, 3, layers: 2, dataType: .float64, key: $0) },
        layer("LSTM", [2, 3, 4]) { LSTM(4, 3, isBidirectional: true, dataType: .float64, key: $0) },
        recurrent { GRU(3, 2, isBidirectional: true, dataType: .float64, key: $0) },
        recurrent { LSTM(3, 2, layers: 2, isBidirectional: true, dataType: .float64, key: $0) },
        layer("Clone", [3, 4]) { Dense(4, 2, dataType: .float64, key: $0).clone() },
    ]

    static let losses: [GradientCheckCase] = [
        loss("squaredError", [[4, 3]]) { squaredError($0[0], random([4, 3], 9)) },
        loss("absoluteError", [[4, 3]]) { absoluteError($0[0], random([4, 3], 9)) },
        loss("huberLoss", [[4, 3]]) { huberLoss($0[0], random([4, 3], 9), delta: 0.7) },
        loss("logisticLoss", [[5, 1]]) { logisticLoss(logits: $0[0], targets: zeroOne([5, 1])) },
        loss("logisticLoss", [[5, 1]]) { logisticLoss(logits: $0[0], targets: zeroOne([5, 1]), positiveWeight: 2.5) },
        loss("logisticLoss", [[5, 1]]) { logisticLoss(probabilities: $0[0].sigmoid(), targets: zeroOne([5, 1])) },
        loss("focalLoss", [[5, 1]]) { focalLoss(logits: $0[0], targets: zeroOne([5, 1])) },
        loss("softmaxCrossEntropy", [[4, 3]]) { softmaxCrossEntropy(logits: $0[0], classes: Tensor([0, 2, 1, 2])) },
        loss("softmaxCrossEntropy", [[4, 3]]) {
            let weights = Tensor([0.5, 1.0, 2.0])
            return softmaxCrossEntropy(
                logits: $0[0], classes: Tensor([0, 2, 1, 2]), smoothing: 0.1, classWeights: weights)
        },
        loss("softmaxCrossEntropy", [[4, 3], [4, 3]]) { softmaxCrossEntropy(logits: $0[0], targets: $0[1].softmax()) },
        loss("hingeLoss", [[5, 1]]) { hingeLoss($0[0], zeroOne([5, 1]) * 2 - 1) },
        loss("klDivergence", [[4, 3], [4, 3]]) {
            klDivergence(logPredictions: $0[0].logSoftmax(), targets: $0[1].softmax())
        },
        loss("tripletLoss", [[4, 3], [4, 3], [4, 3]]) {
            tripletLoss(anchors: $0[0], positives: $0[1], negatives: $0[2], margin: 1)
        },
        loss("tripletLoss", [[4, 3], [4, 3], [4, 3]]) {
            tripletLoss(anchors: $0[0], positives: $0[1], negatives: $0[2], margin: 0.2, distance: .squared)
        },
        loss("contrastiveLoss", [[4, 3], [4, 3]]) {
            contrastiveLoss($0[0], $0[1], targets: zeroOne([4]), margin: 3)
        },
        loss("ctcLoss", [[2, 5, 4]]) {
            ctcLoss(
                logits: $0[0], labels: Tensor([[1, 2, 2], [3, 1, 0]]), inputLengths: [5, 4], labelLengths: [3, 2])
        },
    ]

    static func random(_ shape: Shape, _ seed: UInt64) -> Tensor {
        .randomNormal(shape, key: RandomKey(seed: seed), dataType: .float64)
    }

    /// 0 and 1 by turns.
    private static func zeroOne(_ shape: Shape) -> Tensor {
        Tensor((0..<shape.elementCount).map { Double($0 % 2) }, shape: shape)
    }

    static func layer(
        _ name: String, _ input: Shape, _ make: @escaping @Sendable (RandomKey) -> any Layer
    ) -> GradientCheckCase {
        GradientCheckCase(kind: .layer, name: name) {
            // Gains of 1 and biases of 0 would hide mistakes.
            let layer = make(RandomKey(seed: 1))
            for (index, entry) in layer.parameters.enumerated() {
                let shift = random(entry.parameter.shape, UInt64(100 + index)) * 0.3
                entry.parameter.value = entry.parameter.value + shift
            }
            return try check(layer, random(input, 2))
        }
    }

    /// With states given and taken, and with lengths.
    private static func recurrent<Cell: RecurrentCell>(
        _ make: @escaping @Sendable (RandomKey) -> Recurrent<Cell>
    ) -> GradientCheckCase {
        GradientCheckCase(kind: .layer, name: "Recurrent") {
            let layer = make(RandomKey(seed: 1))
            let initial = layer.zeroState(batch: 2, dataType: .float64).tensors.enumerated().map { index, zeros in
                (name: "state \(index)", value: random(zeros.shape, UInt64(3 + index)))
            }
            let inventory = layer.inventory()
            let points =
                [("input", random([2, 4, 3], 2))] + initial
                + inventory.trainable.map { ($0.name, $0.parameter.value) }
            let check = GradientCheck()
            return check(points) { values in
                inventory.substituting(parameters: Array(values.dropFirst(1 + initial.count))) {
                    let state = RecurrentState(Array(values[1...initial.count]))
                    let (output, final) = layer(values[0], state: state, lengths: Tensor([4, 2]))
                    return final.tensors.map(check.combined).reduce(check.combined(output), +)
                }
            }
        }
    }

    private static func check(_ layer: some Layer, _ input: Tensor) throws -> GradientReport {
        try GradientCheck()(layer: layer, input: input)
    }

    private static func loss(
        _ name: String, _ shapes: [Shape], _ function: @escaping @Sendable ([Tensor]) -> Tensor
    ) -> GradientCheckCase {
        GradientCheckCase(kind: .loss, name: name) {
            let points = shapes.enumerated().map { ("input \($0)", random($1, UInt64(40 + $0))) }
            return GradientCheck()(points, function)
        }
    }
}
