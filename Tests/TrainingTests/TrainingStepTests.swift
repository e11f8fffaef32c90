import Testing
import ThalwegEngine
import ThalwegNetworks
import ThalwegTraining

@Suite struct TrainingStepTests {
    private let x = Tensor([[1.0, 2.0], [3.0, 4.0], [-1.0, 0.5]])
    private let y = Tensor([[1.0], [0.0], [1.0]])

    private func model() -> Dense {
        Dense(weight: Parameter(Tensor([[0.5, -0.25]])), bias: Parameter(Tensor([0.1]), role: .bias))
    }

    /// One step of descent by hand: w - rate * (gradient of the mean loss + lambda/m * w).
    @Test func oneStepByHand() {
        let dense = model()
        let rule = UpdateRule(SGD(), regularization: Regularization(l2: 0.6), examples: 3)
        let step = TrainingStep(dense, rule: rule) { logisticLoss(logits: $0, targets: $1) }
        let (value, slopes) = valueAndGradient(
            of: { leaves in
                logisticLoss(logits: matmul(x, leaves[0].transposed()) + leaves[1], targets: y)
            }, at: [Tensor([[0.5, -0.25]]), Tensor([0.1])])
        let penalty = 0.6 / 6 * (0.25 + 0.0625)
        let result = step(x, y, rate: 0.1)
        #expect(abs(result.cost - value.item() - penalty) < 1e-12)
        let weights = dense.weight.value.doubles()
        for (index, (start, slope)) in zip([0.5, -0.25], slopes[0].doubles()).enumerated() {
            #expect(abs(weights[index] - (start - 0.1 * (slope + 0.2 * start))) < 1e-12)
        }
        #expect(step.count == 1)
    }

    @Test func rowsAreABatch() {
        let (whole, part) = (model(), model())
        let loss: TrainingStep.Function = { logisticLoss(logits: $0, targets: $1) }
        let a = TrainingStep(whole, rule: UpdateRule(Adam()), loss: loss)
        let b = TrainingStep(part, rule: UpdateRule(Adam()), loss: loss)
        for _ in 0..<5 {
            let first = a(x[0..<2], y[0..<2], rate: 0.01)
            let second = b(x, y, rows: [0, 1], rate: 0.01)
            #expect(first.cost == second.cost)
        }
        #expect(whole.weight.value.doubles() == part.weight.value.doubles())
    }

    @Test func restoredStateGoesOnAlike() throws {
        let loss: TrainingStep.Function = { logisticLoss(logits: $0, targets: $1) }
        let dense = model()
        let whole = TrainingStep(dense, rule: UpdateRule(Adam()), seed: 3, loss: loss)
        for _ in 0..<3 { _ = whole(x, y, rate: 0.01) }
        let saved = Dictionary(uniqueKeysWithValues: whole.state.map { ($0.name, $0.tensor) })
        let other = model()
        try other.load(Dictionary(uniqueKeysWithValues: dense.stateDictionary().map { ($0.name, $0.tensor) }))
        let resumed = TrainingStep(other, rule: UpdateRule(Adam()), seed: 3, loss: loss)
        try resumed.restore(count: 3, state: saved)
        for _ in 0..<3 {
            #expect(whole(x, y, rate: 0.01).cost == resumed(x, y, rate: 0.01).cost)
        }
        #expect(throws: StateError.self) { try resumed.restore(count: 3, state: [:]) }
    }

    @Test func profilingLeavesTheStepAsItWas() throws {
        let loss: TrainingStep.Function = { logisticLoss(logits: $0, targets: $1) }
        let (measured, plain) = (model(), model())
        let a = TrainingStep(measured, rule: UpdateRule(Adam()), loss: loss)
        let b = TrainingStep(plain, rule: UpdateRule(Adam()), loss: loss)
        for rows in [[0, 1], [2, 0]] {
            let profile = try a.profile(x, y, rows: rows, rate: 0.01, repetitions: 3)
            #expect(!profile.entries.isEmpty && profile.seconds <= profile.runSeconds * (1 + 1e-9))
            #expect(profile.limits.dataType == .float64 && profile.limitSeconds > 0)
            #expect("\(profile)".contains("matmul"))
            #expect(a(x, y, rows: rows, rate: 0.01).cost == b(x, y, rows: rows, rate: 0.01).cost)
        }
        #expect(a.count == 2 && measured.weight.value.doubles() == plain.weight.value.doubles())
        #expect(a.state.map { $0.tensor.doubles() } == b.state.map { $0.tensor.doubles() })
        #expect(throws: EngineError.self) { try a.profile(x, y, rows: [7]) }
    }

    /// Of a table only the rows that a batch takes are moved.
    @Test func profileCountsWhatIsTouched() throws {
        let take = CompiledFunction(inputs: [([100_000, 4], .float32), ([3], .int64)], threads: 1) {
            [$0[0].gathered(at: $0[1])]
        }
        let profile = try take.profile([Tensor.ones([100_000, 4]), Tensor([5, 1, 99_999])], repetitions: 1)
        #expect(profile.entries.map(\.work.bytes) == [2 * 3 * 4 * 4 + 3 * 8])
    }

    /// Fresh masks: with the same weights two steps see different costs, and the same seed sees the same ones again.
    @Test func dropoutDrawsAFreshMaskEachStep() {
        func costs(seed: UInt64) -> [Double] {
            let network = Sequential([
                Dropout(keepProbability: 0.5), Dense(64, 1, dataType: .float64, key: RandomKey(seed: 1)),
            ])
            let x = Tensor.ones([8, 64], dataType: .float64)
            let step = TrainingStep(network, rule: UpdateRule(SGD()), seed: seed) { squaredError($0, $1) }
            return (0..<4).map { _ in step(x, Tensor.zeros([8, 1], dataType: .float64), rate: 0).cost }
        }
        let first = costs(seed: 1)
        #expect(Set(first).count == 4)
        #expect(costs(seed: 1) == first)
        #expect(costs(seed: 2) != first)
    }

    /// The program of the README: a model of one's own in a few lines.
    @Test func learnsExclusiveOr() {
        let keys = KeyStream(seed: 4)
        let network = Sequential([Dense(2, 8, key: keys.next()), Activation.tanh, Dense(8, 1, key: keys.next())])
        let x = Tensor([[0, 0], [0, 1], [1, 0], [1, 1]] as [[Float]])
        let y = Tensor([[0], [1], [1], [0]] as [[Float]])
        let step = TrainingStep(network, rule: UpdateRule(Adam())) { logisticLoss(logits: $0, targets: $1) }
        for _ in 0..<400 { _ = step(x, y, rate: 0.05) }
        #expect((network(x) .> 0.0).scalars(as: Bool.self) == [false, true, true, false])
    }
}
