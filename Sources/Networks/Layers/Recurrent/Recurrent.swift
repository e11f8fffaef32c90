public import ThalwegEngine

/// h = tanh(W_ih·x + b_ih + W_hh·h + b_hh), or with relu: `RNN(27, 50, cell: RNNCell(.relu), key: key)`.
public typealias RNN = Recurrent<RNNCell>
/// Long short-term memory; formula at `LSTMCell`.
public typealias LSTM = Recurrent<LSTMCell>
/// Gated recurrent unit; formula at `GRUCell`.
public typealias GRU = Recurrent<GRUCell>

/// The biases of a recurrent layer.
public enum RecurrentBias: Sendable {
    case none
    /// One, `bias_ih`, added to the inputs' share.
    case single
    /// `bias_ih` and `bias_hh`, as PyTorch. Only the GRU's candidate sees a difference: its `bias_hh` is reset with the
    /// hidden state's share.
    case both
}

/// A recurrent layer of any kind of cell: `RNN`, `GRU`, `LSTM`; one or more layers deep, in one or both directions.
///
/// The inputs of all steps are projected by one product; `RecurrentCell` says what a step then does.
/// - Shapes: input `[batch, time, inputs]`, output `[batch, time, directions · hidden]`, the second direction's half
///   after the first's; state `[layers · directions, batch, hidden]`.
/// - State names: PyTorch's, `weight_ih_l0`, `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`, `weight_ih_l0_reverse`, …
/// - Start: uniform between ±1/sqrt(hidden), as PyTorch.
///
///       let layer = LSTM(8, 16, layers: 2, key: keys.next())
///       let (y, state) = layer(x, lengths: Tensor([5, 3]))      // x [2, 5, 8], y [2, 5, 16]
///       let (next, _) = layer(more, state: state.stoppingGradient())
public struct Recurrent<Cell: RecurrentCell>: Layer {
    public let cell: Cell
    public let isBidirectional: Bool
    public let keepProbability: Double
    /// For each layer one or two directions, layer by layer.
    let directions: [Direction]

    struct Direction {
        let name: String
        let inputWeight, hiddenWeight: Parameter
        /// b_ih and b_hh, as many as there are.
        let biases: [Parameter]
    }

    /// - Parameters:
    ///   - layers: each reads the outputs of the one below.
    ///   - keepProbability: of a unit between two layers in training; see `Dropout`.
    ///   - initializer: of `weight_ih`, for each gate; nil means uniform between ±1/sqrt(hidden).
    ///   - recurrentInitializer: of `weight_hh`, likewise; `.orthogonal(gain: 1)` keeps lengths over many steps.
    ///   - biasInitializer: likewise.
    public init(
        _ inputs: Int, _ hidden: Int, layers: Int = 1, isBidirectional: Bool = false, cell: Cell = Cell(),
        bias: RecurrentBias = .both, keepProbability: Double = 1, initializer: Initializer? = nil,
        recurrentInitializer: Initializer? = nil, biasInitializer: Initializer? = nil, dataType: DataType = .float32,
        key: RandomKey, file: StaticString = #fileID, line: UInt = #line
    ) {
        require(
            inputs > 0 && hidden > 0 && layers > 0,
            "\(Self.kind)(\(inputs), \(hidden), layers: \(layers)): sizes must be positive", file: file, line: line)
        require(
            keepProbability > 0 && keepProbability <= 1,
            "\(Self.kind): the probability of keeping a unit is \(keepProbability), expected above 0 and at most 1",
            file: file, line: line)
        self.cell = cell
        self.isBidirectional = isBidirectional
        self.keepProbability = keepProbability
        let usual = Initializer.uniform(limit: 1 / Double(hidden).squareRoot())
        let keys = KeyStream(key: key)
        func parameter(_ initializer: Initializer?, _ shape: Shape, _ role: Parameter.Role) -> Parameter {
            let gates = (0..<Cell.gateCount).map { _ in
                (initializer ?? usual)(shape, dataType: dataType, key: keys.next())
            }
            return Parameter(.concatenate(gates), role: role)
        }
        let biasCount = bias == .none ? 0 : bias == .single ? 1 : 2
        let width = isBidirectional ? 2 * hidden : hidden
        directions = (0..<layers).flatMap { layer in
            (isBidirectional ? ["", "_reverse"] : [""]).map { suffix in
                Direction(
                    name: "l\(layer)\(suffix)",
                    inputWeight: parameter(initializer, [hidden, layer == 0 ? inputs : width], .weight),
                    hiddenWeight: parameter(recurrentInitializer, [hidden, hidden], .weight),
                    biases: (0..<biasCount).map { _ in parameter(biasInitializer, [hidden], .bias) })
            }
        }
    }

    public var inputs: Int { directions[0].inputWeight.shape[1] }
    public var hidden: Int { directions[0].hiddenWeight.shape[1] }
    public var layerCount: Int { directions.count / directionCount }
    var directionCount: Int { isBidirectional ? 2 : 1 }

    public func visit(_ visitor: Visitor) {
        for direction in directions {
            visitor.parameter("weight_ih_\(direction.name)", direction.inputWeight)
            visitor.parameter("weight_hh_\(direction.name)", direction.hiddenWeight)
            for (name, bias) in zip(["bias_ih", "bias_hh"], direction.biases) {
                visitor.parameter("\(name)_\(direction.name)", bias)
            }
        }
    }

    public func operations(input: Shape, output: Shape) -> Int {
        let products = directions.map { $0.inputWeight.shape.elementCount + $0.hiddenWeight.shape.elementCount }
        return 2 * input[0] * input[1] * products.reduce(0, +)
    }

    /// `LSTM` for the cell `LSTMCell`.
    private static var kind: String {
        let name = "\(Cell.self)"
        return name.hasSuffix("Cell") ? String(name.dropLast(4)) : name
    }

    public var summary: String {
        "\(Self.kind)(\(inputs), \(hidden)\(layerCount > 1 ? ", layers: \(layerCount)" : "")"
            + "\(isBidirectional ? ", bidirectional" : ""))"
    }
}
