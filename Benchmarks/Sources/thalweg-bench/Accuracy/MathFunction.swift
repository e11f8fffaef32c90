import Foundation
import Thalweg

#if arch(x86_64)
    /// Where the right answers are computed.
    typealias Wide = Float80
#else
    typealias Wide = Double
#endif

/// A vectorized function and its definition in wide numbers.
struct MathFunction: Sendable {
    let name: String
    let takesTwo: Bool
    /// The second tensor is for functions of two numbers.
    let kernel: @Sendable (Tensor, Tensor) -> Tensor
    let exact: @Sendable (Wide, Wide) -> Wide

    init(
        _ name: String, _ kernel: @escaping @Sendable (Tensor) -> Tensor, _ exact: @escaping @Sendable (Wide) -> Wide
    ) {
        self.name = name
        takesTwo = false
        self.kernel = { x, _ in kernel(x) }
        self.exact = { x, _ in exact(x) }
    }

    init(
        _ name: String, _ kernel: @escaping @Sendable (Tensor, Tensor) -> Tensor,
        _ exact: @escaping @Sendable (Wide, Wide) -> Wide
    ) {
        self.name = name
        takesTwo = true
        self.kernel = kernel
        self.exact = exact
    }

    static let all: [MathFunction] = [
        MathFunction("exp", { $0.exp() }, { exp($0) }),
        MathFunction("expm1", { $0.expm1() }, { expm1($0) }),
        MathFunction("log", { $0.log() }, { log($0) }),
        MathFunction("log1p", { $0.log1p() }, { log1p($0) }),
        MathFunction("sigmoid", { $0.sigmoid() }, { 1 / (1 + exp(-$0)) }),
        MathFunction("tanh", { $0.tanh() }, { tanh($0) }),
        MathFunction("erf", { $0.erf() }, { erf($0) }),
        MathFunction("sqrt", { $0.sqrt() }, { $0.squareRoot() }),
        MathFunction("rsqrt", { $0.rsqrt() }, { 1 / $0.squareRoot() }),
        MathFunction("reciprocal", { $0.reciprocal() }, { 1 / $0 }),
        MathFunction("sin", { $0.sin() }, { sin($0) }),
        MathFunction("cos", { $0.cos() }, { cos($0) }),
        MathFunction("tan", { $0.tan() }, { tan($0) }),
        MathFunction("asin", { $0.asin() }, { asin($0) }),
        MathFunction("acos", { $0.acos() }, { acos($0) }),
        MathFunction("atan", { $0.atan() }, { atan($0) }),
        MathFunction("sinh", { $0.sinh() }, { sinh($0) }),
        MathFunction("cosh", { $0.cosh() }, { cosh($0) }),
        MathFunction("pow", { $0.pow($1) }, { pow($0, $1) }),
        MathFunction("atan2", { $0.atan2($1) }, { atan2($0, $1) }),
    ]
}
