// Handwritten digits with a model of one's own: the program of the README.
import Thalweg

struct Classifier: Layer {
    let hidden: Dense
    let output: Dense

    init(seed: UInt64) {
        let keys = KeyStream(seed: seed)
        hidden = Dense(64, 128, key: keys.next())
        output = Dense(128, 10, key: keys.next())
    }

    func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        output(hidden(x, context).relu(), context)
    }
}

guard case .arrays(let images, let labels?) = Digits.examples else { fatalError("digits have labels") }
let x = images.reshaped(to: [-1, 64]).cast(to: .float32) / 16
let y = labels.cast(to: .int64)
let (trainX, testX) = (x[..<1500], x[1500...])
let (trainY, testY) = (y[..<1500], y[1500...])

let model = Classifier(seed: 1)
let step = TrainingStep(model, rule: UpdateRule(Adam())) { softmaxCrossEntropy(logits: $0, classes: $1) }
for epoch in 1...30 {
    var cost = 0.0
    let order = BatchOrder(count: 1500, seed: 1).order(epoch: epoch)
    for start in stride(from: 0, to: 1500, by: 50) {
        cost += step(trainX, trainY, rows: Array(order[start..<start + 50]), rate: 0.002).cost / 30
    }
    print("epoch \(epoch)  cost \(cost)")
}
let accuracy = (model(testX).argmax() .== testY).cast(to: .float32).mean().item()
print(model.summary(inputShape: [64]))
print("test accuracy \(accuracy)")
