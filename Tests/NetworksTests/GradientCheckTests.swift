import Foundation
import Testing
import ThalwegEngine
import ThalwegNetworks

@Suite struct GradientCheckTests {
    @Test(arguments: GradientCheckCase.Kind.allCases) func everyBlockPasses(kind: GradientCheckCase.Kind) throws {
        // Their gradients are 0, or there is nothing to differentiate by.
        let empty: Set = [
            "product with a zero", "product with two zeros", "slice of nothing", "matmul over nothing",
            "convolution of nothing",
        ]
        for entry in GradientCheckTable.all where entry.kind == kind {
            let report = try entry.run()
            #expect(report.verdict == (empty.contains(entry.name) ? .unmeasured : .great), "\(entry.name): \(report)")
            #expect(report.entries.allSatisfy { $0.checked > 0 }, "\(entry.name): nothing was checked")
        }
    }

    /// Whoever adds a layer or loss without a line in the table fails here.
    @Test func nothingIsMissingFromTheTable() throws {
        let sources = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appendingPathComponent("Sources/Networks")
        func declared(_ pattern: String) throws -> Set<String> {
            let expression = try NSRegularExpression(pattern: pattern, options: .anchorsMatchLines)
            var names: Set<String> = []
            for case let file as URL in FileManager.default.enumerator(at: sources, includingPropertiesForKeys: nil)
                ?? .init()
            where file.pathExtension == "swift" {
                let text = try String(contentsOf: file, encoding: .utf8)
                for match in expression.matches(in: text, range: NSRange(text.startIndex..., in: text)) {
                    if let range = Range(match.range(at: 1), in: text) { names.insert(String(text[range])) }
                }
            }
            return names
        }
        func listed(_ kind: GradientCheckCase.Kind) -> Set<String> {
            Set(GradientCheckTable.all.filter { $0.kind == kind }.map(\.name))
        }
        let layers = try declared(#"^(?:public (?:struct|enum|final class)|extension) (\w+)(?:<.*>)?:.*\bLayer\b"#)
        #expect(
            layers.count > 10 && layers.subtracting(listed(.layer)).isEmpty, "\(layers.subtracting(listed(.layer)))")
        let losses = try declared(#"^public func (\w+(?:Loss|Error|Entropy|Divergence))\("#)
        #expect(losses.count > 9 && losses.subtracting(listed(.loss)).isEmpty, "\(losses.subtracting(listed(.loss)))")
    }

    /// The course's planted mistakes: dW2 doubled, db1 with 4/m.
    @Test(arguments: ["none", "layers.2.weight", "layers.0.bias"]) func plantedMistakesAreNamed(_ fault: String) throws
    {
        let keys = KeyStream(seed: 4)
        let model = Sequential([
            Dense(4, 5, dataType: .float64, key: keys.next()), Activation.relu,
            Dense(5, 3, dataType: .float64, key: keys.next()), Activation.relu,
            Dense(3, 1, dataType: .float64, key: keys.next()),
        ])
        let x = GradientData.normal([3, 4], seed: 1)
        let y = Tensor([[1.0], [1], [0]])
        let inventory = model.inventory()
        let factor = fault == "layers.2.weight" ? 2.0 : 4.0
        let report = try GradientCheck()(model) { context in
            let box = inventory.parameters.first { $0.name == fault }?.parameter
            let own = box?.value
            defer { if let box, let own { box.value = own } }
            if let box, let own {
                box.value = customGradient([own]) {
                    $0[0] * 1
                } vjp: { _, _, upstream in
                    [upstream * factor]
                }
            }
            return logisticLoss(logits: model(x, context), targets: y)
        }
        if fault == "none" {
            #expect(report.verdict == .great, "\(report)")
        } else {
            #expect(report.verdict == .bug)
            #expect(report.culprit?.name == fault)
            let expected = (factor - 1) / (factor + 1)
            #expect(abs((report.culprit?.error ?? 0) - expected) < 1e-6)
            #expect(report.description.contains(fault))
        }
    }

    @Test func regularizationIsPartOfTheCheck() throws {
        let model = Dense(3, 2, key: key())  // float32: converted for the check, and back
        let x = GradientData.normal([4, 3], seed: 2)
        let report = try GradientCheck()(model, regularization: Regularization(l2: 0.7, l1: 0.1), examples: 4) {
            context in
            model(x, context).square().mean()
        }
        #expect(report.verdict == .great, "\(report)")
        #expect(model.weight.dataType == .float32)
    }

    @Test func dropoutIsRefused() throws {
        let model = Sequential([Dense(2, 2, key: key()), Dropout(keepProbability: 0.5)])
        let x = GradientData.normal([3, 2], seed: 3)
        #expect(throws: GradientCheckError.dropout(layer: "layers.1", keepProbability: 0.5)) {
            try GradientCheck()(model) { model(x, $0).square().sum() }
        }
        let report = try GradientCheck()(model, ignoringDropout: true) { model(x, $0).square().sum() }
        #expect(report.verdict == .great)
    }

    @Test func kinksAreLeftOut() {
        let report = GradientCheck()([("x", Tensor([0.0, 1, -1]))]) { $0[0].relu().sum() }
        #expect(report.verdict == .great)
        #expect(report.entries[0].atKinks == 1 && report.entries[0].checked == 2)
    }

    /// A pass is not claimed from nothing: what is 0, or smaller than the differences' rounding, was not compared.
    @Test func whatCannotBeMeasuredIsSaid() {
        let x = Tensor([1.0, 2, 3])
        let tiny = GradientCheck()([("x", x)]) { ($0[0] * 1e-13).sum() + 1 }
        #expect(tiny.verdict == .unmeasured && tiny.tooSmall == 3 && tiny.entries[0].compared == 0)
        #expect(tiny.description.contains("3 too small to compare"))
        let flat = GradientCheck()([("x", x)]) { ($0[0] * 0).sum() }
        #expect(flat.verdict == .unmeasured && flat.entries[0].zero == 3)
        // One tensor that says something makes the whole say something.
        let both = GradientCheck()([("x", x), ("y", x)]) { ($0[0] * 1e-13).sum() + $0[1].square().sum() }
        #expect(both.verdict == .great && both.entries[0].verdict == .unmeasured && both.entries[1].compared == 3)
    }

    /// theta = 4, x = 2: J = 8, dJ/dtheta = 2 (the course's first example).
    @Test func oneParameter() {
        let report = GradientCheck(epsilon: 1e-7)([("theta", Tensor([4.0]))]) { ($0[0] * 2).sum() }
        #expect(report.value == 8)
        #expect(report.entries[0].worst.gradient == 2)
        #expect(report.verdict == .great)
    }
}
