import TestSupport
import Testing
import ThalwegEngine
import ThalwegNetworks

private let kinds = ["rnn_tanh", "rnn_relu", "gru", "lstm"]

@Suite struct RecurrentTests {
    /// Whatever stands beyond an example's length: the same bits everywhere else.
    @Test(arguments: kinds) func paddingHasNoInfluence(_ kind: String) throws {
        let layer = try makeRecurrent(kind, 3, 4, 2, true)
        let lengths = Tensor([5, 2, 3])
        let x = GradientData.normal([3, 5, 3], seed: 1)
        let states = (0..<(kind == "lstm" ? 2 : 1)).map { GradientData.normal([4, 3, 4], seed: UInt64(2 + $0)) }
        let counts = Tensor.range(5).reshaped(to: [1, 5, 1]) .< lengths.reshaped(to: [3, 1, 1])
        func results(_ padding: Double) throws -> [[UInt64]] {
            let upstream =
                [GradientData.normal([3, 5, 8], seed: 7)] + states.map { _ in GradientData.normal([4, 3, 4], seed: 8) }
            let found = try recurrentGradients(
                layer, Tensor.select(counts, x, padding), states, lengths: lengths,
                upstream: [Tensor.select(counts, upstream[0], padding.isNaN ? 5 : padding)] + upstream.dropFirst())
            return (found.values + [found.input] + found.states + found.parameters).map {
                $0.doubles().map(\.bitPattern)
            }
        }
        let clean = try results(0)
        for padding in [Double.nan, .infinity, 1e300] { #expect(try results(padding) == clean) }
        let found = try recurrentGradients(
            layer, x, states, lengths: lengths, upstream: [Tensor.ones([3, 5, 8], dataType: .float64)])
        #expect(Tensor.select(counts, 0, found.values[0]).doubles().allSatisfy { $0 == 0 })
        #expect(Tensor.select(counts, 0, found.input).doubles().allSatisfy { $0 == 0 })
    }

    /// A sequence in one go, in two pieces, and step by step.
    @Test(arguments: kinds) func stateCarriesOn(_ kind: String) throws {
        let layer = try makeRecurrent(kind, 3, 4, 2, false)
        let x = GradientData.normal([2, 6, 3], seed: 1)
        let (whole, last) = layer.run(x, nil, nil)
        let (head, middle) = layer.run(x[.all, 0..<4], nil, nil)
        let (tail, end) = layer.run(x[.all, 4..<6], middle.stoppingGradient(), nil)
        expectClose(Tensor.concatenate([head, tail], along: 1).doubles(), whole.doubles(), 1e-15, kind)
        for (a, b) in zip(end.tensors, last.tensors) { expectClose(a.doubles(), b.doubles(), 1e-15, kind) }
    }

    @Test func oneStepAtATime() {
        let layer = LSTM(3, 4, layers: 2, dataType: .float64, key: key())
        let x = GradientData.normal([2, 3, 3], seed: 1)
        let (whole, last) = layer(x, state: nil)
        var state: RecurrentState?
        for time in 0..<3 {
            let (output, next) = layer.step(x[.all, time], state: state)
            expectClose(output.doubles(), whole[.all, time].doubles(), 1e-15, "step \(time)")
            state = next
        }
        expectClose(state?.cell?.doubles() ?? [], last.cell?.doubles() ?? [], 1e-15, "cell")
    }

    @Test func backPropagationStopsWhereAsked() {
        let layer = GRU(2, 3, dataType: .float64, key: key())
        let (first, second) = (GradientData.normal([1, 2, 2], seed: 1), GradientData.normal([1, 2, 2], seed: 2))
        func slope(_ truncates: Bool) -> [Double] {
            gradient(
                of: {
                    let (_, state) = layer($0, state: nil)
                    return layer(second, state: truncates ? state.stoppingGradient() : state).output.sum()
                }, at: first
            ).doubles()
        }
        #expect(slope(true).allSatisfy { $0 == 0 })
        #expect(slope(false).allSatisfy { $0 != 0 })
    }

    /// The gradient of a gradient's norm, against central differences.
    @Test(arguments: kinds) func secondDerivatives(_ kind: String) throws {
        let layer = try makeRecurrent(kind, 2, 2, 1, true)
        let points = [("x", GradientData.normal([2, 3, 2], seed: 1))]
        let report = GradientCheck()(points) { points in
            gradient(of: { layer.run($0, nil, Tensor([3, 2])).output.square().sum() }, at: points[0]).square().sum()
        }
        #expect(report.verdict == .great, "\(kind): \(report)")
    }

    @Test func dropoutWorksBetweenLayers() {
        let x = Tensor.randomNormal([2, 3, 4], key: key(2))
        let deep = GRU(4, 8, layers: 2, keepProbability: 0.5, key: key())
        let shallow = GRU(4, 8, keepProbability: 0.5, key: key())
        #expect(deep(x, Context(.training, key: key(3))).doubles() != deep(x).doubles())
        #expect(shallow(x, Context(.training)).doubles() == shallow(x).doubles())
    }

    @Test func startsAsPyTorch() {
        let layer = LSTM(5, 64, layers: 2, isBidirectional: true, key: key())
        for (name, parameter) in layer.parameters {
            let values = parameter.value.doubles()
            #expect((0.9...1).contains(8 * (values.map(abs).max() ?? 0)), "\(name)")
        }
        #expect(
            layer.parameters.map(\.name).prefix(5) == [
                "weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0", "weight_ih_l0_reverse",
            ])
        #expect(layer.summary == "LSTM(5, 64, layers: 2, bidirectional)")
        #expect(layer.parameterCount == 135_680)
        #expect(RNN(27, 50, bias: .none, key: key()).parameterCount == 3850)
    }

    @Test func orthogonalGates() {
        let layer = GRU(3, 8, recurrentInitializer: .orthogonal(gain: 1), dataType: .float64, key: key())
        let weight = layer.parameters[1].parameter.value
        for gate in weight.split(into: 3) {
            expectClose(
                matmul(gate, gate.transposed()).doubles(), Tensor.identity(8, dataType: .float64).doubles(), 1e-13,
                "gate")
        }
    }

    @Test func wrongArgumentsTrap() async {
        await #expect(processExitsWith: .failure) { _ = GRU(3, 2, key: RandomKey(seed: 1))(Tensor.ones([2, 3])) }
        await #expect(processExitsWith: .failure) {
            _ = GRU(3, 2, key: RandomKey(seed: 1))(Tensor.ones([2, 4, 3]), lengths: Tensor([1, 2, 3]))
        }
        await #expect(processExitsWith: .failure) {
            let state = RecurrentState([.zeros([1, 3, 2])])
            _ = GRU(3, 2, key: RandomKey(seed: 1))(Tensor.ones([2, 4, 3]), state: state)
        }
    }
}
