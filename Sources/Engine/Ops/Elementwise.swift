// Elementwise vocabulary: each public operation is one documented line over the primitives.

extension Tensor {
    private func unary(_ op: Unary, _ site: CallSite) -> Tensor {
        site.require(
            dataType.isFloatingPoint || [.negate, .abs, .sign, .square].contains(op) && dataType.isInteger,
            "needs floating-point numbers, found \(dataType.rawValue)")
        return Tensor.record(.unary(op), [node], shape: shape, dataType: dataType)
    }

    public static prefix func - (x: Tensor) -> Tensor { x.unary(.negate, CallSite("negate", #fileID, #line)) }
    /// |x|
    public func abs(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        unary(.abs, CallSite("abs", file, line))
    }
    /// -1, 0 or 1
    public func sign(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        unary(.sign, CallSite("sign", file, line))
    }
    /// e^x
    public func exp(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        unary(.exp, CallSite("exp", file, line))
    }
    /// e^x - 1, exact near 0
    public func expm1(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        unary(.expm1, CallSite("expm1", file, line))
    }
    /// Natural logarithm
    public func log(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        unary(.log, CallSite("log", file, line))
    }
    /// log(1 + x), exact near 0
    public func log1p(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        unary(.log1p, CallSite("log1p", file, line))
    }
    public func sqrt(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        unary(.sqrt, CallSite("sqrt", file, line))
    }
    /// 1 / sqrt(x)
    public func rsqrt(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        unary(.rsqrt, CallSite("rsqrt", file, line))
    }
    /// 1 / x
    public func reciprocal(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        unary(.reciprocal, CallSite("reciprocal", file, line))
    }
    /// x * x
    public func square(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        unary(.square, CallSite("square", file, line))
    }
    public func sin(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        unary(.sin, CallSite("sin", file, line))
    }
    public func cos(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        unary(.cos, CallSite("cos", file, line))
    }
    public func tan(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        unary(.tan, CallSite("tan", file, line))
    }
    public func asin(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        unary(.asin, CallSite("asin", file, line))
    }
    public func acos(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        unary(.acos, CallSite("acos", file, line))
    }
    public func atan(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        unary(.atan, CallSite("atan", file, line))
    }
    public func sinh(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        unary(.sinh, CallSite("sinh", file, line))
    }
    public func cosh(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        unary(.cosh, CallSite("cosh", file, line))
    }
    public func tanh(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        unary(.tanh, CallSite("tanh", file, line))
    }
    /// 1 / (1 + e^-x)
    public func sigmoid(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        unary(.sigmoid, CallSite("sigmoid", file, line))
    }
    /// 2/sqrt(pi) times the integral of e^(-t^2) from 0 to x
    public func erf(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        unary(.erf, CallSite("erf", file, line))
    }
    public func floor(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        unary(.floor, CallSite("floor", file, line))
    }
    public func ceil(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        unary(.ceil, CallSite("ceil", file, line))
    }
    /// To the nearest whole number, halves to the even one
    public func round(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        unary(.round, CallSite("round", file, line))
    }

    private func test(_ op: Unary, _ site: CallSite) -> Tensor {
        site.require(dataType.isFloatingPoint, "needs floating-point numbers, found \(dataType.rawValue)")
        return Tensor.record(.unary(op), [self], shape: shape, dataType: .bool)
    }

    public func isNaN(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        test(.isNaN, CallSite("isNaN", file, line))
    }
    /// Neither infinite nor NaN
    public func isFinite(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        test(.isFinite, CallSite("isFinite", file, line))
    }

    public static prefix func ! (x: Tensor) -> Tensor {
        CallSite("!", #fileID, #line).require(x.dataType == .bool, "needs bool, found \(x.dataType.rawValue)")
        return record(.unary(.not), [x], shape: x.shape, dataType: .bool)
    }

    /// The same numbers in another type. Floating to integer truncates and saturates, NaN becomes 0; to `bool`: is not 0.
    public func cast(to type: DataType) -> Tensor {
        type == dataType ? self : Tensor.record(.cast, [self], shape: shape, dataType: type)
    }

    /// The value, through which no gradient flows.
    public func stoppingGradient() -> Tensor {
        Tensor.record(.marker(.stopGradient), [self], shape: shape, dataType: dataType)
    }
}

// MARK: Two operands

/// What may stand beside a tensor: another tensor, or a number that takes the tensor's type.
public protocol TensorOperand: Sendable {
    func tensor(like other: Tensor, site: CallSite) -> Tensor
}

extension Tensor: TensorOperand {
    public func tensor(like other: Tensor, site: CallSite) -> Tensor { self }
}

extension Double: TensorOperand {
    public func tensor(like other: Tensor, site: CallSite) -> Tensor {
        site.require(
            ScalarBits.represents(self, other.dataType), "\(self) is not a value of type \(other.dataType.rawValue)")
        return Tensor(self, dataType: other.dataType)
    }
}

extension Tensor {
    /// Both operands broadcast to their common shape.
    static func aligned(_ a: Tensor, _ b: Tensor, _ site: CallSite) -> (Tensor, Tensor) {
        site.require(
            a.dataType == b.dataType,
            "types differ: \(a.dataType.rawValue)\(a.shape) and \(b.dataType.rawValue)\(b.shape); cast one of them")
        let shape = site.require { () throws(ShapeError) in try ShapeRules.broadcast(a.shape, b.shape) }
        return (a.stretched(to: shape), b.stretched(to: shape))
    }

    /// `broadcast(to:)` for a shape that is known to fit.
    func stretched(to target: Shape) -> Tensor {
        if shape == target { return self }
        if case .source(.constant(let bits)) = node.op {
            return .constant(bits: bits, shape: target, dataType: dataType)
        }
        let padded = Shape([Int](repeating: 1, count: target.rank - rank) + shape.dimensions)
        let reshaped =
            padded == shape ? self : Tensor.record(.movement(.reshape), [node], shape: padded, dataType: dataType)
        return padded == target
            ? reshaped : Tensor.record(.movement(.broadcast), [reshaped.node], shape: target, dataType: dataType)
    }

    static func binary(_ op: Binary, _ a: Tensor, _ b: Tensor, _ site: CallSite) -> Tensor {
        let (a, b) = aligned(a, b, site)
        switch op {
        case .and, .or, .xor: site.require(a.dataType == .bool, "needs bool, found \(a.dataType.rawValue)")
        case .add, .subtract, .multiply, .divide, .power, .maximum, .minimum, .remainder:
            site.require(a.dataType != .bool, "needs numbers, found bool")
        case .atan2:
            site.require(a.dataType.isFloatingPoint, "needs floating-point numbers, found \(a.dataType.rawValue)")
        }
        return record(.binary(op), [a.node, b.node], shape: a.shape, dataType: a.dataType)
    }

    static func compare(_ op: Comparison, _ a: Tensor, _ b: Tensor, _ site: CallSite) -> Tensor {
        let (a, b) = aligned(a, b, site)
        return record(.comparison(op), [a.node, b.node], shape: a.shape, dataType: .bool)
    }

    public static func + (a: Tensor, b: Tensor) -> Tensor { binary(.add, a, b, CallSite("+", #fileID, #line)) }
    public static func - (a: Tensor, b: Tensor) -> Tensor { binary(.subtract, a, b, CallSite("-", #fileID, #line)) }
    public static func * (a: Tensor, b: Tensor) -> Tensor { binary(.multiply, a, b, CallSite("*", #fileID, #line)) }
    /// Integers: rounded down; by zero gives 0.
    public static func / (a: Tensor, b: Tensor) -> Tensor { binary(.divide, a, b, CallSite("/", #fileID, #line)) }

    public static func + (a: Tensor, b: Double) -> Tensor { a + b.tensor(like: a, site: CallSite("+", #fileID, #line)) }
    public static func - (a: Tensor, b: Double) -> Tensor { a - b.tensor(like: a, site: CallSite("-", #fileID, #line)) }
    public static func * (a: Tensor, b: Double) -> Tensor { a * b.tensor(like: a, site: CallSite("*", #fileID, #line)) }
    public static func / (a: Tensor, b: Double) -> Tensor { a / b.tensor(like: a, site: CallSite("/", #fileID, #line)) }
    public static func + (a: Double, b: Tensor) -> Tensor { a.tensor(like: b, site: CallSite("+", #fileID, #line)) + b }
    public static func - (a: Double, b: Tensor) -> Tensor { a.tensor(like: b, site: CallSite("-", #fileID, #line)) - b }
    public static func * (a: Double, b: Tensor) -> Tensor { a.tensor(like: b, site: CallSite("*", #fileID, #line)) * b }
    public static func / (a: Double, b: Tensor) -> Tensor { a.tensor(like: b, site: CallSite("/", #fileID, #line)) / b }

    public static func += (a: inout Tensor, b: Tensor) { a = a + b }
    public static func -= (a: inout Tensor, b: Tensor) { a = a - b }
    public static func *= (a: inout Tensor, b: Tensor) { a = a * b }
    public static func /= (a: inout Tensor, b: Tensor) { a = a / b }

    public static func .== (a: Tensor, b: some TensorOperand) -> Tensor {
        let site = CallSite(".==", #fileID, #line)
        return compare(.equal, a, b.tensor(like: a, site: site), site)
    }
    public static func .!= (a: Tensor, b: some TensorOperand) -> Tensor {
        let site = CallSite(".!=", #fileID, #line)
        return compare(.notEqual, a, b.tensor(like: a, site: site), site)
    }
    public static func .< (a: Tensor, b: some TensorOperand) -> Tensor {
        let site = CallSite(".<", #fileID, #line)
        return compare(.less, a, b.tensor(like: a, site: site), site)
    }
    public static func .<= (a: Tensor, b: some TensorOperand) -> Tensor {
        let site = CallSite(".<=", #fileID, #line)
        return compare(.lessOrEqual, a, b.tensor(like: a, site: site), site)
    }
    public static func .> (a: Tensor, b: some TensorOperand) -> Tensor {
        let site = CallSite(".>", #fileID, #line)
        return compare(.greater, a, b.tensor(like: a, site: site), site)
    }
    public static func .>= (a: Tensor, b: some TensorOperand) -> Tensor {
        let site = CallSite(".>=", #fileID, #line)
        return compare(.greaterOrEqual, a, b.tensor(like: a, site: site), site)
    }
    public static func .& (a: Tensor, b: Tensor) -> Tensor { binary(.and, a, b, CallSite(".&", #fileID, #line)) }
    public static func .| (a: Tensor, b: Tensor) -> Tensor { binary(.or, a, b, CallSite(".|", #fileID, #line)) }
    public static func .^ (a: Tensor, b: Tensor) -> Tensor { binary(.xor, a, b, CallSite(".^", #fileID, #line)) }

    /// x^exponent
    public func pow(_ exponent: some TensorOperand, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        let site = CallSite("pow", file, line)
        return Tensor.binary(.power, self, exponent.tensor(like: self, site: site), site)
    }
    /// The remainder with the sign of the divisor (Python's rule).
    public func remainder(_ divisor: some TensorOperand, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        let site = CallSite("remainder", file, line)
        return Tensor.binary(.remainder, self, divisor.tensor(like: self, site: site), site)
    }
    /// The angle of the point (x, self) in radians.
    public func atan2(_ x: Tensor, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        Tensor.binary(.atan2, self, x, CallSite("atan2", file, line))
    }

    /// `a` where the condition holds, `b` elsewhere. At least one of them is a tensor; a number takes its type.
    public static func select(
        _ condition: Tensor, _ a: some TensorOperand, _ b: some TensorOperand, file: StaticString = #fileID,
        line: UInt = #line
    ) -> Tensor {
        let site = CallSite("select", file, line)
        site.require(condition.dataType == .bool, "the condition is \(condition.dataType.rawValue), not bool")
        let like = (a as? Tensor) ?? (b as? Tensor) ?? Tensor(0.0)
        var (x, y) = aligned(a.tensor(like: like, site: site), b.tensor(like: like, site: site), site)
        let shape = site.require { () throws(ShapeError) in try ShapeRules.broadcast(condition.shape, x.shape) }
        x = x.stretched(to: shape)
        y = y.stretched(to: shape)
        return record(.select, [condition.stretched(to: shape), x, y], shape: shape, dataType: x.dataType)
    }

    public func clamped(to range: ClosedRange<Double>) -> Tensor {
        clamped(min: range.lowerBound).clamped(max: range.upperBound)
    }
    public func clamped(min: Double) -> Tensor { Tensor.select(self .< min, min, self) }
    public func clamped(max: Double) -> Tensor { Tensor.select(self .> max, max, self) }
}

infix operator .& : LogicalConjunctionPrecedence
infix operator .| : LogicalDisjunctionPrecedence
infix operator .^ : LogicalDisjunctionPrecedence

/// The greater of each pair; NaN wins; the gradient of a tie is shared.
public func maximum(_ a: Tensor, _ b: some TensorOperand, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    let site = CallSite("maximum", file, line)
    return Tensor.binary(.maximum, a, b.tensor(like: a, site: site), site)
}

/// The lesser of each pair; NaN wins; the gradient of a tie is shared.
public func minimum(_ a: Tensor, _ b: some TensorOperand, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    let site = CallSite("minimum", file, line)
    return Tensor.binary(.minimum, a, b.tensor(like: a, site: site), site)
}
