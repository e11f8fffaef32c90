import Foundation
import TestSupport
import Testing
import ThalwegEngine
import ThalwegModels
import ThalwegNetworks

/// models.json: what PyTorch and torchvision make of the same models.
private struct Document: Decodable {
    let models: [Model]
    let blocks: [Block]

    struct Model: Decodable {
        struct Entry: Decodable {
            let name: String
            let shape: [Int]
        }

        let model: String
        let parameters: Int
        let size: Int
        let channels: Int
        let state: [Entry]
        let logits: Packed
    }

    struct Block: Decodable {
        let block: String
        let inputs: Int
        let width: Int
        let stride: Int
        let input: Packed
        let output: Packed
        let upstream: Packed
        let inputGradient: Packed
        let parameters: [String: Packed]
        let gradients: [String: Packed]
        let running: [String: Packed]
    }

    static func read() throws -> Document { try fixture("models.json") }
}

@Suite struct ImageModelTests {
    private static let key = RandomKey(seed: 1)

    private static let models: [String: @Sendable () -> any Layer] = [
        "LeNet5": { LeNet5(dataType: .float64, key: key) },
        "SmallResNet20": { SmallResNet(depth: 20, dataType: .float64, key: key) },
        "SmallResNet32": { SmallResNet(depth: 32, dataType: .float64, key: key) },
        "SmallResNet56": { SmallResNet(depth: 56, dataType: .float64, key: key) },
        "ResNet18": { .resNet18(dataType: .float64, key: key) as ResNet },
        "ResNet34": { .resNet34(dataType: .float64, key: key) as ResNet },
        "ResNet50": { .resNet50(dataType: .float64, key: key) as ResNet },
    ]

    private func expectCloseToScale(_ found: Tensor, _ expected: Packed, _ tolerance: Double, _ what: String) {
        #expect(found.shape == Shape(expected.shape), "\(what)")
        let scale = expected.data.reduce(1) { max($0, abs($1)) }
        let error = zip(found.doubles(), expected.data).reduce(0) { max($0, abs($1.0 - $1.1)) } / scale
        #expect(error <= tolerance, "\(what): error \(error)")
    }

    @Test(arguments: models.keys.sorted()) func agreesWithTorchvision(_ name: String) throws {
        let golden = try #require(try Document.read().models.first { $0.model == name })
        let make = try #require(Self.models[name])
        let model = make()
        #expect(model.parameterCount == golden.parameters)
        let state = Dictionary(uniqueKeysWithValues: model.stateDictionary().map { ($0.name, $0.tensor.shape) })
        #expect(state == Dictionary(uniqueKeysWithValues: golden.state.map { ($0.name, Shape($0.shape)) }))

        // The generator's rule for weights.
        var weights: [String: Tensor] = [:]
        for (number, entry) in golden.state.enumerated() {
            if entry.name.hasSuffix("num_batches_tracked") {
                weights[entry.name] = Tensor(0)
                continue
            }
            let count = entry.shape.reduce(1, *)
            let wave = Tensor((0..<count).map { sin(0.7 * Double($0) + Double(number)) }, shape: Shape(entry.shape))
            if entry.shape.count > 1 {
                weights[entry.name] = wave * (0.4 / Double(count / entry.shape[0])).squareRoot()
            } else {
                let isNearOne = entry.name.hasSuffix("running_var") || entry.name.hasSuffix("weight")
                weights[entry.name] = wave * 0.1 + (isNearOne ? 1 : 0)
            }
        }
        try model.load(weights)
        let count = golden.size * golden.size * golden.channels
        let x = Tensor(
            (0..<count).map { sin(0.3 * Double($0)) }, shape: [1, golden.size, golden.size, golden.channels])
        expectCloseToScale(model(x)[0, 0..<10], golden.logits, 1e-10, "logits of \(name)")
    }

    @Test func blocksTrainAsTorchvisions() throws {
        for entry in try Document.read().blocks {
            let key = RandomKey(seed: 1)
            let layer: any Layer =
                entry.block == "BasicBlock"
                ? BasicBlock(entry.inputs, entry.width, stride: entry.stride, dataType: .float64, key: key)
                : BottleneckBlock(entry.inputs, entry.width, stride: entry.stride, dataType: .float64, key: key)
            try layer.load(entry.parameters.mapValues(\.tensor), isStrict: false)
            let inventory = layer.inventory()
            let context = Context(.training)
            let result = vectorJacobianProduct(
                of: { points in
                    inventory.substituting(parameters: Array(points.dropLast())) {
                        layer(points[points.count - 1], context)
                    }
                }, at: inventory.trainable.map(\.parameter.value) + [entry.input.tensor],
                upstream: entry.upstream.tensor)
            context.commit()
            expectCloseToScale(result.value, entry.output, 1e-12, entry.block)
            for (index, (name, _)) in inventory.trainable.enumerated() {
                expectCloseToScale(
                    result.gradients[index], try #require(entry.gradients[name]), 1e-11, "\(entry.block), \(name)")
            }
            expectCloseToScale(
                try #require(result.gradients.last), entry.inputGradient, 1e-11, "\(entry.block), input gradient")
            #expect(inventory.runningValues.count == entry.running.count)
            for (name, running) in inventory.runningValues {
                expectCloseToScale(
                    running.value.cast(to: .float64), try #require(entry.running[name]), 1e-12,
                    "\(entry.block), \(name)")
            }
        }
    }

    @Test func depthMustFit() async {
        await #expect(processExitsWith: .failure) { _ = SmallResNet(depth: 21, key: RandomKey(seed: 1)) }
    }
}
