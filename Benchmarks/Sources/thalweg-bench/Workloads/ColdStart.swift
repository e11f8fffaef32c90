import Thalweg

extension Workload {
    /// A whole process: reads the digits, trains 64-128-10 by Adam for 20 epochs of 23 batches of 64, and says how well it
    /// does on the test rows.
    static let coldStart = Workload(
        name: "cold_start",
        kind: .process(steps: 460) { setting, steps in
            let digits = try Digits.rows(setting)
            let layers = Sequential([
                Dense(64, 128, key: RandomKey(seed: 1)), Activation.relu, Dense(128, 10, key: RandomKey(seed: 2)),
            ])
            layers.cast(to: setting.dataType)
            // The step takes row numbers and picks the rows itself.
            let rows = Tensor.range(64)
            let runner = TrainingRunner(
                RowsOf(inputs: digits.x, layers: layers), batches: [(rows, rows)], optimizer: Adam(), rate: 1e-3,
                loss: { softmaxCrossEntropy(logits: $0, classes: digits.y.gathered(at: $1)) }, setting)
            var random = RandomSource(key: RandomKey(seed: 3))
            var order: [Int] = []
            for _ in 0..<steps {
                if order.count < 64 { order = (0..<digits.x.shape[0]).shuffled(using: &random) }
                let rows = Tensor(Array(order.suffix(64)))
                order.removeLast(64)
                runner.advance((rows, rows))
            }
            runner.finish()
            let right = layers(digits.testX).argmax(along: -1) .== digits.testY
            return "accuracy \(right.cast(to: .float64).mean().item())"
        })
}

private struct RowsOf: Layer {
    let inputs: Tensor
    let layers: Sequential

    func visit(_ visitor: Visitor) { layers.visit(visitor) }

    func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor { layers(inputs.gathered(at: x), context) }
}

extension Digits {
    /// 1,472 rows to train on and 325 to test on, pixels from 0 to 1: the file's, or the embedded set's, shuffled.
    fileprivate static func rows(_ setting: Setting) throws -> (x: Tensor, y: Tensor, testX: Tensor, testY: Tensor) {
        var x: Tensor, y: Tensor, testX: Tensor, testY: Tensor
        if let file = setting.file {
            let found = try ["x_train", "y_train", "x_test", "y_test"].map(file.take)
            (x, y, testX, testY) = (found[0], found[1], found[2], found[3])
        } else {
            guard case .arrays(let images, let labels?) = examples else { throw BenchmarkError("no digits") }
            var random = RandomSource(key: RandomKey(seed: 4))
            let order = Tensor((0..<count).shuffled(using: &random))
            let pixels = images.reshaped(to: [count, 64]).gathered(at: order).cast(to: .float32) * (1.0 / 16)
            let numbers = labels.gathered(at: order)
            (x, y, testX, testY) = (pixels[0..<1472], numbers[0..<1472], pixels[1472...], numbers[1472...])
        }
        (x, testX) = (x.cast(to: setting.dataType), testX.cast(to: setting.dataType))
        (y, testY) = (y.cast(to: .int64), testY.cast(to: .int64))
        evaluate([x, y, testX, testY])
        return (x, y, testX, testY)
    }
}
