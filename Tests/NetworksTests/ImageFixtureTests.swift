import TestSupport
import Testing
import ThalwegEngine
import ThalwegNetworks

/// Layers over images against PyTorch: outputs, gradients of parameters and input.
@Suite struct ImageFixtureTests {
    private struct Document: Decodable { let layers: [Entry] }

    private struct Entry: Decodable {
        let layer: String
        let arguments: [String: JSON]
        let parameters: [String: Packed]
        let input: Packed
        let output: Packed
        let upstream: Packed
        let inputGradient: Packed
        let gradients: [String: Packed]

        func integer(_ name: String) -> Int { Int(arguments[name]?.number ?? 0) }

        func list(_ name: String) -> [Int] {
            guard case .array(let values) = arguments[name] else { return [] }
            return values.compactMap { $0.number.map(Int.init) }
        }

        var padding: Padding { .symmetric(list("padding")) }

        func make() -> (any Layer)? {
            switch layer {
            case "Convolution":
                Convolution(
                    integer("inputs"), integer("outputs"), kernel: list("kernel"), strides: list("strides"),
                    padding: padding, dilations: list("dilations"), groups: integer("groups"),
                    bias: arguments["bias"]?.flag ?? true, dataType: .float64, key: key())
            case "TransposedConvolution":
                TransposedConvolution(
                    integer("inputs"), integer("outputs"), kernel: list("kernel"), strides: list("strides"),
                    padding: padding, outputPadding: list("outputPadding"), dilations: list("dilations"),
                    groups: integer("groups"), dataType: .float64, key: key())
            case "MaxPool":
                MaxPool(list("window"), strides: list("strides"), padding: padding, dilations: list("dilations"))
            case "AveragePool":
                AveragePool(
                    list("window"), strides: list("strides"), padding: padding,
                    countsPadding: arguments["countsPadding"]?.flag ?? true)
            case "AdaptiveAveragePool": AdaptiveAveragePool(list("sizes"))
            case "Upsample":
                Upsample(
                    list("factors"),
                    arguments["mode"]?.text == "nearest"
                        ? .nearest : .linear(alignsCorners: arguments["alignsCorners"]?.flag ?? false))
            case "Flatten": Flatten()
            default: nil
            }
        }
    }

    @Test func layersAgree() throws {
        let document: Document = try fixture("convolution.json")
        #expect(document.layers.count >= 20)
        for (number, entry) in document.layers.enumerated() {
            let what = "entry \(number), \(entry.layer)"
            let layer = try #require(entry.make(), "\(what) is not known")
            try layer.load(entry.parameters.mapValues(\.tensor))
            let inventory = layer.inventory()
            let own = inventory.trainable.map(\.parameter.value)
            let result = vectorJacobianProduct(
                of: { points in
                    inventory.substituting(parameters: Array(points.dropLast())) { layer(points[points.count - 1]) }
                }, at: own + [entry.input.tensor], upstream: entry.upstream.tensor)
            expectClose(result.value, entry.output, 1e-13, what)
            for (index, (name, _)) in inventory.trainable.enumerated() {
                expectClose(result.gradients[index], try #require(entry.gradients[name]), 1e-12, "\(what), \(name)")
            }
            expectClose(try #require(result.gradients.last), entry.inputGradient, 1e-12, "\(what), input")
        }
    }

    @Test func padsToTheSameSize() {
        for size in 5...8 {
            for stride in 1...3 {
                let x = Tensor.ones([1, size, 3])
                let down = Convolution(3, 2, kernel: [4], strides: [stride], padding: .same, key: key())
                #expect(down(x).shape == [1, (size + stride - 1) / stride, 2])
                for kernel in 1...4 {
                    let up = TransposedConvolution(
                        3, 2, kernel: [kernel], strides: [stride], padding: .same, key: key())
                    #expect(up(x).shape == [1, size * stride, 2])
                }
            }
        }
    }

    @Test func summaryCountsOperations() {
        let keys = KeyStream(seed: 1)
        let model = Sequential([
            Convolution(1, 6, kernel: [5, 5], padding: .same, key: keys.next()), Activation.relu, MaxPool([2, 2]),
            Convolution(6, 16, kernel: [5, 5], bias: false, key: keys.next()), GlobalAveragePool(),
        ])
        let text = model.summary(inputShape: [28, 28, 1])
        #expect(text.contains("Convolution(1, 6, kernel: [5, 5], padding: same)  [28, 28, 6]"), "\(text)")
        #expect(text.contains("239,904"), "\(text)")  // 28·28·6·(2·25 + 1)
        #expect(text.contains("480,000"), "\(text)")  // 10·10·16·2·150
        #expect(text.contains("MaxPool([2, 2])"), "\(text)")
    }
}
