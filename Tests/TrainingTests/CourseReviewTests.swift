import Testing
import ThalwegDataSets
import ThalwegTraining

/// The detectors on drawn curves.
@Suite struct CourseReviewTests {
    private let levels = CostLevels(untrained: 2.3, constant: 2.3)

    private func findings(
        _ costs: [Double], every steps: Int = 100, rate: Double = 0.002, levels: CostLevels? = nil,
        state: CourseReview.State = .finished
    ) -> [Finding.Kind] {
        var configuration = TrainingConfiguration()
        configuration.learningRate = rate
        let rows = costs.enumerated().map {
            MetricsRow(step: $0 * steps, epoch: $0, trainCost: $1, learningRate: rate)
        }
        return CourseReview(
            CostCurve(rows), configuration: configuration, levels: levels ?? self.levels, state: state
        ).findings.map(\.kind)
    }

    private func falling(from first: Double, to last: Double, _ count: Int) -> [Double] {
        (0..<count).map { last + (first - last) / Double(1 + $0 * $0) }
    }

    @Test func aGoodCurveIsSilent() {
        #expect(findings(falling(from: 2.5, to: 0.1, 40)) == [])
        #expect(findings(falling(from: 2.5, to: 2.0, 40)) == [])
        // Small ups and downs around a level.
        let wiggling = (0..<60).map { (epoch: Int) -> Double in 0.3 + 2 / Double(epoch + 1) + 0.003 * Double(epoch % 2)
        }
        #expect(findings(wiggling) == [])
        #expect(findings([2.4]) == [] && findings([]) == [])
    }

    @Test func aRiseIsARateTooHigh() {
        #expect(findings([2.4, 3.9, 2.2, 1.8, 1.5]) == [.rateTooHigh])
        #expect(findings([2.4, 2.4, 9, 9, 3, 2.4, 2], every: 1, state: .running) == [.rateTooHigh])
        // One odd batch is none.
        #expect(findings([2.4, 2.3, 9, 2.2, 2.1, 2], every: 1, state: .running) == [])
        #expect(findings([2.4, 2.0], state: .diverged(step: 120)) == [.rateTooHigh])
    }

    @Test func swingsAreARateTooHigh() {
        #expect(findings([2.4, 1, 1.5, 0.9, 1.4, 0.9, 1.5, 0.8, 1.3, 0.9]) == [.rateTooHigh])
        #expect(findings([2.4, 1, 1.5, 0.9, 1.4, 0.9, 1.5], state: .running) == [])
    }

    @Test func hugeFirstCostsExplode() {
        #expect(findings([900, 400, 200, 90, 40, 20, 10, 5, 2]) == [.explodingGradients])
        #expect(findings([], state: .diverged(step: 0)) == [.explodingGradients])
        // Where penalties are part of the cost, its height says nothing.
        #expect(
            findings([900, 90, 9] + falling(from: 2, to: 0.1, 20), levels: CostLevels(untrained: nil, constant: 2.3))
                == [])
    }

    @Test func anEvenFallIsARateTooLow() {
        let line = (0..<40).map { 2.4 - 0.01 * Double($0) }
        #expect(findings(line, rate: 0.00002) == [.rateTooLow])
        // At the usual rate it is the network that is slow.
        #expect(findings(line, rate: 0.002) == [])
        #expect(findings(line, rate: 0.00002, state: .running) == [])
    }

    @Test func standingStillIsAPlateau() {
        #expect(findings([2.5] + [Double](repeating: 2.3, count: 30)) == [.plateau])
        #expect(findings([2.5] + [Double](repeating: 2.0, count: 30)) == [])
    }

    @Test func longCurvesKeepTheirShape() {
        var curve = CostCurve()
        for step in 0..<100_000 { curve.append(step: step, cost: Double(step), rate: 0.1) }
        #expect(curve.points.count <= 512 && curve.points.reduce(0) { $0 + $1.count } == 100_000)
        #expect(curve.initialCost == 0 && curve.points.allSatisfy { abs($0.rate - 0.1) < 1e-12 })
        for point in curve.points {
            #expect(abs(point.cost - Double(point.step) - Double(point.count - 1) / 2) < 1e-6)
        }
    }
}

/// The detectors on drawn rows of `watch.csv`.
@Suite struct LayerReviewTests {
    private func findings(
        _ looks: Int = 5, gradients: [Double] = [1, 1, 1], updates: [Double] = [0.01, 0.01, 0.01],
        dead: [Double?] = [nil, nil, nil], saturated: [Double?] = [nil, nil, nil]
    ) -> [Finding] {
        var configuration = TrainingConfiguration()
        configuration.learningRate = 0.002
        let rows = (0..<looks).flatMap { look in
            (0..<3).map {
                LayerWatch(
                    step: look * 10, layer: "layers.\($0)", weightNorm: 2, gradientNorm: gradients[$0],
                    updateRatio: updates[$0], dead: dead[$0], saturated: saturated[$0])
            }
        }
        return LayerReview(rows, configuration: configuration).findings
    }

    @Test func oneFaultOneFinding() {
        #expect(findings().isEmpty)
        func expect(_ found: [Finding], _ kind: Finding.Kind, _ place: String) {
            #expect(found.map(\.kind) == [kind] && found.first?.place == place, "\(found)")
            #expect(found.first.map { !$0.actions.isEmpty } == true)
        }
        expect(findings(gradients: [1e-7, 1e-3, 1]), .vanishingGradients, "layers.0")
        expect(findings(gradients: [1e-9, 1e-8, 1]), .vanishingGradients, "layers.0 to layers.1")
        expect(findings(gradients: [100, 1, 1]), .explodingGradients, "layers.0")
        expect(findings(gradients: [1, .nan, 1]), .explodingGradients, "layers.1")
        expect(findings(dead: [0.1, 0.9, nil]), .deadUnits, "layers.1")
        expect(findings(saturated: [0.7, 0.1, nil]), .saturation, "layers.0")
        expect(findings(updates: [0.01, 3, 0.01]), .rateTooHigh, "layers.1")
        #expect(findings(40, updates: [1e-7, 1e-7, 1e-7]).map(\.kind) == [.rateTooLow])
    }

    @Test func twoLooksAreTooFew() { #expect(findings(2, gradients: [1e-9, 1, 100]).isEmpty) }
}
