import TestSupport
import Testing
import ThalwegEngine
import ThalwegNetworks

private struct Document: Decodable {
    struct ActivationCase: Decodable { let name: String, input, output, upstream, gradient: Packed }
    struct LossCase: Decodable {
        let loss, reduction: String
        let arguments: [String: JSON]
        let inputs, gradients: [String: Packed]
        let value, upstream: Packed
    }
    struct LayerCase: Decodable {
        let layer: String
        let arguments: [String: JSON]
        let parameters, gradients: [String: Packed]
        let input, output, upstream: Packed
        let inputGradient: Packed?
    }
    struct BatchNormCase: Decodable {
        struct Step: Decodable {
            let input, output, upstream, inputGradient, runningMean, runningVar, numBatchesTracked: Packed
            let gradients: [String: Packed]

            enum CodingKeys: String, CodingKey {
                case input, output, upstream, inputGradient, gradients
                case runningMean = "running_mean"
                case runningVar = "running_var"
                case numBatchesTracked = "num_batches_tracked"
            }
        }
        struct Inference: Decodable { let input, output: Packed }
        let momentum: Double?
        let epsilon: Double
        let features: Int
        let parameters: [String: Packed]
        let steps: [Step]
        let inference: Inference
    }
    let activations: [ActivationCase]
    let losses: [LossCase]
    let layers: [LayerCase]
    let batchNorms: [BatchNormCase]
}

/// Values and gradients against PyTorch, float64.
@Suite struct NetworkFixtureTests {
    private let document: Document
    init() throws { document = try fixture("networks.json") }

    @Test func maskedClassesCostNothing() {
        let logits = Tensor([[0.0, 1.0, -Double.infinity]])
        let loss = softmaxCrossEntropy(logits: logits, classes: Tensor([1])).item()
        #expect(abs(loss - 0.31326168751822286) < 1e-15)
    }

    @Test func activations() throws {
        for entry in document.activations {
            let activation = try Activation(parsing: entry.name)
            let result = vectorJacobianProduct(
                of: { activation($0[0]) }, at: [entry.input.tensor], upstream: entry.upstream.tensor)
            expectClose(result.value, entry.output, 1e-13, entry.name)
            expectClose(result.gradients[0], entry.gradient, 1e-13, "\(entry.name), gradient")
        }
        #expect(document.activations.count == 21)
    }

    @Test func losses() throws {
        for entry in document.losses {
            let what = "\(entry.loss) \(entry.arguments) \(entry.reduction)"
            let names = entry.gradients.keys.sorted()
            let result = vectorJacobianProduct(
                of: { values in
                    var inputs = entry.inputs.mapValues(\.tensor)
                    for (name, value) in zip(names, values) { inputs[name] = value }
                    return evaluateLoss(
                        entry.loss, entry.arguments, inputs, LossReduction(rawValue: entry.reduction) ?? .none)
                }, at: names.compactMap { entry.inputs[$0]?.tensor }, upstream: entry.upstream.tensor)
            expectClose(result.value, entry.value, 1e-12, what)
            for (name, gradient) in zip(names, result.gradients) {
                let expected = try #require(entry.gradients[name])
                expectClose(gradient, expected, 1e-12, "\(what), gradient of \(name)")
            }
        }
        #expect(Set(document.losses.map(\.loss)).count == 11)
    }

    @Test func layers() throws {
        for entry in document.layers {
            let layer = try makeLayer(entry.layer, entry.arguments)
            try layer.load(entry.parameters.mapValues(\.tensor))
            let inventory = layer.inventory()
            let hasInputGradient = entry.inputGradient != nil
            let points = inventory.trainable.map(\.parameter.value) + (hasInputGradient ? [entry.input.tensor] : [])
            let result = vectorJacobianProduct(
                of: { values in
                    inventory.substituting(parameters: Array(values.prefix(inventory.trainable.count))) {
                        layer(hasInputGradient ? values[values.count - 1] : entry.input.tensor, Context(.training))
                    }
                }, at: points, upstream: entry.upstream.tensor)
            let what = "\(entry.layer) \(entry.arguments)"
            expectClose(result.value, entry.output, 1e-12, what)
            for ((name, _), gradient) in zip(inventory.trainable, result.gradients) {
                expectClose(gradient, try #require(entry.gradients[name]), 1e-11, "\(what), gradient of \(name)")
            }
            if let expected = entry.inputGradient {
                expectClose(result.gradients[result.gradients.count - 1], expected, 1e-11, "\(what), input gradient")
            }
        }
    }

    @Test func batchNormOverSeveralSteps() throws {
        for entry in document.batchNorms {
            var statistics = BatchNorm.Statistics.cumulative
            if let momentum = entry.momentum { statistics = .exponential(momentum: momentum) }
            let what = "BatchNorm, \(statistics)"
            let layer = BatchNorm(
                entry.features, statistics: statistics, epsilon: entry.epsilon, dataType: .float64)
            try layer.load(entry.parameters.mapValues(\.tensor), isStrict: false)
            let inventory = layer.inventory()
            for step in entry.steps {
                let context = Context(.training)
                let points = inventory.trainable.map(\.parameter.value) + [step.input.tensor]
                let result = vectorJacobianProduct(
                    of: { values in
                        inventory.substituting(parameters: Array(values.prefix(2))) { layer(values[2], context) }
                    }, at: points, upstream: step.upstream.tensor)
                context.commit()
                expectClose(result.value, step.output, 1e-12, what)
                expectClose(result.gradients[0], try #require(step.gradients["weight"]), 1e-12, "\(what), weight")
                expectClose(result.gradients[1], try #require(step.gradients["bias"]), 1e-12, "\(what), bias")
                expectClose(result.gradients[2], step.inputGradient, 1e-11, "\(what), input")
                expectClose(layer.runningMean.value, step.runningMean, 1e-13, "\(what), running mean")
                expectClose(layer.runningVariance.value, step.runningVar, 1e-13, "\(what), running variance")
                #expect(layer.count.value.item() == step.numBatchesTracked.data[0])
            }
            expectClose(layer(entry.inference.input.tensor), entry.inference.output, 1e-12, "\(what), inference")
        }
    }

    private func makeLayer(_ name: String, _ arguments: [String: JSON]) throws -> any Layer {
        func integer(_ name: String) throws -> Int { Int(try #require(arguments[name]?.number)) }
        let epsilon = arguments["epsilon"]?.number ?? 1e-5
        func shape() throws -> Shape {
            guard case .array(let sizes) = arguments["shape"] else { return [] }
            return Shape(sizes.compactMap { $0.number.map(Int.init) })
        }
        switch name {
        case "Dense":
            return Dense(
                try integer("inputs"), try integer("outputs"), bias: arguments["bias"]?.flag ?? true,
                dataType: .float64,
                key: key())
        case "LayerNorm": return LayerNorm(try shape(), epsilon: epsilon, dataType: .float64)
        case "RMSNorm": return RMSNorm(try shape(), epsilon: epsilon, dataType: .float64)
        case "GroupNorm":
            return GroupNorm(
                groups: try integer("groups"), channels: try integer("channels"), epsilon: epsilon, dataType: .float64)
        case "InstanceNorm": return InstanceNorm(try integer("channels"), epsilon: epsilon, dataType: .float64)
        case "Embedding": return Embedding(try integer("count"), try integer("width"), dataType: .float64, key: key())
        default: throw UnknownCase(name: name)
        }
    }
}

private struct UnknownCase: Error { let name: String }

private func evaluateLoss(
    _ name: String, _ arguments: [String: JSON], _ inputs: [String: Tensor], _ reduction: LossReduction
) -> Tensor {
    func x(_ name: String) -> Tensor { inputs[name] ?? .zeros([]) }
    func number(_ name: String, _ fallback: Double) -> Double { arguments[name]?.number ?? fallback }
    switch name {
    case "squared": return squaredError(x("predictions"), x("targets"), reduction: reduction)
    case "absolute": return absoluteError(x("predictions"), x("targets"), reduction: reduction)
    case "huber":
        return huberLoss(x("predictions"), x("targets"), delta: number("delta", 1), reduction: reduction)
    case "logistic":
        if inputs["probabilities"] != nil {
            return logisticLoss(probabilities: x("probabilities"), targets: x("targets"), reduction: reduction)
        }
        return logisticLoss(
            logits: x("logits"), targets: x("targets"), positiveWeight: number("positiveWeight", 1),
            reduction: reduction)
    case "softmaxCrossEntropy":
        let smoothing = number("smoothing", 0)
        if inputs["classes"] != nil {
            return softmaxCrossEntropy(
                logits: x("logits"), classes: x("classes"), smoothing: smoothing, classWeights: inputs["weights"],
                reduction: reduction)
        }
        return softmaxCrossEntropy(
            logits: x("logits"), targets: x("targets"), smoothing: smoothing, classWeights: inputs["weights"],
            reduction: reduction)
    case "hinge":
        return hingeLoss(
            x("predictions"), x("targets"), squared: arguments["squared"]?.flag ?? false, reduction: reduction)
    case "klDivergence":
        return klDivergence(logPredictions: x("logPredictions"), targets: x("targets"), reduction: reduction)
    case "triplet":
        return tripletLoss(
            anchors: x("anchors"), positives: x("positives"), negatives: x("negatives"), margin: number("margin", 1),
            distance: EmbeddingDistance(rawValue: arguments["distance"]?.text ?? "") ?? .euclidean, reduction: reduction
        )
    case "contrastive":
        return contrastiveLoss(
            x("first"), x("second"), targets: x("targets"), margin: number("margin", 1), reduction: reduction)
    case "focal":
        return focalLoss(
            logits: x("logits"), targets: x("targets"), alpha: arguments["alpha"]?.number, gamma: number("gamma", 2),
            reduction: reduction)
    default:
        return ctcLoss(
            logits: x("logits"), labels: x("labels"), inputLengths: x("inputLengths").scalars(as: Int.self),
            labelLengths: x("labelLengths").scalars(as: Int.self), reduction: reduction)
    }
}
