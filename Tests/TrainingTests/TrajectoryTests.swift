import TestSupport
import Testing
import ThalwegEngine
import ThalwegNetworks
import ThalwegTraining

/// Twenty steps from given weights go where PyTorch's go: the recipes of benchmark workloads at narrow widths.
@Suite struct TrajectoryTests {
    struct Document: Decodable {
        struct Layer: Decodable { let weight, bias: Packed }
        struct Case: Decodable {
            let name, optimizer, activation, loss: String
            let rate: Double
            let x, y: Packed
            let layers: [Layer]
            /// Before each update.
            let losses, losses32: [Double]
            /// Euclidean norms of weights and biases after the last one.
            let normsAfter: [Double]
        }
        let cases: [Case]
    }

    private func run(_ recipe: Document.Case, _ type: DataType) throws -> (losses: [Double], norms: [Double]) {
        let activation = try Activation(parsing: recipe.activation)
        let layers = recipe.layers.enumerated().flatMap { index, layer -> [any Layer] in
            let dense = Dense(
                weight: Parameter(layer.weight.tensor.cast(to: type)),
                bias: Parameter(layer.bias.tensor.cast(to: type), role: .bias))
            return index + 1 < recipe.layers.count ? [dense, activation] : [dense]
        }
        let model = Sequential(layers)
        let rule = UpdateRule(try OptimizerChoice(parsing: recipe.optimizer).optimizer)
        let isLogistic = recipe.loss == "logistic"
        let step = TrainingStep(model, rule: rule) { output, target in
            isLogistic
                ? logisticLoss(logits: output, targets: target) : softmaxCrossEntropy(logits: output, classes: target)
        }
        let x = recipe.x.tensor.cast(to: type)
        let y = isLogistic ? recipe.y.tensor.cast(to: type) : recipe.y.tensor
        let losses = (0..<recipe.losses.count).map { number in
            let batch = number % x.shape[0]
            return step(x[batch], y[batch], rate: recipe.rate).cost
        }
        return (losses, model.parameters.map { $0.parameter.value.square().sum().item().squareRoot() })
    }

    @Test(arguments: ["mlp_tiny", "mlp_cat", "mlp_mnist", "mlp_wide"]) func likePyTorch(_ name: String) throws {
        let recipe = try #require(try fixture("trajectories.json", as: Document.self).cases.first { $0.name == name })
        let double = try run(recipe, .float64)
        expectRelative(double.losses, recipe.losses, 1e-9, "\(name), losses in float64")
        expectRelative(double.norms, recipe.normsAfter, 1e-9, "\(name), norms after the last step")
        // PyTorch's own float32 is up to 2e-7 from its float64.
        let single = try run(recipe, .float32)
        expectRelative(single.losses, recipe.losses32, 2e-6, "\(name), losses in float32")
        expectRelative(single.losses, recipe.losses, 2e-6, "\(name), float32 against float64")
    }

    private func expectRelative(_ found: [Double], _ expected: [Double], _ tolerance: Double, _ what: String) {
        #expect(found.count == expected.count, "\(what)")
        for (index, (a, b)) in zip(found, expected).enumerated() {
            #expect(abs(a - b) <= tolerance * abs(b), "\(what): number \(index) is \(a), expected \(b)")
        }
    }
}
