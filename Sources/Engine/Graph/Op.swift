/// What a node of the graph does to its inputs. The op holds attributes only, never the inputs.
///
/// The set is closed and small: everything public is a composition of these. Passes switch over it without `default`,
/// so a primitive that lacks a gradient, a shape rule or a kernel does not compile.
public enum Op: Hashable, Sendable {
    /// No inputs: where values come from.
    case source(Source)
    case unary(Unary)
    /// Two inputs of equal shape and type (`broadcast` makes them so).
    case binary(Binary)
    /// As `binary`, with a `bool` result.
    case comparison(Comparison)
    /// Inputs: condition (`bool`), value where true, value where false; equal shapes.
    case select
    /// Conversion to the node's data type. Floating to integer truncates and saturates, NaN gives 0.
    case cast
    /// Removes `axes` (ascending).
    case reduce(Reduction, axes: [Int])
    /// Position of the first greatest or least element as `int64`; removes `axis`.
    case argReduce(greatest: Bool, axis: Int)
    /// Running sum along an axis.
    case cumulativeSum(axis: Int, reverse: Bool, exclusive: Bool)
    /// Positions that would sort along the axis, stable, NaN last; `int64`.
    case argsort(axis: Int, descending: Bool)
    /// `[batch…, m, k] × [batch…, k, n]`, equal batch axes.
    case matmul
    case convolution(ConvolutionOp)
    /// Pooling over windows.
    case window(WindowOp)
    /// The same elements at other places.
    case movement(Movement)
    case concatenate(axis: Int)
    /// Inputs: values, integer indices of any shape. Replaces `axis` by the axes of the indices.
    case gather(axis: Int)
    /// Inputs: base, integer indices, updates (shaped as `gather(base, indices)`). The result has the shape of the base.
    case scatter(Scatter, axis: Int)
    /// Input: an `int64` scalar key. The value depends on key, stream and position only.
    case random(Distribution, stream: UInt64)
    /// The first input, as it is; the gradient sees something else.
    case marker(Marker)
}

public enum Source: Hashable, Sendable {
    /// A tensor that came with its values.
    case data
    /// The n-th argument of a plan; has no value of its own.
    case argument(Int)
    /// One number everywhere: its bits in the node's data type.
    case constant(bits: UInt64)
    /// The coordinate along an axis, `int64`.
    case index(axis: Int)
}

public enum Unary: String, Hashable, Sendable, CaseIterable {
    case negate, abs, sign
    case exp, expm1, log, log1p, sqrt, rsqrt, reciprocal, square
    case sin, cos, tan, asin, acos, atan, sinh, cosh, tanh, sigmoid, erf
    case floor, ceil, round
    case not, isNaN, isFinite
}

public enum Binary: String, Hashable, Sendable, CaseIterable {
    case add, subtract, multiply, divide, power, maximum, minimum, remainder, atan2
    case and, or, xor
}

public enum Comparison: String, Hashable, Sendable, CaseIterable {
    case equal, notEqual, less, lessOrEqual, greater, greaterOrEqual
}

public enum Reduction: String, Hashable, Sendable, CaseIterable {
    case sum, max, min, any, all
}

public enum Movement: Hashable, Sendable {
    /// Same elements in row-major order, the node's shape.
    case reshape
    case transpose([Int])
    /// Axes of size 1 repeat to the node's shape; equal rank.
    case broadcast
    /// Element `i` of an axis is element `start + i * step` of the input; `step` is not zero.
    case slice(starts: [Int], steps: [Int])
    /// `low` and `high` elements of `bits` around, `interior` between each two.
    case pad(low: [Int], high: [Int], interior: [Int], bits: UInt64)
}

public enum Scatter: String, Hashable, Sendable, CaseIterable { case set, add }

public enum Distribution: String, Hashable, Sendable, CaseIterable {
    /// Uniform in [0, 1).
    case uniform
    case normal
    /// 64 random bits (`int64`).
    case bits
}

public enum Marker: Hashable, Sendable {
    case stopGradient
    /// Where a gradient is asked for.
    case gradientLeaf
    /// Inputs: the output of a function, then the function's inputs.
    case customGradient(CustomGradient)
}

/// A user's own vector-Jacobian product. Compared by identity.
public final class CustomGradient: Hashable, Sendable {
    let vjp: @Sendable (_ inputs: [Tensor], _ output: Tensor, _ upstream: Tensor) -> [Tensor]

    init(vjp: @escaping @Sendable ([Tensor], Tensor, Tensor) -> [Tensor]) { self.vjp = vjp }

    public static func == (a: CustomGradient, b: CustomGradient) -> Bool { a === b }
    public func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }
}

extension Op {
    /// Works element by element on inputs of the node's own shape: what fusion may join.
    var isElementwise: Bool {
        switch self {
        case .unary, .binary, .comparison, .select, .cast: true
        case .source, .reduce, .argReduce, .cumulativeSum, .argsort, .matmul, .convolution, .window, .movement,
            .concatenate, .gather, .scatter, .random, .marker:
            false
        }
    }

    /// The name shown in messages and printed graphs.
    public var name: String {
        switch self {
        case .source(let source):
            switch source {
            case .data: "data"
            case .argument(let index): "argument \(index)"
            case .constant: "constant"
            case .index(let axis): "index(axis \(axis))"
            }
        case .unary(let op): op.rawValue
        case .binary(let op): op.rawValue
        case .comparison(let op): op.rawValue
        case .select: "select"
        case .cast: "cast"
        case .reduce(let op, let axes): "\(op.rawValue)\(axes)"
        case .argReduce(let greatest, let axis): "\(greatest ? "argmax" : "argmin")(axis \(axis))"
        case .cumulativeSum(let axis, _, _): "cumulativeSum(axis \(axis))"
        case .argsort(let axis, _): "argsort(axis \(axis))"
        case .matmul: "matmul"
        case .convolution(let op): "convolution-\(op.kind.rawValue)"
        case .window(let op): "\(op.kind.rawValue)\(op.size)"
        case .movement(let movement):
            switch movement {
            case .reshape: "reshape"
            case .transpose(let permutation): "transpose\(permutation)"
            case .broadcast: "broadcast"
            case .slice: "slice"
            case .pad: "pad"
            }
        case .concatenate(let axis): "concatenate(axis \(axis))"
        case .gather(let axis): "gather(axis \(axis))"
        case .scatter(let mode, let axis): "scatter-\(mode.rawValue)(axis \(axis))"
        case .random(let distribution, let stream): "random-\(distribution.rawValue)(stream \(stream))"
        case .marker(.stopGradient): "stopGradient"
        case .marker(.gradientLeaf): "gradientLeaf"
        case .marker(.customGradient): "customGradient"
        }
    }
}
