import Foundation
import TestSupport
import Testing
import Thalweg

/// The code of docs/library.md, run. `everySnippetStandsHere` sees to it that the page shows nothing else.
@Suite struct LibraryGuideTests {
    @Test func tensors() {
        let table = Tensor([[1, 2, 3], [4, 5, 6]] as [[Float]])  // float32[2, 3]
        let means = table.mean(along: 0, keepingDimensions: true)  // [1, 3]
        let centered = table - means  // broadcast: [2, 3]
        let firstRow = centered[0]  // [3]
        let lastColumns = centered[.all, 1...]  // [2, 2]
        let products = matmul(lastColumns, lastColumns.transposed())  // [2, 2]
        print(products.shape, firstRow.scalars(as: Float.self), products.sum().item())
        #expect(firstRow.doubles() == [-1.5, -1.5, -1.5] && products.doubles() == [4.5, -4.5, -4.5, 4.5])
    }

    @Test func gradients() {
        let x = Tensor([1.0, 2, 3])  // float64
        let slope = gradient(of: { ($0.square() * $0).sum() }, at: x)  // 3x²: [3, 12, 27]
        let curvature = gradient(of: { gradient(of: { ($0.square() * $0).sum() }, at: $0).sum() }, at: x)  // 6x
        let (value, slopes) = valueAndGradient(of: { ($0[0] * $0[1]).sum() }, at: [x, slope])
        #expect(slope.doubles() == [3, 12, 27] && curvature.doubles() == [6, 12, 18])
        #expect(value.item() == 108 && slopes[0].doubles() == [3, 12, 27] && slopes[1].doubles() == [1, 2, 3])
    }

    @Test func models() throws {
        struct Block: Layer {
            let dense: Dense
            let norm: LayerNorm
            let dropout = Dropout(keepProbability: 0.9)

            init(_ width: Int, key: RandomKey) {
                dense = Dense(width, width, key: key)
                norm = LayerNorm([width])
            }

            func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
                x + dropout(norm(dense(x, context), context).relu(), context)  // [n, width]
            }
        }

        let keys = KeyStream(seed: 1)
        let model = Sequential([
            Dense(64, 32, key: keys.next()), Block(32, key: keys.next()), Block(32, key: keys.next()),
            Dense(32, 10, key: keys.next()),
        ])
        print(model.summary(inputShape: [64]))
        #expect(model(Tensor.zeros([5, 64])).shape == [5, 10])
        #expect(model.parameters.first?.name == "layers.0.weight" && model.parameters.count == 12)

        let images = Tensor.randomUniform([200, 64], key: keys.next())
        let labels = (images[.all, 0] .> 0.5).cast(to: .int64)

        let clipping = try GradientClipping(parsing: "norm(limit=1)")
        let rule = UpdateRule(Adam(.decoupled, weightDecay: 0.01), clipping: clipping, examples: 200)
        let step = TrainingStep(model, rule: rule, seed: 1) { output, target in
            softmaxCrossEntropy(logits: output, classes: target, smoothing: 0.05)
        }
        let schedule = try Schedule(parsing: "cosine(warmup=2)")
        let order = BatchOrder(count: 200, seed: 1)
        for epoch in 0..<20 {
            let rows = order.order(epoch: epoch)
            for batch in 0..<4 {
                let progress = Schedule.Progress(epoch: epoch, step: step.count, stepsPerEpoch: 4, epochs: 20)
                let rate = schedule.rate(base: 0.01, at: progress)
                let result = step(images, labels, rows: Array(rows[(50 * batch)..<(50 * batch + 50)]), rate: rate)
                if batch == 3 { print("epoch \(epoch + 1)  cost \(result.cost)  gradient \(result.gradientNorm)") }
            }
        }
        let right = (model(images).argmax(along: -1) .== labels).cast(to: .float32).mean().item()
        #expect(right > 0.9)
        print(try step.profile(images, labels, rows: Array(order.order(epoch: 0)[..<50])))

        let descent = CompiledFunction(
            inputs: [([2], .float32), ([50, 2], .float32), ([50], .float32)], donated: [1: 0]
        ) { arguments in
            let (cost, gradients) = valueAndGradient(
                of: { (matmul(arguments[1], $0[0]) - arguments[2]).square().mean() }, at: [arguments[0]])
            return [cost, arguments[0] - 0.1 * gradients[0]]
        }
        let inputs = Tensor.randomNormal([4, 50, 2], key: keys.next())
        let wanted = matmul(inputs, Tensor([3, -1] as [Float]))
        let courses = try descent.scan([Tensor.zeros([2]), inputs, wanted], over: [1, 2], count: 200)
        print("cost", courses[0][199].item(), "weights", courses[1].doubles())
        #expect(zip(courses[1].doubles(), [3, -1]).allSatisfy { abs($0 - $1) < 1e-3 })

        try withFolder { folder in
            let file = folder.appendingPathComponent("model.safetensors")
            try SafeTensors.write(model.stateDictionary(), to: file)
            try model.load(SafeTensors.read(file).tensors)

            let served = model.clone()
            try served.load(SafeTensors.read(file).tensors)
            let weights = served.inventory()
            let predict = CompiledFunction(inputs: [(images[..<8].shape, .float32)]) { arguments in
                defer { weights.releaseValues() }
                return [served(arguments[0]).softmax(along: -1)]
            }
            print(predict([images[..<8]])[0].shape)
            let expected = model(images[..<8]).softmax(along: -1).doubles()
            #expect(zip(predict([images[..<8]])[0].doubles(), expected).allSatisfy { abs($0 - $1) < 1e-6 })
        }

        let report = try GradientCheck()(model, ignoringDropout: true) { context in
            softmaxCrossEntropy(logits: model(images[..<8].cast(to: .float64), context), classes: labels[..<8])
        }
        print(report.verdict, report.error)
        #expect(report.verdict == .great)
    }

    @Test func tables() throws {
        try withFolder { folder in
            let file = folder.appendingPathComponent("houses.csv")
            var text = "area,city,price\n"
            for row in 0..<200 {
                text += "\(row + 30),\(["Rome", "Paris", ""][row % 3]),\(2500.5 * Double(row + 30))\n"
            }
            try Data(text.utf8).write(to: file)
            let (houses, run) = (file.path, folder.appendingPathComponent("run").path)

            var settings = TrainingConfiguration()
            settings.data = houses
            settings.target = "price"
            settings.epochs = 600
            try settings.set("optimizer", to: "adam(beta1=0.95)")
            let data = try PreparedData(settings)
            print(data.train.x.shape, data.preprocessing.inputNames)
            for note in data.notes { print(note) }

            let trainer = try Trainer(settings, data: data, options: .init(run: run))
            let result = try trainer.run()
            print("test error", result.test?.metric ?? .nan, "after", result.steps, "steps")

            let model = try TrainedModel(run: run)
            let examples = try model.examples(from: houses).examples
            let predictions = try model.predict(examples)
            print(predictions.predictions[0])
            #expect(model.description.task == .regression)
            #expect(predictions.predictions.count == 200 && data.preprocessing.inputNames.contains("city=Rome"))

            do {
                settings.data = "hauses.csv"
                _ = try PreparedData(settings)
            } catch let error as DataError {
                print(error.kind, error)
            }
            #expect(throws: DataError.self) { try PreparedData(settings) }
        }
    }

    @Test func everySnippetStandsHere() throws {
        func lines(_ text: some StringProtocol) -> String {
            text.split(separator: "\n").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty }
                .joined(separator: "\n")
        }
        let here = URL(fileURLWithPath: #filePath)
        let source = lines(try String(contentsOf: here, encoding: .utf8))
        let page = here.deletingLastPathComponent().appendingPathComponent("../../docs/library.md")
        let blocks = try String(contentsOf: page, encoding: .utf8).components(separatedBy: "```swift\n").dropFirst()
            .map { lines($0.components(separatedBy: "```")[0]) }
        #expect(blocks.count >= 8)
        for block in blocks where !block.hasPrefix(".package") {
            #expect(source.contains(block), "docs/library.md shows what is not tested:\n\(block)")
        }
    }
}
