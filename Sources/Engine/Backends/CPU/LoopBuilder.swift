internal import CKernels

/// Collects sources, instructions and sinks of one fused loop, collapses its axes and assigns its registers.
struct LoopBuilder {
    struct Input {
        var buffer: Int
        var byteOffset: Int
        var inOrder: Bool
        var lastRead: Int
    }

    let shape: Shape
    private(set) var dimensions: [Int] = []
    private(set) var sources: [tw_source] = []
    private(set) var instructions: [tw_instruction] = []
    private(set) var sinks: [tw_sink] = []
    private(set) var inputs: [Input] = []
    private(set) var outputs: [Int] = []
    private(set) var madeBy: [Int] = []
    private(set) var registerCount = 0
    /// Strides of each source over `shape`, until the axes are collapsed.
    private var views: [View?] = []
    /// Sources have registers of their own: they may be the inputs' very memory.
    private var sourceCount = 0
    private var valueOfInstruction: [Int] = []

    init(_ shape: Shape) { self.shape = shape }

    /// A value that exists before the loop; returns its number.
    mutating func source(_ place: Lowering.Place, _ type: DataType) -> Int {
        var source = tw_source()
        source.type = type.kernelType
        source.reg = UInt16(sources.count)
        source.input = -1
        switch place {
        case .constant(let bits):
            source.kind = UInt8(TW_SOURCE_CONSTANT.rawValue)
            source.constant = bits
            views.append(nil)
        case .index(let axis):
            source.kind = UInt8(TW_SOURCE_INDEX.rawValue)
            source.index_inner = Int64(max(shape.strides[axis], 1))
            source.index_size = Int64(max(shape[axis], 1))
            views.append(nil)
        case .view(let view):
            let isContiguous = view.isContiguous
            let isScalar =
                shape.elementCount > 0
                && view.strides.indices.allSatisfy { view.strides[$0] == 0 || view.dimensions[$0] == 1 }
            source.kind = UInt8(
                (isScalar ? TW_SOURCE_SCALAR : isContiguous ? TW_SOURCE_CONTIGUOUS : TW_SOURCE_STRIDED).rawValue)
            source.input = Int32(inputs.count)
            inputs.append(
                Input(
                    buffer: view.buffer, byteOffset: view.offset * type.size,
                    inOrder: isContiguous && (!isScalar || shape.elementCount == 1), lastRead: -1))
            views.append(isScalar || isContiguous ? nil : view)
        case .register: preconditionFailure("a register is no source")
        }
        sources.append(source)
        return sources.count - 1
    }

    /// Called once all sources are known; instruction values are numbered after them.
    private func value(_ instruction: Int) -> Int { 1 << 20 | instruction }

    /// Values are named by the number of their source, or by what `emit` returned.
    mutating func emit(_ opcode: tw_opcode, _ type: DataType, _ result: DataType, _ operands: [Int]) -> Int {
        var instruction = tw_instruction()
        instruction.opcode = UInt8(opcode.rawValue)
        instruction.type = type.kernelType
        instruction.type2 = result.kernelType
        pending.append((instruction, operands))
        for operand in operands where operand < 1 << 20 {
            let input = Int(sources[operand].input)
            if input >= 0 { inputs[input].lastRead = pending.count - 1 }
        }
        return value(pending.count - 1)
    }

    private var pending: [(tw_instruction, [Int])] = []
    private var pendingSinks: [(value: Int, type: DataType)] = []

    mutating func sink(_ value: Int, _ type: DataType, _ buffer: Int) {
        pendingSinks.append((value, type))
        outputs.append(buffer)
        madeBy.append(value & (1 << 20 - 1))
    }

    mutating func finish() {
        assignRegisters()
        collapse()
    }

    private mutating func assignRegisters() {
        var lastUse = [Int](repeating: -1, count: pending.count)
        for (index, (_, operands)) in pending.enumerated() {
            for operand in operands where operand >= 1 << 20 { lastUse[operand & (1 << 20 - 1)] = index }
        }
        for (value, _) in pendingSinks { lastUse[value & (1 << 20 - 1)] = Int.max }
        var free: [Int] = []
        var next = sources.count
        var register = [Int](repeating: 0, count: pending.count)
        func number(_ value: Int) -> UInt16 { UInt16(value >= 1 << 20 ? register[value & (1 << 20 - 1)] : value) }
        for (index, entry) in pending.enumerated() {
            var (instruction, operands) = entry
            let registers = operands.map(number)
            if registers.count > 0 { instruction.a = registers[0] }
            if registers.count > 1 { instruction.b = registers[1] }
            if registers.count > 2 { instruction.c = registers[2] }
            if let reused = free.popLast() {
                register[index] = reused
            } else {
                register[index] = next
                next += 1
            }
            instruction.dst = UInt16(register[index])
            instructions.append(instruction)
            for operand in Set(operands) where operand >= 1 << 20 && lastUse[operand & (1 << 20 - 1)] == index {
                free.append(register[operand & (1 << 20 - 1)])
            }
            if lastUse[index] < 0 { free.append(register[index]) }
        }
        registerCount = next
        for (position, (value, type)) in pendingSinks.enumerated() {
            var sink = tw_sink()
            sink.reg = number(value)
            sink.type = type.kernelType
            sink.output = Int32(position)
            sinks.append(sink)
        }
    }

    /// Merges neighboring axes that every strided source walks as one.
    private mutating func collapse() {
        let strided = views.indices.filter { views[$0] != nil }
        if strided.isEmpty {
            dimensions = [shape.elementCount]
            return
        }
        var axes = shape.indices.filter { shape[$0] != 1 }
        if axes.isEmpty { axes = shape.rank > 0 ? [0] : [] }
        var sizes: [Int] = []
        var strides: [[Int]] = strided.map { _ in [] }
        for axis in axes {
            let merges =
                !sizes.isEmpty
                && strided.indices.allSatisfy { index in
                    strides[index].last! == views[strided[index]]!.strides[axis] * shape[axis]
                }
            if merges {
                sizes[sizes.count - 1] *= shape[axis]
                for index in strided.indices {
                    strides[index][strides[index].count - 1] = views[strided[index]]!.strides[axis]
                }
            } else {
                sizes.append(shape[axis])
                for index in strided.indices { strides[index].append(views[strided[index]]!.strides[axis]) }
            }
        }
        dimensions = sizes
        for (index, position) in strided.enumerated() {
            withUnsafeMutableBytes(of: &sources[position].strides) { bytes in
                let target = bytes.bindMemory(to: Int64.self)
                for (axis, stride) in strides[index].enumerated() { target[axis] = Int64(stride) }
            }
        }
    }
}

extension Lowering {
    mutating func lowerLoop(_ rows: [Int]) {
        let shape = program.rows[rows[0]].shape
        let members = Set(rows)
        var loop = LoopBuilder(shape)
        var value: [Int: Int] = [:]
        // Sources first: they keep the lowest registers.
        for row in rows {
            for input in program.rows[row].inputs where !members.contains(input) && value[input] == nil {
                value[input] = loop.source(places[input], program.rows[input].dataType)
            }
        }
        for row in rows {
            let operands = program.rows[row].inputs.map { value[$0]! }
            let type = program.rows[program.rows[row].inputs.last!].dataType
            value[row] = loop.emit(opcode(program.rows[row].op), type, program.rows[row].dataType, operands)
        }
        for row in rows where isStored(row) { loop.sink(value[row]!, program.rows[row].dataType, store(row)) }
        loop.finish()
        result.kernels.append(ElementwiseKernel(loop))
    }

    private func opcode(_ op: Op) -> tw_opcode {
        switch op {
        case .select: TW_SELECT
        case .cast: TW_CAST
        case .unary(let op):
            switch op {
            case .negate: TW_NEGATE
            case .abs: TW_ABS
            case .sign: TW_SIGN
            case .exp: TW_EXP
            case .expm1: TW_EXPM1
            case .log: TW_LOG
            case .log1p: TW_LOG1P
            case .sqrt: TW_SQRT
            case .rsqrt: TW_RSQRT
            case .reciprocal: TW_RECIPROCAL
            case .square: TW_SQUARE
            case .sin: TW_SIN
            case .cos: TW_COS
            case .tan: TW_TAN
            case .asin: TW_ASIN
            case .acos: TW_ACOS
            case .atan: TW_ATAN
            case .sinh: TW_SINH
            case .cosh: TW_COSH
            case .tanh: TW_TANH
            case .sigmoid: TW_SIGMOID
            case .erf: TW_ERF
            case .floor: TW_FLOOR
            case .ceil: TW_CEIL
            case .round: TW_ROUND
            case .not: TW_NOT
            case .isNaN: TW_ISNAN
            case .isFinite: TW_ISFINITE
            }
        case .binary(let op):
            switch op {
            case .add: TW_ADD
            case .subtract: TW_SUB
            case .multiply: TW_MUL
            case .divide: TW_DIV
            case .power: TW_POW
            case .maximum: TW_MAX
            case .minimum: TW_MIN
            case .remainder: TW_REMAINDER
            case .atan2: TW_ATAN2
            case .and: TW_AND
            case .or: TW_OR
            case .xor: TW_XOR
            }
        case .comparison(let op):
            switch op {
            case .equal: TW_EQ
            case .notEqual: TW_NE
            case .less: TW_LT
            case .lessOrEqual: TW_LE
            case .greater: TW_GT
            case .greaterOrEqual: TW_GE
            }
        case .source, .reduce, .argReduce, .cumulativeSum, .argsort, .matmul, .convolution, .window, .movement,
            .concatenate, .gather, .scatter, .random, .marker:
            preconditionFailure("\(op.name) is not elementwise")
        }
    }
}
