/// Which rows say the same thing, and which say nothing? Equal rows become one; rows nobody reads go.
enum Simplify {
    static func run(_ program: Program) -> Program { deduplicated(turningProducts(seeingThrough(program))) }

    /// A part of what was put together is read where it came from: the steps of a sequence that was stacked, the gradient of
    /// one part of an array whose other parts are zero.
    private static func seeingThrough(_ program: Program) -> Program {
        var result = program
        var position = Array(program.rows.indices)
        for (index, row) in program.rows.enumerated() {
            var row = row
            row.inputs = row.inputs.map { position[$0] }
            while let nearer = nearer(row, result.rows) { row = nearer }
            if isIdentity(row, result.rows) { position[index] = row.inputs[0] }
            result.rows[index] = row
        }
        result.outputs = program.outputs.map { position[$0] }
        return result
    }

    private static func isIdentity(_ row: Program.Row, _ rows: [Program.Row]) -> Bool {
        switch row.op {
        case .movement(.reshape), .movement(.broadcast): row.shape == rows[row.inputs[0]].shape
        case .movement(.slice(let starts, let steps)):
            row.shape == rows[row.inputs[0]].shape && starts.allSatisfy { $0 == 0 } && steps.allSatisfy { $0 == 1 }
        default: false
        }
    }

    /// The same values taken from an input of the row's input.
    private static func nearer(_ row: Program.Row, _ rows: [Program.Row]) -> Program.Row? {
        guard case .movement(let movement) = row.op else { return nil }
        let input = rows[row.inputs[0]]
        var result = row
        switch (movement, input.op) {
        case (.reshape, .movement(.reshape)): result.inputs = input.inputs
        case (.slice(let starts, let steps), .movement(.slice(let first, let strides))):
            let places = zip(first, zip(starts, strides)).map { $0 + $1.0 * $1.1 }
            result.op = .movement(.slice(starts: places, steps: zip(steps, strides).map { $0 * $1 }))
            result.inputs = input.inputs
        case (.slice(let starts, let steps), .movement(.pad(let low, _, let interior, let bits))):
            guard interior.allSatisfy({ $0 == 0 }) else { return nil }
            let moved = zip(starts, low).map { $0 - $1 }
            let inner = rows[input.inputs[0]].shape
            if row.shape.indices.allSatisfy({ covers(inner[$0], moved[$0], steps[$0], row.shape[$0]) }) {
                result.op = .movement(.slice(starts: moved, steps: steps))
                result.inputs = input.inputs
            } else if row.shape.indices.contains(where: { misses(inner[$0], moved[$0], steps[$0], row.shape[$0]) }) {
                result.op = .source(.constant(bits: bits))
                result.inputs = []
            } else {
                return nil
            }
        case (.slice(var starts, let steps), .concatenate(let axis)):
            for part in input.inputs {
                let size = rows[part].shape[axis]
                if covers(size, starts[axis], steps[axis], row.shape[axis]) {
                    result.op = .movement(.slice(starts: starts, steps: steps))
                    result.inputs = [part]
                    return result
                }
                starts[axis] -= size
            }
            return nil
        default: return nil
        }
        return result
    }

    /// Whether all of `count` places lie on one side of `size`.
    private static func misses(_ size: Int, _ start: Int, _ step: Int, _ count: Int) -> Bool {
        let last = start + (count - 1) * step
        return count > 0 && (max(start, last) < 0 || min(start, last) >= size)
    }

    /// Whether all of `count` places from `start` on, `step` apart, lie within `size`.
    private static func covers(_ size: Int, _ start: Int, _ step: Int, _ count: Int) -> Bool {
        count > 0 && (0..<size).contains(start) && (0..<size).contains(start + (count - 1) * step)
    }

    /// (A B)ᵀ, where nobody wants A B itself, is Bᵀ Aᵀ: products read transposed operands for free, while a transposed
    /// result would make its readers stride. Every weight gradient of a dense layer has this form.
    private static func turningProducts(_ program: Program) -> Program {
        var uses = [Int](repeating: 0, count: program.rows.count)
        for row in program.rows { for input in row.inputs { uses[input] += 1 } }
        for output in program.outputs { uses[output] += 1 }
        var result = Program()
        var position: [Int] = []
        for row in program.rows {
            var row = row
            if case .movement(.transpose(let permutation)) = row.op, permutation == swap(row.shape.rank),
                program.rows[row.inputs[0]].op == .matmul, uses[row.inputs[0]] == 1
            {
                let turned = program.rows[row.inputs[0]].inputs.reversed().map { operand in
                    let source = program.rows[operand]
                    let shape = Shape(permutation.map { source.shape[$0] })
                    return result.append(
                        .init(
                            .movement(.transpose(permutation)), [position[operand]], shape: shape,
                            dataType: row.dataType))
                }
                position.append(result.append(.init(.matmul, turned, shape: row.shape, dataType: row.dataType)))
                continue
            }
            row.inputs = row.inputs.map { position[$0] }
            position.append(result.append(row))
        }
        result.outputs = program.outputs.map { position[$0] }
        return result
    }

    /// The permutation that exchanges the last two axes.
    private static func swap(_ rank: Int) -> [Int] { rank < 2 ? [] : Array(0..<rank - 2) + [rank - 1, rank - 2] }

    private static func deduplicated(_ program: Program) -> Program {
        var result = Program()
        var position = [Int](repeating: -1, count: program.rows.count)
        var known: [Program.Row: Int] = [:]
        let live = liveRows(program)
        for (index, row) in program.rows.enumerated() where live[index] {
            var row = row
            row.inputs = row.inputs.map { position[$0] }
            if let same = shortcut(row, result) ?? known[row] {
                position[index] = same
            } else {
                position[index] = result.append(row)
                known[row] = position[index]
            }
        }
        result.outputs = program.outputs.map { position[$0] }
        return result
    }

    private static func liveRows(_ program: Program) -> [Bool] {
        var live = [Bool](repeating: false, count: program.rows.count)
        for output in program.outputs { live[output] = true }
        for index in program.rows.indices.reversed() where live[index] {
            for input in program.rows[index].inputs { live[input] = true }
        }
        return live
    }

    /// A row that already has the value: x * 1, x / 1, x + 0 with a zero that cannot change a sign, - - x.
    private static func shortcut(_ row: Program.Row, _ program: Program) -> Int? {
        func constant(_ input: Int) -> Double? {
            guard case .source(.constant(let bits)) = program.rows[input].op else { return nil }
            return ScalarBits.decode(bits, as: program.rows[input].dataType)
        }
        switch row.op {
        case .binary(.multiply):
            if constant(row.inputs[0]) == 1 { return row.inputs[1] }
            if constant(row.inputs[1]) == 1 { return row.inputs[0] }
            return nil
        case .binary(.divide): return constant(row.inputs[1]) == 1 ? row.inputs[0] : nil
        case .binary(.subtract):
            // x - 0 is x, also for x = -0.
            guard let value = constant(row.inputs[1]), value == 0, value.sign == .plus else { return nil }
            return row.inputs[0]
        case .unary(.negate):
            let inner = program.rows[row.inputs[0]]
            return inner.op == .unary(.negate) ? inner.inputs[0] : nil
        default: return nil
        }
    }
}
