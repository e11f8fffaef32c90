public import ThalwegEngine

/// What a recurrent layer hands from one call to the next: its state after the last step.
public struct RecurrentState: Sendable {
    /// One tensor for each of the cell's states, `[layers · directions, batch, hidden]`; directions alternate.
    public var tensors: [Tensor]

    public init(_ tensors: [Tensor]) { self.tensors = tensors }

    /// The output after the last step: PyTorch's h_n.
    public var hidden: Tensor { tensors[0] }
    /// The LSTM's memory: PyTorch's c_n.
    public var cell: Tensor? { tensors.count > 1 ? tensors[1] : nil }

    /// The same values without the way they came about: truncates back-propagation where a long sequence is cut into
    /// pieces.
    public func stoppingGradient() -> RecurrentState { RecurrentState(tensors.map { $0.stoppingGradient() }) }
}
