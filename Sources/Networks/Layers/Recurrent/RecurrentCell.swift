public import ThalwegEngine

/// What a recurrent layer computes at one step, element by element. The layer does the products and the walk over time,
/// and its gradient follows from this formula: a new kind of cell is these few lines.
public protocol RecurrentCell: Sendable {
    /// Blocks of `hidden` rows in each weight and bias, in PyTorch's order.
    static var gateCount: Int { get }
    /// Tensors carried from step to step; the first is the cell's output.
    static var stateCount: Int { get }
    /// Whether the formula sees only the sum of a gate's two shares: both biases are then one.
    static var addsShares: Bool { get }

    /// The cell with its usual settings.
    init()

    /// The new state, from each gate's share of the input `x`, W_ih·input + b_ih, its share of the last output `h`,
    /// W_hh·hidden + b_hh, and the last state; `[batch, hidden]` each. Elementwise operations only.
    func callAsFunction(x: [Tensor], h: [Tensor], state: [Tensor]) -> [Tensor]
}

/// h = tanh(x + h), or with relu (Elman 1990).
public struct RNNCell: RecurrentCell {
    public enum Nonlinearity: String, Sendable, CaseIterable { case tanh, relu }

    public static let gateCount = 1
    public static let stateCount = 1
    public static let addsShares = true

    public let nonlinearity: Nonlinearity

    public init() { self.init(.tanh) }
    public init(_ nonlinearity: Nonlinearity) { self.nonlinearity = nonlinearity }

    public func callAsFunction(x: [Tensor], h: [Tensor], state: [Tensor]) -> [Tensor] {
        let sum = x[0] + h[0]
        return switch nonlinearity {
        case .tanh: [sum.tanh()]
        case .relu: [sum.relu()]
        }
    }
}

/// Gates i, f, o are the sigmoid and g is the tanh of x + h, in the order i, f, g, o; c = f∘c + i∘g, h = o∘tanh(c)
/// (Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000). The state is h, c.
public struct LSTMCell: RecurrentCell {
    public static let gateCount = 4
    public static let stateCount = 2
    public static let addsShares = true

    public init() {}

    public func callAsFunction(x: [Tensor], h: [Tensor], state: [Tensor]) -> [Tensor] {
        let gates = zip(x, h).map { $0 + $1 }
        let (input, forget, output) = (gates[0].sigmoid(), gates[1].sigmoid(), gates[3].sigmoid())
        let cell = forget * state[1] + input * gates[2].tanh()
        return [output * cell.tanh(), cell]
    }
}

/// Gates r, z are the sigmoid of x + h, n = tanh(x + r∘h), in the order r, z, n; h = (1 - z)∘n + z∘h.
///
/// The reset gate works on the product with the hidden state, as in PyTorch and cuDNN; Cho et al. 2014 apply it before.
public struct GRUCell: RecurrentCell {
    public static let gateCount = 3
    public static let stateCount = 1
    public static let addsShares = false

    public init() {}

    public func callAsFunction(x: [Tensor], h: [Tensor], state: [Tensor]) -> [Tensor] {
        let reset = (x[0] + h[0]).sigmoid()
        let update = (x[1] + h[1]).sigmoid()
        let candidate = (x[2] + reset * h[2]).tanh()
        return [candidate + update * (state[0] - candidate)]
    }
}
