import TestSupport
import Testing
import ThalwegEngine
import ThalwegNetworks

@Suite struct RegularizationTests {
    private func model() -> Dense {
        Dense(weight: Parameter(Tensor([[3.0, -4], [0.5, 0]])), bias: Parameter(Tensor([10.0, 20]), role: .bias))
    }

    @Test func penaltiesEqualTheirFormulas() throws {
        let inventory = model().inventory()
        let penalties: [(Regularization, Double)] = [
            (Regularization(l2: 0.7), 0.7 / 20 * 25.25), (Regularization(l1: 0.2), 0.2 / 10 * 7.5),
            (Regularization(l2: 0.7, l1: 0.2), 0.7 / 20 * 25.25 + 0.2 / 10 * 7.5),
            (Regularization(l2: 1, includesBiases: true), (25.25 + 500) / 20),
        ]
        for (regularization, expected) in penalties {
            let penalty = try #require(regularization.penalty(inventory, examples: 10))
            #expect(abs(penalty.item() - expected) < 1e-13)
        }
        #expect(Regularization.none.penalty(inventory, examples: 10) == nil)
    }

    @Test func maxNormShortensRows() {
        let inventory = model().inventory()
        let rule = UpdateRule(SGD(), regularization: Regularization(maxNorm: 1))
        let values = inventory.trainable.map(\.parameter.value)
        let zeros = values.map { Tensor.zeros($0.shape, dataType: .float64) }
        let result = rule(
            inventory, parameters: values, gradients: zeros, state: [], rate: Tensor(0.1), step: Tensor(1.0))
        expectClose(result.parameters[0].doubles(), [0.6, -0.8, 0.5, 0], 1e-14, "rows")
        #expect(result.parameters[1].doubles() == [10, 20])
    }

    /// Only two of six features matter: L1 brings the others to exactly zero, with plain descent and with Adam.
    @Test(arguments: ["sgd", "adam"]) func l1SelectsFeatures(_ name: String) throws {
        let x = GradientData.normal([60, 6], seed: 8)
        let truth = Tensor([[2.0], [0], [-1], [0], [0], [0]])
        let y = matmul(x, truth) + 0.05 * GradientData.normal([60, 1], seed: 9)
        let model = Dense(6, 1, dataType: .float64, key: key())
        let inventory = model.inventory()
        let rule = UpdateRule(
            try OptimizerChoice(parsing: name).optimizer, regularization: Regularization(l1: 12), examples: 60)
        var state = rule.initialState(for: inventory).map(\.tensor)
        for step in 1...600 {
            let result = valueAndGradient(
                of: { values in inventory.substituting(parameters: values) { squaredError(model(x), y) } },
                at: inventory.trainable.map(\.parameter.value))
            let updated = rule(
                inventory, parameters: inventory.trainable.map(\.parameter.value), gradients: result.gradients,
                state: state,
                rate: Tensor(name == "sgd" ? 0.1 : 0.01), step: Tensor(Double(step)))
            evaluate(updated.parameters + updated.state)
            inventory.assign(parameters: updated.parameters)
            state = updated.state
        }
        let report = SparsityReport(model, featureNames: ["a", "b", "c", "d", "e", "f"])
        #expect(report.usedFeatures == ["a", "c"], "\(report)")
        #expect(report.weights[0].zero == 4)
        #expect(report.description.contains("2 of 6 features are used; unused: b, d, e, f"))
    }
}
