import Testing
import ThalwegDataSets
import ThalwegEngine
import ThalwegNetworks
import ThalwegTraining

/// A model of one's own in thirty lines, through the public interface only.
@Suite struct ReadmeTests {
    struct Classifier: Layer {
        let hidden: Dense
        let output: Dense

        func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
            output(Dropout(keepProbability: 0.8)(hidden(x, context).relu(), context), context)
        }
    }

    @Test func thirtyLines() throws {
        var settings = TrainingConfiguration()
        settings.data = "digits"
        let data = try PreparedData(settings)
        let keys = KeyStream(seed: 1)
        let model = Classifier(hidden: Dense(64, 128, key: keys.next()), output: Dense(128, 10, key: keys.next()))
        let step = TrainingStep(model, rule: UpdateRule(Adam())) { softmaxCrossEntropy(logits: $0, classes: $1) }
        let order = BatchOrder(count: data.train.count, seed: 1)
        for epoch in 0..<30 {
            let rows = order.order(epoch: epoch)
            for start in stride(from: 0, to: rows.count, by: 64) {
                let batch = Array(rows[start..<min(start + 64, rows.count)])
                _ = step(data.train.x, data.train.y, rows: batch, rate: 0.003)
            }
        }
        let test = try #require(data.test)
        let right = (model(test.x).argmax(along: -1) .== test.y).cast(to: .float32).mean().item()
        #expect(right >= 0.95)
        #expect(model.parameters.map(\.name) == ["hidden.weight", "hidden.bias", "output.weight", "output.bias"])
    }
}
