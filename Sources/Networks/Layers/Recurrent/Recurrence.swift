import ThalwegEngine

/// The walk of one layer over time in one direction, with a gradient of its own.
///
/// Only the product with the hidden state and the cell happen step by step. The gradient walks back over time, takes
/// each cell's derivative from its formula, and leaves one product for the weight over all steps. It is made of ordinary
/// operations, so gradients of any order work; the steps it records again are those of the forward pass and run once
/// where both stand in one plan.
struct Recurrence<Cell: RecurrentCell>: Sendable {
    let cell: Cell
    let isReversed: Bool

    struct Operands {
        /// The gates' shares of the inputs, `[time, batch, gates · hidden]`.
        var projection: Tensor
        /// `[gates · hidden, hidden]`
        var weight: Tensor
        /// Added to the shares of the input and, if there are two, of the hidden state; `[gates · hidden]`.
        var biases: [Tensor]
        /// Before the first step, `[batch, hidden]` each.
        var state: [Tensor]
        /// Where a step counts, `[time, batch, 1]`; elsewhere the state stays.
        var mask: Tensor?

        var list: [Tensor] { [projection, weight] + biases + state + (mask.map { [$0] } ?? []) }
    }

    /// The outputs of all steps, `[time, batch, hidden]`, and the state after the last.
    func callAsFunction(_ operands: Operands) -> (outputs: Tensor, state: [Tensor]) {
        let time = operands.projection.shape[0]
        let hasMask = operands.mask != nil
        // The vjp holds no tensor: it would keep alive what a stateful loop has long left behind.
        let trajectory = customGradient(operands.list) {
            self.trajectory(steps(Self.operands($0, hasMask: hasMask)))
        } vjp: { inputs, trajectory, upstream in
            gradients(Self.operands(inputs, hasMask: hasMask), trajectory, upstream)
        }
        return (
            isReversed ? trajectory[0..<time] : trajectory[1...time],
            [trajectory[isReversed ? 0 : time]] + (1..<Cell.stateCount).map { trajectory[time + $0] }
        )
    }

    private static func operands(_ list: [Tensor], hasMask: Bool) -> Operands {
        let rest = list[2..<list.count - (hasMask ? 1 : 0)]
        return Operands(
            projection: list[0], weight: list[1], biases: Array(rest.dropLast(Cell.stateCount)),
            state: Array(rest.suffix(Cell.stateCount)), mask: hasMask ? list.last : nil)
    }

    private struct Step {
        let x, h, before, after: [Tensor]
        let mask: Tensor?
    }

    /// In the order in which they are taken.
    private func steps(_ operands: Operands) -> [Step] {
        func gates(_ shares: Tensor, _ bias: Int) -> [Tensor] {
            let parts = shares.split(into: Cell.gateCount, along: 1)
            guard bias < operands.biases.count else { return parts }
            return zip(parts, operands.biases[bias].split(into: Cell.gateCount)).map { $0 + $1 }
        }
        let weight = operands.weight.transposed()
        var state = operands.state
        return times(operands).map { time in
            let x = gates(operands.projection[time], 0)
            let h = gates(matmul(state[0], weight), 1)
            let mask = operands.mask.map { $0[time] }
            let before = state
            state = advanced(x, h, before, mask)
            return Step(x: x, h: h, before: before, after: state, mask: mask)
        }
    }

    private func times(_ operands: Operands) -> [Int] {
        let times = 0..<operands.projection.shape[0]
        return isReversed ? times.reversed() : Array(times)
    }

    private func advanced(_ x: [Tensor], _ h: [Tensor], _ state: [Tensor], _ mask: Tensor?) -> [Tensor] {
        let new = cell(x: x, h: h, state: state)
        guard let mask else { return new }
        return zip(new, state).map { Tensor.select(mask, $0, $1) }
    }

    /// The hidden states in the order of time, the one before the first step with them, and the rest of the last state.
    private func trajectory(_ steps: [Step]) -> Tensor {
        let hidden = [steps[0].before[0]] + steps.map { $0.after[0] }
        return .stack((isReversed ? hidden.reversed() : hidden) + steps[steps.count - 1].after.dropFirst())
    }

    /// The gradients of all operands, in the order of their list.
    private func gradients(_ operands: Operands, _ trajectory: Tensor, _ upstream: Tensor) -> [Tensor] {
        let times = times(operands)
        var state: [Tensor?] = [nil] + (1..<Cell.stateCount).map { upstream[times.count + $0] }
        var (xShares, hShares): ([Tensor], [Tensor]) = ([], [])
        for (time, step) in zip(times, steps(operands)).reversed() {
            let direct = upstream[isReversed ? time : time + 1]
            state[0] = state[0].map { $0 + direct } ?? direct
            let (x, h, before) = stepGradients(step, state.map { $0! })
            let share = Tensor.concatenate(h, along: 1)
            xShares.append(.concatenate(x, along: 1))
            hShares.append(share)
            state = before
            state[0] = before[0] + matmul(share, operands.weight)
        }
        let first = upstream[isReversed ? times.count : 0]
        state[0] = state[0].map { $0 + first }
        if !isReversed { (xShares, hShares) = (xShares.reversed(), hShares.reversed()) }
        let (x, h) = (Tensor.stack(xShares), Tensor.stack(hShares))  // [time, batch, gates · hidden]
        let before = isReversed ? trajectory[1...times.count] : trajectory[0..<times.count]
        let rows = times.count * operands.state[0].shape[0]
        let weight = matmul(
            h.reshaped(to: [rows, h.shape[2]]).transposed(), before.reshaped(to: [rows, before.shape[2]]))
        let biases = zip([x, h], operands.biases).map { shares, _ in shares.sum(along: [0, 1]) }
        let mask = operands.mask.map { [Tensor.zeros($0.shape, dataType: x.dataType)] } ?? []
        return [x, weight] + biases + state.map { $0! } + mask
    }

    /// The derivative of one step's formula.
    private func stepGradients(_ step: Step, _ upstream: [Tensor]) -> (x: [Tensor], h: [Tensor], state: [Tensor]) {
        let gates = Cell.gateCount
        // What comes from above is a point too: the search for what depends on the points would walk all steps else.
        let points = step.x + step.h + step.before + upstream
        func weighted(_ points: [Tensor]) -> Tensor {
            let x = Array(points[..<gates])
            let h = Array(points[gates..<2 * gates])
            let state = Array(points[(2 * gates)..<(2 * gates + Cell.stateCount)])
            let terms = zip(advanced(x, h, state, step.mask), points.suffix(Cell.stateCount)).map { ($0 * $1).sum() }
            return terms.dropFirst().reduce(terms[0], +)
        }
        let found = valueAndGradient(of: weighted, at: points).gradients
        return (
            Array(found[..<gates]), Array(found[gates..<2 * gates]),
            Array(found[(2 * gates)..<(2 * gates + Cell.stateCount)])
        )
    }
}
