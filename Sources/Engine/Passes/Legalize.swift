/// How are 16-bit numbers computed with? In float32, rounded after every operation; only storage is 16 bits.
enum Legalize {
    static func run(_ program: Program) -> Program {
        guard program.rows.contains(where: { isHalf($0.dataType) }) else { return program }
        var result = Program()
        var position: [Int] = []
        for row in program.rows {
            var row = row
            row.inputs = row.inputs.map { position[$0] }
            position.append(append(row, to: &result))
        }
        result.outputs = program.outputs.map { position[$0] }
        return result
    }

    private static func isHalf(_ type: DataType) -> Bool { type == .float16 || type == .bfloat16 }

    private static func append(_ row: Program.Row, to program: inout Program) -> Int {
        let touchesHalf = isHalf(row.dataType) || row.inputs.contains { isHalf(program.rows[$0].dataType) }
        switch row.op {
        case .unary, .binary, .comparison, .select, .reduce, .argReduce, .cumulativeSum, .argsort, .matmul,
            .convolution,
            .window, .scatter, .random:
            guard touchesHalf else { break }
            var wide = row
            wide.inputs = row.inputs.map { input in
                let source = program.rows[input]
                guard isHalf(source.dataType) else { return input }
                return program.append(.init(.cast, [input], shape: source.shape, dataType: .float32))
            }
            guard isHalf(row.dataType) else { return program.append(wide) }
            wide.dataType = .float32
            let value = program.append(wide)
            return program.append(.init(.cast, [value], shape: row.shape, dataType: row.dataType))
        case .cast:
            // Between 16 bits and anything but float32 the way goes through float32.
            let source = program.rows[row.inputs[0]].dataType
            guard touchesHalf, source != .float32, row.dataType != .float32 else { break }
            let wide = program.append(.init(.cast, row.inputs, shape: row.shape, dataType: .float32))
            return program.append(.init(.cast, [wide], shape: row.shape, dataType: row.dataType))
        case .source, .movement, .concatenate, .gather, .marker: break
        }
        return program.append(row)
    }
}
