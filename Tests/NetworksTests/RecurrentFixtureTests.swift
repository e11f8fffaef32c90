import TestSupport
import Testing
import ThalwegEngine
import ThalwegNetworks

private struct Document: Decodable {
    struct Case: Decodable {
        let kind: String
        let layers: Int
        let isBidirectional: Bool
        let lengths: [Int]?
        let parameters, gradients: [String: Packed]
        let input, inputGradient: Packed
        let states, results, upstream, stateGradients: [Packed]
    }
    struct UnitCase: Decodable {
        let kind: String
        let input: Packed
        let states: [Packed]
        let parameters: [String: Packed]
        let upstream: [Packed]?
    }
    let cases: [Case]
    let course: [String: UnitCase]
}

/// Outputs, final states and the gradients of everything, against PyTorch, float64.
@Suite struct RecurrentFixtureTests {
    private let document: Document
    init() throws { document = try fixture("recurrent.json") }

    @Test func agreesWithPyTorch() throws {
        for entry in document.cases {
            let what =
                "\(entry.kind), \(entry.layers) layers, bidirectional \(entry.isBidirectional), \(entry.lengths ?? [])"
            let (inputs, hidden) = (entry.input.shape[2], entry.states[0].shape[2])
            let layer = try makeRecurrent(entry.kind, inputs, hidden, entry.layers, entry.isBidirectional)
            #expect(Set(layer.parameters.map(\.name)) == Set(entry.parameters.keys), "\(what)")
            try layer.load(entry.parameters.mapValues(\.tensor))
            let names = layer.parameters.map(\.name)
            let result = try recurrentGradients(
                layer, entry.input.tensor, entry.states.map(\.tensor), lengths: entry.lengths.map { Tensor($0) },
                upstream: entry.upstream.map(\.tensor))
            for (found, expected) in zip(result.values, entry.results) { expectClose(found, expected, 1e-13, what) }
            expectClose(result.input, entry.inputGradient, 1e-13, "\(what), input")
            for (found, expected) in zip(result.states, entry.stateGradients) {
                expectClose(found, expected, 1e-13, "\(what), state")
            }
            for (name, found) in zip(names, result.parameters) {
                expectClose(found, try #require(entry.gradients[name]), 1e-12, "\(what), \(name)")
            }
        }
        #expect(document.cases.count == 32)
    }

    /// "Building your recurrent neural network step by step": the values the assignment prints.
    @Test func courseUnitValues() throws {
        func run(_ name: String) throws -> (values: [Tensor], input: Tensor?, states: [Tensor]) {
            let entry = try #require(document.course[name])
            let layer = try makeRecurrent(entry.kind, 3, 5, 1, false, bias: .single)
            try layer.load(entry.parameters.mapValues(\.tensor))
            guard let upstream = entry.upstream?.map(\.tensor) else {
                let (output, state) = layer.run(entry.input.tensor, RecurrentState(entry.states.map(\.tensor)), nil)
                return ([output] + state.tensors, nil, [])
            }
            let silent = Tensor.zeros([entry.input.shape[0], entry.input.shape[1], 5], dataType: .float64)
            let result = try recurrentGradients(
                layer, entry.input.tensor, entry.states.map(\.tensor), lengths: nil, upstream: [silent] + upstream)
            return (result.values, result.input, result.states)
        }
        let rnn = try run("rnn").values[0][1, .all, 4]
        expectClose(rnn.doubles(), [-0.99999375, 0.77911235, -0.99861469, -0.99833267], 5e-9, "a[4][1]")
        #expect(abs(try run("lstm").values[0][3, 6, 4].item() - 0.172117767533) < 1e-12)
        let rnnCell = try run("rnn cell")
        #expect(abs(try #require(rnnCell.input)[2, 0, 1].item() - -0.460564103059) < 1e-12)
        #expect(abs(rnnCell.states[0][0, 3, 2].item() - 0.0842968653807) < 1e-12)
        #expect(abs(try #require(try run("lstm cell").input)[2, 0, 1].item() - 3.23055911511) < 1e-11)
    }
}

/// Any kind of recurrent layer.
protocol AnyRecurrent: Layer {
    func run(_ x: Tensor, _ state: RecurrentState?, _ lengths: Tensor?) -> (output: Tensor, state: RecurrentState)
}

extension Recurrent: AnyRecurrent {
    func run(_ x: Tensor, _ state: RecurrentState?, _ lengths: Tensor?) -> (output: Tensor, state: RecurrentState) {
        self(x, state: state, lengths: lengths)
    }
}

func makeRecurrent(
    _ kind: String, _ inputs: Int, _ hidden: Int, _ layers: Int, _ isBidirectional: Bool, bias: RecurrentBias = .both
) throws -> any AnyRecurrent {
    func make<Cell: RecurrentCell>(_ cell: Cell) -> any AnyRecurrent {
        Recurrent(
            inputs, hidden, layers: layers, isBidirectional: isBidirectional, cell: cell, bias: bias,
            dataType: .float64, key: key())
    }
    switch kind {
    case "rnn_tanh": return make(RNNCell(.tanh))
    case "rnn_relu": return make(RNNCell(.relu))
    case "gru": return make(GRUCell())
    case "lstm": return make(LSTMCell())
    default: throw UnknownKind(name: kind)
    }
}

private struct UnknownKind: Error { let name: String }

/// Output and states, and the gradients of what is weighted by `upstream`.
func recurrentGradients(
    _ layer: any AnyRecurrent, _ x: Tensor, _ states: [Tensor], lengths: Tensor?, upstream: [Tensor]
) throws -> (values: [Tensor], input: Tensor, states: [Tensor], parameters: [Tensor]) {
    let inventory = layer.inventory()
    let points = [x] + states + inventory.trainable.map(\.parameter.value)
    let (_, values, gradients) = valueAndGradient(
        of: { points -> (Tensor, [Tensor]) in
            inventory.substituting(parameters: Array(points.dropFirst(1 + states.count))) {
                let (output, state) = layer.run(points[0], RecurrentState(Array(points[1...states.count])), lengths)
                let results = [output] + state.tensors
                let terms = zip(results, upstream).map { ($0 * $1).sum() }
                return (terms.dropFirst().reduce(terms[0], +), results)
            }
        }, at: points)
    return (
        values, gradients[0], Array(gradients[1...states.count]), Array(gradients.dropFirst(1 + states.count))
    )
}
