import CKernels
import TestSupport
import Testing

/// Machine code made for a loop gives the interpreter's very bits: whichever runs, a result is the same.
@Suite struct LoopCodeTests {
    @Test(arguments: 0..<40) func codeEqualsInterpreter(seed: UInt64) {
        var random = LoopGenerator(seed: seed)
        for _ in 0..<25 {
            let program = LoopProgram(&random)
            let count = program.count
            let cut = Int.random(in: 0...count, using: &random)
            let made = program.results(parts: [0..<cut, cut..<count], isInterpreted: false)
            let interpreted = program.results(parts: [0..<count], isInterpreted: true)
            #expect(made.hadCode == ["avx512", "avx2"].contains(String(cString: tw_instruction_set())))
            for (own, wanted) in zip(made.outputs, interpreted.outputs) {
                #expect(own.elementsEqual(wanted, by: ==), "\(program.instructions)")
            }
        }
    }

    @Test func outputsMayBeInputs() {
        var random = LoopGenerator(seed: 7)
        let program = LoopProgram(&random, isFloatOnly: true)
        let apart = program.results(parts: [0..<program.count], isInterpreted: false)
        let inPlace = program.results(parts: [0..<program.count], isInterpreted: false, isInPlace: true)
        #expect(apart.outputs[0].elementsEqual(inPlace.outputs[0], by: ==))
    }
}

private struct LoopGenerator: RandomNumberGenerator {
    var state: UInt64
    init(seed: UInt64) { state = seed }
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var z = state
        z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
        return z ^ (z >> 31)
    }
}

/// Operations on float32 and truth values, over sources of every kind that code is made for.
private struct LoopProgram {
    static let specials: [Float] = [
        0, -0.0, 1, -1, .infinity, -.infinity, .nan, Float(bitPattern: 0x1_16c2), Float(bitPattern: 0x8000_02ca), 88.9,
        -103.5, 89.5, 1e-8, 0.5, 2.5, -2.5, 3.4e38,
        .leastNonzeroMagnitude,
    ]
    static let unary = [
        TW_COPY, TW_NEGATE, TW_ABS, TW_SIGN, TW_EXP, TW_EXPM1, TW_LOG, TW_LOG1P, TW_SQRT, TW_RSQRT, TW_RECIPROCAL,
        TW_SQUARE, TW_TANH, TW_SIGMOID, TW_ERF, TW_FLOOR, TW_CEIL, TW_ROUND,
    ]

    var count: Int
    var sources: [tw_source] = []
    var instructions: [tw_instruction] = []
    var sinks: [tw_sink] = []
    var isTruth: [Bool] = []
    var inputs: [[UInt8]] = []

    init(_ random: inout LoopGenerator, isFloatOnly: Bool = false) {
        count = Int.random(in: 1...(Bool.random(using: &random) ? 40 : 1500), using: &random)
        let sourceCount = Int.random(in: 1...8, using: &random)
        for number in 0..<sourceCount {
            let truth = !isFloatOnly && number > 0 && Int.random(in: 0..<6, using: &random) == 0
            let kind = isFloatOnly ? 0 : Int.random(in: 0..<4, using: &random)
            var source = tw_source()
            source.kind = UInt8(
                (kind == 1 ? TW_SOURCE_SCALAR : kind == 2 ? TW_SOURCE_CONSTANT : TW_SOURCE_CONTIGUOUS).rawValue)
            source.type = UInt8((truth ? TW_BOOL : TW_FLOAT32).rawValue)
            source.reg = UInt16(number)
            source.input = kind == 2 ? -1 : Int32(number)
            source.constant = truth ? random.next() % 2 : UInt64(Self.value(&random).bitPattern)
            sources.append(source)
            isTruth.append(truth)
            inputs.append(
                (0..<count).flatMap { _ -> [UInt8] in
                    truth
                        ? [UInt8(random.next() % 2)]
                        : withUnsafeBytes(of: Self.value(&random).bitPattern.littleEndian) { Array($0) }
                })
        }
        // Many values alive at once do not fit into the registers.
        for _ in 0..<Int.random(in: 1...(Int.random(in: 0..<4, using: &random) == 0 ? 100 : 12), using: &random) {
            append(&random, isFloatOnly: isFloatOnly)
        }
        for number in 0..<(isFloatOnly ? 1 : Int.random(in: 1...4, using: &random)) {
            let register =
                number == 0 ? isTruth.count - 1 : Int.random(in: sourceCount..<isTruth.count, using: &random)
            var sink = tw_sink()
            sink.reg = UInt16(register)
            sink.type = UInt8((isTruth[register] ? TW_BOOL : TW_FLOAT32).rawValue)
            sink.output = Int32(number)
            sinks.append(sink)
        }
    }

    private static func value(_ random: inout LoopGenerator) -> Float {
        Int.random(in: 0..<5, using: &random) == 0
            ? specials.randomElement(using: &random)! : Float.random(in: -8...8, using: &random)
    }

    private mutating func append(_ random: inout LoopGenerator, isFloatOnly: Bool) {
        func pick(_ truth: Bool) -> UInt16? {
            let all = isTruth.indices.filter { isTruth[$0] == truth }
            return (Bool.random(using: &random) ? all.suffix(6) : all[...]).randomElement(using: &random)
                .map { UInt16($0) }
        }
        var instruction = tw_instruction()
        var truth = false
        func set(_ opcode: tw_opcode, _ operands: [UInt16], of type: tw_type = TW_FLOAT32, gives: Bool = false) {
            instruction.opcode = UInt8(opcode.rawValue)
            instruction.type = UInt8(type.rawValue)
            (instruction.a, instruction.b, instruction.c) = (
                operands[0], operands.dropFirst().first ?? 0, operands.last!
            )
            truth = gives
        }
        let (a, b, c) = (pick(false)!, pick(false)!, pick(false)!)
        switch Int.random(in: 0..<(isFloatOnly ? 9 : 12), using: &random) {
        case 0..<4: set(Self.unary.randomElement(using: &random)!, [a])
        case 4..<7: set([TW_ADD, TW_SUB, TW_MUL, TW_DIV, TW_MAX, TW_MIN].randomElement(using: &random)!, [a, b])
        case 7..<9: set([TW_FMA, TW_FMS, TW_FNMA].randomElement(using: &random)!, [a, b, c])
        case 9:
            set(
                [TW_EQ, TW_NE, TW_LT, TW_LE, TW_GT, TW_GE].randomElement(using: &random)!, [a, b], gives: true)
        case 10: if let mask = pick(true) { set(TW_SELECT, [mask, a, b]) } else { set(TW_ISNAN, [a], gives: true) }
        default:
            if let mask = pick(true), Bool.random(using: &random) {
                set(TW_CAST, [mask], of: TW_BOOL)
                instruction.type2 = UInt8(TW_FLOAT32.rawValue)
            } else if let mask = pick(true), let other = pick(true) {
                set([TW_AND, TW_OR, TW_XOR].randomElement(using: &random)!, [mask, other], of: TW_BOOL, gives: true)
            } else {
                set(TW_ISFINITE, [a], gives: true)
            }
        }
        instruction.dst = UInt16(isTruth.count)
        instructions.append(instruction)
        isTruth.append(truth)
    }

    /// Runs the loop part by part; a NaN is any NaN.
    func results(
        parts: [Range<Int>], isInterpreted: Bool, isInPlace: Bool = false
    ) -> (outputs: [[UInt32]], hadCode: Bool) {
        var program = tw_program()
        program.rank = 1
        program.source_count = Int32(sources.count)
        program.instruction_count = Int32(instructions.count)
        program.sink_count = Int32(sinks.count)
        program.register_count = Int32(isTruth.count)
        program.dims.0 = Int64(count)
        let loop = sources.withUnsafeBufferPointer { sources in
            instructions.withUnsafeBufferPointer { instructions in
                sinks.withUnsafeBufferPointer { sinks in
                    program.sources = sources.baseAddress
                    program.instructions = instructions.baseAddress
                    program.sinks = sinks.baseAddress
                    return tw_loop_make(&program)!
                }
            }
        }
        defer { tw_loop_free(loop) }
        var hadCode = true
        if isInterpreted { hadCode = tw_loop_forget_code(loop) }
        let memory = inputs.map { bytes in
            let copy = UnsafeMutableRawPointer.allocate(byteCount: bytes.count, alignment: 64)
            copy.copyMemory(from: bytes, byteCount: bytes.count)
            return copy
        }
        let outputs = sinks.indices.map {
            isInPlace && $0 == 0
                ? memory[0] : UnsafeMutableRawPointer.allocate(byteCount: count * 4, alignment: 64)
        }
        let scratch = UnsafeMutableRawPointer.allocate(
            byteCount: Int(tw_loop_scratch_bytes(loop)) + 64, alignment: 64)
        for part in parts {
            tw_loop_run(
                loop, memory.map { UnsafeRawPointer($0) }, outputs.map { Optional($0) }, Int64(part.lowerBound),
                Int64(part.upperBound), scratch)
        }
        let values = zip(sinks, outputs).map { sink, output in
            (0..<count).map { index -> UInt32 in
                if isTruth[Int(sink.reg)] { return UInt32(output.load(fromByteOffset: index, as: UInt8.self)) }
                let value = output.load(fromByteOffset: index * 4, as: Float.self)
                return value.isNaN ? Float.nan.bitPattern : value.bitPattern
            }
        }
        for pointer in Set(memory + outputs + [scratch]) { pointer.deallocate() }
        if !isInterpreted { hadCode = tw_loop_forget_code(loop) }
        return (values, hadCode)
    }
}
