import TestSupport
import Testing
import ThalwegEngine
import ThalwegNetworks

@Suite struct LayerTests {
    @Test func dropoutKeepsTheExpectation() {
        let count = 1_000_000
        let keep = 0.8
        let y = Dropout(keepProbability: keep)(Tensor.ones([count]), Context(.training, key: key(3)))
        let values = Set(y.scalars(as: Float.self))
        #expect(values == [0, 1.25])
        // A kept unit is worth 1/keep: the mean of n draws has deviation sqrt((1 - keep) / keep / n).
        let deviation = ((1 - keep) / keep / Double(count)).squareRoot()
        #expect(abs(y.cast(to: .float64).mean().item() - 1) < 3 * deviation)
    }

    @Test func dropoutIsOffOutsideTraining() {
        let layer = Dropout(keepProbability: 0.5)
        let x = Tensor.ones([8])
        #expect(layer(x).doubles() == x.doubles())
        #expect(layer(x, Context(.gradientCheck)).doubles() == x.doubles())
        #expect(layer(x, Context(.training, key: key(), isDropoutEnabled: false)).doubles() == x.doubles())
    }

    @Test func layersGetMasksOfTheirOwn() {
        let layer = Dropout(keepProbability: 0.5)
        let context = Context(.training, key: key())
        let x = Tensor.ones([64])
        #expect(layer(x, context).doubles() != layer(x, context).doubles())
        #expect(
            layer(x, Context(.training, key: key())).doubles() == layer(x, Context(.training, key: key())).doubles())
    }

    @Test func capturedStepsDrawFreshMasks() {
        let layer = Dropout(keepProbability: 0.5)
        let step = CompiledFunction(inputs: [([], .int64)]) { inputs in
            [layer(Tensor.ones([64]), Context(.training, key: RandomKey(tensor: inputs[0])))]
        }
        let (first, second) = (step([Tensor(1)])[0].doubles(), step([Tensor(2)])[0].doubles())
        #expect(first != second)
        #expect(step([Tensor(1)])[0].doubles() == first)
    }

    @Test func populationStatisticsAreExact() {
        let data = GradientData.normal([10, 3], seed: 5) * 2 + 1
        let layer = BatchNorm(3, statistics: .population, dataType: .float64)
        for rows in [0..<4, 4..<7, 7..<10] {
            let context = Context(.training)
            _ = layer(data[rows], context)
            context.commit()
        }
        #expect(layer.count.value.item() == 10)
        expectClose(layer.runningMean.value.doubles(), data.mean(along: 0).doubles(), 1e-13, "mean")
        expectClose(layer.runningVariance.value.doubles(), data.variance(along: 0).doubles(), 1e-13, "variance")
        layer.resetStatistics()
        #expect(layer.count.value.item() == 0)
    }

    @Test func capturedStepsReturnRunningValues() {
        let model = Sequential([BatchNorm(2, dataType: .float64), BatchNorm(2, dataType: .float64)])
        let inventory = model.inventory()
        let x = GradientData.normal([6, 2], seed: 1)
        let inputs = [x] + inventory.runningValues.map(\.running.value)
        let step = CompiledFunction(inputs: inputs.map { ($0.shape, $0.dataType) }) { arguments in
            let context = Context(.training)
            return inventory.substituting(
                parameters: inventory.trainable.map(\.parameter.value), running: Array(arguments.dropFirst())
            ) {
                [model(arguments[0], context)] + inventory.newRunningValues(after: context)
            }
        }
        let outputs = step(inputs)
        let context = Context(.training)
        _ = model(x, context)
        context.commit()
        for (entry, output) in zip(inventory.runningValues, outputs.dropFirst()) {
            expectClose(output.doubles(), entry.running.value.doubles(), 1e-14, entry.name)
        }
    }

    @Test func maskedConnectionsHaveNoEffect() {
        let layer = MaskedDense(mask: [[true, true, false], [false, false, true]], dataType: .float64, key: key())
        let x = Tensor([[1.0, 2, 3]])
        let changed = Tensor([[1.0, 2, 30]])
        #expect(layer(x).doubles()[0] == layer(changed).doubles()[0])
        #expect(layer(x).doubles()[1] != layer(changed).doubles()[1])
    }

    @Test func residualStartsAsIdentity() {
        let layer = Residual(Dense(4, 4, initializer: .zeros, key: key()))
        let x = Tensor.randomNormal([2, 4], key: key(2))
        #expect(layer(x).doubles() == x.doubles())
    }

    @Test func activationsPassNaNAndHaveTheConventionalSlopeAtZero() throws {
        for name in Activation.names where !name.hasPrefix("softmax") && !name.hasPrefix("log") {
            let activation = try Activation(parsing: name)
            #expect(activation(Tensor([Double.nan])).item().isNaN, "\(name)")
        }
        #expect(gradient(of: { $0.relu().sum() }, at: Tensor([0.0])).item() == 0)
        #expect(gradient(of: { $0.softplus().sum() }, at: Tensor([0.0])).item() == 0.5)
        #expect(Activation.relu(Tensor([Float.infinity, -.infinity])).doubles() == [.infinity, 0])
    }

    @Test func namesReadBackAsWritten() throws {
        for name in Activation.names {
            let activation = try Activation(parsing: name)
            #expect(try Activation(parsing: activation.description) == activation)
        }
        #expect(try Activation(parsing: "Leaky-ReLU( slope = 0.2 )") == .leakyReLU(slope: 0.2))
        #expect(try Activation(parsing: "elu(0.5)") == .elu(alpha: 0.5))
        #expect(throws: ChoiceError.self) { try Activation(parsing: "relu(slope=1)") }
        let unknown = #expect(throws: ChoiceError.self) { try Activation(parsing: "sigmiod") }
        #expect(unknown?.description.contains("did you mean 'sigmoid'?") == true)
    }

    @Test func wrongShapesTrap() async {
        await #expect(processExitsWith: .failure) { _ = Dense(3, 2, key: RandomKey(seed: 1))(Tensor.ones([2, 4])) }
        await #expect(processExitsWith: .failure) { _ = Embedding(3, 2, key: RandomKey(seed: 1))(Tensor.ones([2])) }
        await #expect(processExitsWith: .failure) { _ = squaredError(Tensor.ones([4]), Tensor.ones([4, 1])) }
        await #expect(processExitsWith: .failure) { _ = Dropout(keepProbability: 0) }
        await #expect(processExitsWith: .failure) {
            _ = Dropout(keepProbability: 0.5)(Tensor.ones([2]), Context(.training))
        }
    }

    @Test(arguments: ["gelu", "gelu_tanh", "silu", "mish"]) func gatedActivationsHaveSecondDerivatives(_ name: String)
        throws
    {
        let activation = try Activation(parsing: name)
        let x = Tensor([-6, -2.5, -1.2, -0.3, 0, 0.1, 0.8, 2.5, 7] as [Double])
        func slope(_ x: Tensor) -> Tensor { gradient(of: { activation($0).sum() }, at: x) }
        let found = gradient(of: { slope($0).sum() }, at: x).doubles()
        let step = 1e-5
        let expected = ((slope(x + step) - slope(x - step)) / (2 * step)).doubles()
        expectClose(found, expected, 1e-8, name)
    }

    /// What a training step keeps of an activation that multiplies x by a gate of x: its value, which the next product's
    /// gradient reads, and its derivative, not what that is made of.
    @Test(arguments: ["gelu", "gelu_tanh", "silu", "mish"])
    func gatedActivationsKeepTheirDerivative(_ name: String) throws {
        let (layers, rows, width) = (8, 4096, 64)
        let activation = try Activation(parsing: name)
        let step = CompiledFunction(
            inputs: [([rows, width], .float32)] + (0..<layers).map { _ in ([width, width], .float32) }
        ) { arguments in
            valueAndGradient(
                of: { weights in
                    var x = arguments[0]
                    for weight in weights { x = activation(matmul(x, weight)) }
                    return x.square().mean()
                }, at: Array(arguments[1...])
            ).gradients
        }
        let values = Double(step.arenaBytes) / Double(rows * width * 4)
        #expect(values < 2 * Double(layers) + 2.5)
    }
}

enum GradientData {
    static func normal(_ shape: Shape, seed: UInt64) -> Tensor {
        .randomNormal(shape, key: key(seed), dataType: .float64)
    }
}
