#if canImport(Glibc)
    internal import Glibc
#elseif canImport(Musl)
    internal import Musl
#else
    internal import Darwin
#endif

extension Reference {
    static func unary(_ op: Unary, _ x: Values) -> Values {
        func each(_ f: (Double) -> Double) -> Values { Values(x.floats.map(f)) }
        if !x.isFloating {
            return Values(
                x.integers.map { value in
                    switch op {
                    case .negate: 0 &- value
                    case .abs: value < 0 ? 0 &- value : value
                    case .sign: value.signum()
                    case .square: value &* value
                    case .not: value == 0 ? 1 : 0
                    default: preconditionFailure("\(op.rawValue) of whole numbers")
                    }
                })
        }
        switch op {
        case .negate: return each { -$0 }
        case .abs: return each { $0.magnitude }
        case .sign: return each { $0.isNaN ? $0 : $0 > 0 ? 1 : $0 < 0 ? -1 : 0 }
        case .exp: return each(exp)
        case .expm1: return each(expm1)
        case .log: return each(log)
        case .log1p: return each(log1p)
        case .sqrt: return each { $0.squareRoot() }
        case .rsqrt: return each { 1 / $0.squareRoot() }
        case .reciprocal: return each { 1 / $0 }
        case .square: return each { $0 * $0 }
        case .sin: return each(sin)
        case .cos: return each(cos)
        case .tan: return each(tan)
        case .asin: return each(asin)
        case .acos: return each(acos)
        case .atan: return each(atan)
        case .sinh: return each(sinh)
        case .cosh: return each(cosh)
        case .tanh: return each(tanh)
        case .sigmoid: return each { $0 >= 0 ? 1 / (1 + exp(-$0)) : exp($0) / (1 + exp($0)) }
        case .erf: return each(erf)
        case .floor: return each { $0.rounded(.down) }
        case .ceil: return each { $0.rounded(.up) }
        case .round: return each { $0.rounded(.toNearestOrEven) }
        case .not: preconditionFailure("not of numbers")
        case .isNaN: return Values(x.floats.map { $0.isNaN ? Int64(1) : 0 })
        case .isFinite: return Values(x.floats.map { $0.isFinite ? Int64(1) : 0 })
        }
    }

    static func binary(_ op: Binary, _ a: Values, _ b: Values) -> Values {
        Values.zipped(
            a, b,
            { x, y in
                switch op {
                case .add: x + y
                case .subtract: x - y
                case .multiply: x * y
                case .divide: x / y
                case .power: pow(x, y)
                case .maximum: x.isNaN || y.isNaN ? .nan : max(x, y)
                case .minimum: x.isNaN || y.isNaN ? .nan : min(x, y)
                case .remainder: flooredRemainder(x, y)
                case .atan2: atan2(x, y)
                case .and, .or, .xor: preconditionFailure("\(op.rawValue) of numbers")
                }
            },
            { x, y in
                switch op {
                case .add: x &+ y
                case .subtract: x &- y
                case .multiply: x &* y
                case .divide: y == 0 ? 0 : floored(x, y)
                case .power: power(x, y)
                case .maximum: max(x, y)
                case .minimum: min(x, y)
                case .remainder: y == 0 ? 0 : x &- floored(x, y) &* y
                case .and: x & y
                case .or: x | y
                case .xor: x ^ y
                case .atan2: preconditionFailure("atan2 of whole numbers")
                }
            })
    }

    private static func flooredRemainder(_ x: Double, _ y: Double) -> Double {
        let rest = x.truncatingRemainder(dividingBy: y)
        return rest != 0 && (rest < 0) != (y < 0) ? rest + y : rest
    }

    private static func floored(_ x: Int64, _ y: Int64) -> Int64 {
        let (quotient, overflow) = x.dividedReportingOverflow(by: y)
        if overflow { return x }
        return x % y != 0 && (x < 0) != (y < 0) ? quotient - 1 : quotient
    }

    private static func power(_ base: Int64, _ exponent: Int64) -> Int64 {
        if exponent < 0 { return base == 1 ? 1 : base == -1 ? (exponent % 2 == 0 ? 1 : -1) : 0 }
        var (result, square, rest) = (Int64(1), base, exponent)
        while rest > 0 {
            if rest & 1 == 1 { result = result &* square }
            square = square &* square
            rest >>= 1
        }
        return result
    }

    static func compare(_ op: Comparison, _ a: Values, _ b: Values) -> Values {
        func test<T: Comparable>(_ x: T, _ y: T) -> Int64 {
            let holds =
                switch op {
                case .equal: x == y
                case .notEqual: x != y
                case .less: x < y
                case .lessOrEqual: x <= y
                case .greater: x > y
                case .greaterOrEqual: x >= y
                }
            return holds ? 1 : 0
        }
        return a.isFloating
            ? Values(zip(a.floats, b.floats).map(test)) : Values(zip(a.integers, b.integers).map(test))
    }

    static func cast(_ x: Values, to type: DataType) -> Values {
        if type == .bool {
            return x.isFloating
                ? Values(x.floats.map { $0 != 0 ? Int64(1) : 0 }) : Values(x.integers.map { $0 != 0 ? Int64(1) : 0 })
        }
        if type.isFloatingPoint { return x.isFloating ? x : Values(x.integers.map(Double.init)) }
        guard x.isFloating else { return x }
        return Values(
            x.floats.map { value in
                switch type {
                case .int32: Int64(Int32(clampingNaN: value))
                case .uint8: Int64(UInt8(clampingNaN: value))
                default: Int64(clampingNaN: value)
                }
            })
    }

    /// To what the type can hold: nearest for floating types, the low bits for whole numbers.
    static func rounded(_ x: Values, _ type: DataType) -> Values {
        switch type {
        case .float64, .int64, .bool: x
        case .float32: Values(x.floats.map { Double(Float($0)) })
        case .float16: Values(x.floats.map { ScalarBits.decode(ScalarBits.encode($0, as: .float16), as: .float16) })
        case .bfloat16: Values(x.floats.map { ScalarBits.decode(ScalarBits.encode($0, as: .bfloat16), as: .bfloat16) })
        case .int32: Values(x.integers.map { Int64(Int32(truncatingIfNeeded: $0)) })
        case .uint8: Values(x.integers.map { Int64(UInt8(truncatingIfNeeded: $0)) })
        }
    }
}
