/// Which rows say the same thing, and which say nothing? Equal rows become one; rows nobody reads go.
enum Simplify {
    static func run(_ program: Program) -> Program {
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
