import Foundation
import TestSupport
import Testing
import ThalwegEngine
import ThalwegNetworks

@propertyWrapper private struct Kept<Value> {
    var wrappedValue: Value
}

/// Everything that can hold a parameter, and things that cannot.
private struct Zoo: Module {
    let blocks: [any Layer]
    @Kept var wrapped = Dense(2, 2, key: key(7))
    let byName: [String: Dense]
    let missing: Dense?
    let present: Dense?
    let pair: (left: Parameter, Parameter)
    let numbers = [Double](repeating: 0, count: 1000)
    let label = "zoo"
    let tensor = Tensor.ones([2])

    init() {
        blocks = [
            Dense(2, 3, key: key(1)), Activation.relu, BatchNorm(3), Residual(Dense(3, 3, bias: false, key: key(2))),
        ]
        byName = ["b": Dense(1, 1, bias: false, key: key(3)), "a": Dense(1, 1, bias: false, key: key(4))]
        missing = nil
        present = Dense(1, 1, key: key(5))
        pair = (Parameter(.ones([1])), Parameter(.ones([2])))
    }
}

private class Base: Module {
    let first = Dense(1, 1, key: key(1))
}

private final class Derived: Base {
    let second = Dense(1, 1, key: key(2))
}

private struct Tied: Module {
    let embedding: Parameter
    let output: Parameter
}

private struct Adapted: Layer {
    let dense: Dense
    let a: Parameter

    init(base: Parameter, a: Parameter, b: Parameter) {
        self.a = a
        dense = Dense(
            weight: Parameter(from: [("base", base), ("a", a.shared()), ("b", b)]) { $0[0] + matmul($0[1], $0[2]) },
            bias: nil)
    }

    func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor { dense(x, context) }
    func visit(_ visitor: Visitor) { visitor.module("dense", dense) }
}

@Suite struct ModuleTests {
    @Test func namesAreStable() {
        #expect(
            Zoo().stateDictionary().map(\.name) == [
                "blocks.0.weight", "blocks.0.bias", "blocks.2.weight", "blocks.2.bias", "blocks.3.body.weight",
                "wrapped.weight", "wrapped.bias", "byName.a.weight", "byName.b.weight",
                "present.weight", "present.bias", "pair.left", "pair.1", "blocks.2.running_mean",
                "blocks.2.running_var",
                "blocks.2.num_batches_tracked",
            ])
        #expect(Derived().parameters.map(\.name) == ["first.weight", "first.bias", "second.weight", "second.bias"])
        let network = Sequential([
            Dense(2, 3, key: key()), Activation.relu, Dropout(keepProbability: 0.5), LayerNorm([3]),
        ])
        #expect(
            network.parameters.map(\.name) == ["layers.0.weight", "layers.0.bias", "layers.3.weight", "layers.3.bias"])
        let embedding = Sequential([Embedding(4, 2, key: key()), RMSNorm([2]), InstanceNorm(2, hasParameters: false)])
        #expect(embedding.parameters.map(\.name) == ["layers.0.weight", "layers.1.weight"])
        let masked = MaskedDense(mask: [[true, false]], key: key())
        #expect(masked.stateDictionary().map(\.name) == ["weight", "bias", "mask"])
    }

    @Test func sharingMustBeDeclared() async {
        let box = Parameter(.ones([2, 2]))
        let inventory = Tied(embedding: box.shared(), output: box).inventory()
        #expect(inventory.parameters.map(\.name) == ["embedding"])
        #expect(inventory.aliases == ["output": "embedding"])

        await #expect(processExitsWith: .failure) {
            let dense = Dense(2, 2, key: RandomKey(seed: 1))
            _ = Sequential([dense, dense]).inventory()
        }
    }

    @Test func loadingNamesWhatDoesNotFit() throws {
        let layer = Dense(3, 2, key: key())
        let weight = Tensor.ones([2, 3])
        #expect(throws: StateError.missing(name: "bias")) { try layer.load(["weight": weight]) }
        #expect(throws: StateError.shape(name: "weight", expected: [2, 3], found: [3, 2])) {
            try layer.load(["weight": .ones([3, 2]), "bias": .zeros([2])])
        }
        #expect(throws: StateError.unexpected(name: "extra")) {
            try layer.load(["weight": weight, "bias": .zeros([2]), "extra": .zeros([1])])
        }
        #expect(throws: StateError.type(name: "weight", expected: .float32, found: .int64)) {
            try layer.load(["weight": Tensor.zeros([2, 3], dataType: .int64), "bias": .zeros([2])])
        }
        // Nothing changed so far; other floating-point types are converted.
        #expect(layer.weight.value.doubles() != weight.doubles())
        try layer.load(["weight": weight.cast(to: .float64), "bias": .zeros([2])])
        #expect(layer.weight.value.doubles() == weight.doubles())
        #expect(layer.weight.dataType == .float32)
    }

    @Test func aCloneTrainsOnItsOwn() {
        let model = Sequential([Dense(2, 2, key: key(1)), BatchNorm(2)])
        let clone = model.clone()
        #expect(clone.stateDictionary().map(\.name) == model.stateDictionary().map(\.name))
        let x = Tensor([[Float(1), 2], [3, 5]])
        #expect(clone(x).doubles() == model(x).doubles())

        let before = model(x).doubles()
        clone.parameters[0].parameter.value = .zeros([2, 2])
        let context = Context(.training)
        _ = clone(x, context)
        context.commit()
        #expect(clone(x).doubles() != before)
        #expect(model(x).doubles() == before)
        #expect(model.inventory().runningValues[2].running.value.item() == 0)
        #expect(clone.inventory().runningValues[2].running.value.item() == 1)
    }

    @Test func computedParametersTrainTheirSources() {
        let (base, a, b) = (
            Parameter(.ones([2, 2]), isTrainable: false), Parameter(.ones([2, 1])), Parameter(.zeros([1, 2]))
        )
        let model = Adapted(base: base, a: a, b: b)
        #expect(model.parameters.map(\.name) == ["dense.weight.base", "dense.weight.a", "dense.weight.b"])
        #expect(model.inventory().trainable.map(\.name) == ["dense.weight.a", "dense.weight.b"])
        let x = Tensor([[Float(1), 2]])
        #expect(model(x).doubles() == [3, 3])
        b.value = .ones([1, 2])
        #expect(model(x).doubles() == [6, 6])
    }

    @Test func substitutedValuesReturn() {
        let layer = Dense(1, 1, key: key())
        let inventory = layer.inventory()
        let own = layer.weight.value.item()
        let y = inventory.substituting(parameters: [Tensor([[Float(3)]]), Tensor([Float(1)])]) {
            layer(Tensor([[Float(2)]])).item()
        }
        #expect(y == 7)
        #expect(layer.weight.value.item() == own)
    }

    @Test func summaryShowsShapesParametersAndOperations() {
        let keys = KeyStream(seed: 1)
        let model = Sequential([
            Dense(784, 128, key: keys.next()), Activation.relu, Dropout(keepProbability: 0.8), BatchNorm(128),
            Dense(128, 10, key: keys.next()),
        ])
        #expect(
            model.summary(inputShape: [784]) == """
                layer                         output  parameters  operations
                ------------------------------------------------------------
                input                         [784]
                layers.0  Dense(784, 128)     [128]      100,480     200,832
                layers.1  relu                [128]            0         128
                layers.2  Dropout(keep: 0.8)  [128]            0           0
                layers.3  BatchNorm(128)      [128]          256         256
                layers.4  Dense(128, 10)      [10]         1,290       2,570
                ------------------------------------------------------------

                102,026 parameters, 102,026 trainable, 408,104 bytes
                203,786 floating-point operations for one example

                """)
    }

    @Test func walkingLargeArraysIsCheap() {
        struct Large: Module {
            let data = [Float](repeating: 0, count: 1_000_000)
            let dense = Dense(1, 1, key: key())
        }
        let model = Large()
        let clock = ContinuousClock()
        let time = clock.measure { for _ in 0..<10 { _ = model.inventory() } }
        #expect(time < .milliseconds(100))
    }

    @Test func equalHiddenWeightsAreWarnedOf() {
        let zeros = Sequential([
            Dense(2, 3, initializer: .zeros, key: key()), Activation.relu, Dense(3, 1, initializer: .zeros, key: key()),
        ])
        #expect(zeros.symmetryWarnings().count == 1)
        #expect(zeros.symmetryWarnings()[0].contains("layers.0.weight"))
        #expect(Dense(5, 1, initializer: .zeros, key: key()).symmetryWarnings().isEmpty)
        #expect(Sequential([Dense(2, 3, key: key(1)), Dense(3, 1, key: key(2))]).symmetryWarnings().isEmpty)
    }

    #if os(Linux)
        /// A captured function that lays weights out in its own way lets go of the model's, one by one.
        @Test func releasedValuesAreNotHeldTwice() async {
            await #expect(processExitsWith: .success) {
                let (layers, width) = (24, 1024)
                /// The most memory that this process has had, in bytes.
                func peak() throws -> Int {
                    let status = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
                    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("VmHWM:") })
                    return try #require(Int(line.filter(\.isNumber))) * 1024
                }
                func growth(isReleasing: Bool) throws -> Double {
                    let keys = KeyStream(seed: 1)
                    let model = Sequential((0..<layers).map { _ in Dense(width, width, key: keys.next()) })
                    let inventory = model.inventory()
                    evaluate(inventory.parameters.map(\.parameter.value))
                    let x = Tensor.randomNormal([64, width], key: keys.next())
                    let expected = model(x).doubles()
                    let before = try peak()
                    let function = CompiledFunction(inputs: [(x.shape, .float32)]) { arguments in
                        defer { if isReleasing { inventory.releaseValues() } }
                        return [model(arguments[0])]
                    }
                    let grown = try peak() - before
                    expectClose(function([x])[0].doubles(), expected, 1e-4, "captured")
                    return Double(grown) / Double(layers * width * width * 4)
                }
                let released = try growth(isReleasing: true)
                let held = try growth(isReleasing: false)
                #expect(released < 0.3 && held > 0.7, "\(released) and \(held) of the weights' bytes")
            }
        }
    #endif
}
