import TestSupport
import Testing
import ThalwegEngine
import ThalwegNetworks

private struct Document: Decodable {
    struct Case: Decodable { let rule: String, values: [String: [Double]] }
    struct Clipped: Decodable { let clip: String, limit: Double, values: [String: [Double]] }
    let rate: Double
    let start: [Packed]
    let gradients: [[Packed]]
    let cases: [Case]
    let clipped: [Clipped]
}

private struct TwoParameters: Module {
    let matrix: Parameter
    let vector: Parameter
}

@Suite struct OptimizerTests {
    private let document: Document
    init() throws { document = try fixture("optimizers.json") }

    /// Runs all steps through a captured function, as the trainer does, and returns the values after the asked steps.
    private func run(
        _ optimizer: any Optimizer, clipping: GradientClipping? = nil, dataType: DataType = .float64
    ) -> [Int: [Double]] {
        let start = document.start.map { $0.tensor.cast(to: dataType) }
        let model = TwoParameters(matrix: Parameter(start[0]), vector: Parameter(start[1]))
        let inventory = model.inventory()
        let rule = UpdateRule(optimizer, clipping: clipping)
        var state = rule.initialState(for: inventory).map(\.tensor)
        var values = start
        let scalar = Tensor(document.rate, dataType: dataType)
        let inputs = (values + values + state + [scalar, scalar]).map { (shape: $0.shape, dataType: $0.dataType) }
        let stateCount = state.count
        let step = CompiledFunction(inputs: inputs) { x in
            let result = rule(
                inventory, parameters: Array(x[0..<2]), gradients: Array(x[2..<4]),
                state: Array(x[4..<4 + stateCount]), rate: x[4 + stateCount], step: x[5 + stateCount])
            return result.parameters + result.state
        }
        var kept: [Int: [Double]] = [:]
        for (index, gradients) in document.gradients.enumerated() {
            let arguments =
                values + gradients.map { $0.tensor.cast(to: dataType) } + state
                + [scalar, Tensor(Double(index + 1), dataType: dataType)]
            let results = step(arguments)
            values = Array(results[0..<2])
            state = Array(results[2...])
            kept[index + 1] = values.flatMap { $0.doubles() }
        }
        return kept
    }

    @Test func rulesEqualPyTorch() throws {
        for entry in document.cases {
            let found = run(try OptimizerChoice(parsing: entry.rule).optimizer)
            for (step, expected) in entry.values {
                expectClose(try #require(found[Int(step) ?? 0]), expected, 1e-12, "\(entry.rule), step \(step)")
            }
        }
        #expect(
            Set(OptimizerChoice.names).isSubset(of: Set(document.cases.map { String($0.rule.prefix { $0 != "(" }) })))
    }

    @Test func rulesEqualPyTorchInFloat32() throws {
        for entry in document.cases {
            let found = run(try OptimizerChoice(parsing: entry.rule).optimizer, dataType: .float32)
            for (step, expected) in entry.values {
                // Centered RMSprop subtracts nearly equal squares.
                let tolerance = entry.rule.contains("centered") ? 1e-4 : 2e-6
                expectClose(try #require(found[Int(step) ?? 0]), expected, tolerance, "\(entry.rule), step \(step)")
            }
        }
    }

    @Test func clippingEqualsPyTorch() throws {
        for entry in document.clipped {
            let clipping: GradientClipping = entry.clip == "norm" ? .norm(entry.limit) : .value(entry.limit)
            let found = run(SGD(), clipping: clipping)
            for (step, expected) in entry.values {
                expectClose(try #require(found[Int(step) ?? 0]), expected, 1e-13, "\(entry.clip), step \(step)")
            }
        }
    }

    @Test func choicesReadBackAsWritten() throws {
        for name in OptimizerChoice.names {
            let choice = try OptimizerChoice(parsing: name)
            #expect(try OptimizerChoice(parsing: choice.description).description == choice.description)
        }
        #expect(throws: ChoiceError.self) { try OptimizerChoice(parsing: "adan") }
        #expect(throws: ChoiceError.self) { try OptimizerChoice(parsing: "adam(beta3=0.9)") }
        #expect(throws: ChoiceError.self) { try OptimizerChoice(parsing: "adam(beta1=1.5)") }
        #expect(throws: ChoiceError.self) { try OptimizerChoice(parsing: "adam(beta1=0.9") }
    }

    @Test func groupsChooseByName() {
        let head = ParameterGroup("head.*", rateMultiplier: 10)
        #expect(head.matches("head.weight") && !head.matches("body.head.weight"))
        #expect(ParameterGroup("*.bias").matches("layers.0.bias"))
        #expect(ParameterGroup("layers.*.weight").matches("layers.12.weight"))
        #expect(!ParameterGroup("layers.*.weight").matches("layers.weight"))

        let model = TwoParameters(matrix: Parameter(.ones([1, 1])), vector: Parameter(.ones([1]), role: .bias))
        let inventory = model.inventory()
        let rule = UpdateRule(SGD(weightDecay: 1), groups: [ParameterGroup("matrix", rateMultiplier: 0.5)])
        let zeros = inventory.trainable.map { Tensor.zeros($0.parameter.shape) }
        let result = rule(
            inventory, parameters: inventory.trainable.map(\.parameter.value), gradients: zeros, state: [],
            rate: Tensor(0.1), step: Tensor(1.0))
        // Weight decay reaches the matrix at half the rate, and not the bias.
        #expect(abs(result.parameters[0].item() - 0.95) < 1e-6)
        #expect(result.parameters[1].item() == 1)
    }

    @Test func biasCorrectionIsExactInFloat32() throws {
        // After one step from zero Adam moves by the rate whatever the gradient's size.
        for beta2 in [0.999, 0.99999] {
            let adam = Adam(beta2: beta2, epsilon: 0)
            let x = Tensor([Float(0)])
            let result = adam.update(
                parameter: x, gradient: Tensor([Float(0.37)]), state: adam.initialState(for: x), rate: Tensor(0.1),
                step: Tensor(1.0))
            #expect(abs(result.parameter.item() + 0.1) < 1e-7)
        }
    }
}
