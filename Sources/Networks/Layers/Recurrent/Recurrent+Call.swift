public import ThalwegEngine

extension Recurrent {
    /// The outputs of the last layer at every step, from a state of zeros.
    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor { self(x, state: nil, context).output }

    /// The outputs of the last layer at every step, and the state of every layer after the last step.
    ///
    /// - Parameters:
    ///   - x: `[batch, time, inputs]`.
    ///   - state: before the first step (in the second direction: before the last); nil means zeros. Give the state of
    ///     the call before, through `stoppingGradient()` to truncate back-propagation there.
    ///   - lengths: integers `[batch]`, how many steps of each example count; nil means all. What stands beyond has no
    ///     influence, not even as NaN; outputs there are 0, and the state is that after the last step that counts.
    public func callAsFunction(
        _ x: Tensor, state: RecurrentState? = nil, lengths: Tensor? = nil, _ context: Context = Context(.inference),
        file: StaticString = #fileID, line: UInt = #line
    ) -> (output: Tensor, state: RecurrentState) {
        requireFeatures(x, inputs, self)
        require(
            x.rank == 3 && x.shape[1] > 0, "\(summary): the input has shape \(x.shape), expected [batch, time, inputs]",
            file: file, line: line)
        let (batch, time) = (x.shape[0], x.shape[1])
        let stateShape: Shape = [directions.count, batch, hidden]
        let initial = state?.tensors ?? zeroState(batch: batch, dataType: x.dataType).tensors
        require(
            initial.count == Cell.stateCount && initial.allSatisfy { $0.shape == stateShape },
            "\(summary): the state has shapes \(initial.map(\.shape)), expected \(Cell.stateCount) of \(stateShape)",
            file: file, line: line)
        require(
            lengths.map { $0.dataType.isInteger && $0.shape == [batch] } ?? true,
            "\(summary): lengths are \(lengths.map { "\($0.dataType.rawValue)\($0.shape)" } ?? ""), expected integers "
                + "[\(batch)]", file: file, line: line)
        // [time, batch, 1]
        let mask = lengths.map {
            Tensor.range(time).reshaped(to: [time, 1, 1]) .< $0.cast(to: .int64).reshaped(to: [1, batch, 1])
        }
        func masked(_ x: Tensor) -> Tensor { mask.map { Tensor.select($0, x, 0) } ?? x }

        var h = masked(x.swappingAxes(0, 1))  // [time, batch, features]
        var final: [[Tensor]] = []
        for layer in 0..<layerCount {
            if layer > 0 { h = Dropout(keepProbability: keepProbability)(h, context) }
            let results = (0..<directionCount).map { position in
                let index = layer * directionCount + position
                return walk(directions[index], isReversed: position == 1, h, initial.map { $0[index] }, mask)
            }
            h = masked(.concatenate(results.map(\.outputs), along: 2))
            final += results.map(\.state)
        }
        let output = context.record(self, x, h.swappingAxes(0, 1))  // [batch, time, directions · hidden]
        return (output, RecurrentState((0..<Cell.stateCount).map { number in .stack(final.map { $0[number] }) }))
    }

    /// One step, for sampling: `x` `[batch, inputs]`, output `[batch, hidden]`.
    public func step(
        _ x: Tensor, state: RecurrentState? = nil, file: StaticString = #fileID, line: UInt = #line
    ) -> (output: Tensor, state: RecurrentState) {
        require(!isBidirectional, "\(summary): a step needs the steps after it", file: file, line: line)
        require(
            x.rank == 2, "\(summary): a step has shape \(x.shape), expected [batch, inputs]", file: file, line: line)
        let (output, state) = self(x.expandingDimensions(at: 1), state: state, file: file, line: line)
        return (output.squeezed(along: 1), state)
    }

    /// The state before anything was seen.
    public func zeroState(batch: Int, dataType: DataType = .float32) -> RecurrentState {
        RecurrentState(
            (0..<Cell.stateCount).map { _ in .zeros([directions.count, batch, hidden], dataType: dataType) })
    }

    private func walk(
        _ direction: Direction, isReversed: Bool, _ x: Tensor, _ state: [Tensor], _ mask: Tensor?
    ) -> (outputs: Tensor, state: [Tensor]) {
        let projection = matmul(x, direction.inputWeight.value.transposed())  // [time, batch, gates · hidden]
        var biases = direction.biases.map(\.value)
        if Cell.addsShares, biases.count == 2 { biases = [biases[0] + biases[1]] }
        return Recurrence(cell: cell, isReversed: isReversed)(
            .init(
                projection: projection, weight: direction.hiddenWeight.value, biases: biases, state: state, mask: mask))
    }
}
