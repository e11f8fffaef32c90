internal import ThalwegEngine

extension GradientCheckTable {
    /// Every differentiable operation of the public vocabulary, on inputs away from kinks and poles.
    static let operations: [GradientCheckCase] = [
        one("negate") { -$0 }, one("abs") { $0.abs() }, one("exp") { $0.exp() }, one("expm1") { $0.expm1() },
        one("square") { $0.square() }, one("sin") { $0.sin() }, one("cos") { $0.cos() }, one("tanh") { $0.tanh() },
        one("sigmoid") { $0.sigmoid() }, one("erf") { $0.erf() }, one("reciprocal") { ($0.abs() + 0.5).reciprocal() },
        one("log") { ($0.abs() + 0.1).log() }, one("log1p") { $0.abs().log1p() },
        one("sqrt") { ($0.abs() + 0.1).sqrt() },
        one("rsqrt") { ($0.abs() + 0.1).rsqrt() }, one("tan") { ($0 * 0.3).tan() }, one("asin") { ($0 * 0.2).asin() },
        one("acos") { ($0 * 0.2).acos() }, one("atan") { $0.atan() }, one("sinh") { $0.sinh() },
        one("cosh") { $0.cosh() },
        one("pow") { ($0.abs() + 0.1).pow(1.7) }, one("clamped") { $0.clamped(to: -0.5...0.5) },
        two("add", [3, 1]) { $0 + $1 }, two("subtract", [4]) { $0 - $1 }, two("multiply", [3, 4]) { $0 * $1 },
        two("divide", [3, 1]) { $0 / ($1.abs() + 0.5) }, two("pow", [4]) { ($0.abs() + 0.1).pow($1) },
        two("maximum", [3, 4]) { maximum($0, $1) }, two("minimum", [4]) { minimum($0, $1) },
        two("atan2", [3, 4]) { $0.atan2($1) }, two("remainder", [3, 4]) { $0.remainder($1.abs() + 1) },
        two("select", [3, 4]) { Tensor.select($0 .> $1, $0.square(), $1.exp()) },
        one("sum") { $0.sum(along: 0) }, one("mean") { $0.mean(along: [0, 1]) }, one("max") { $0.max(along: 1) },
        one("min") { $0.min(along: 0) }, one("product") { $0.product(along: 1) },
        one("variance") { $0.variance(along: 1) }, one("standardDeviation") { $0.standardDeviation(along: 0) },
        one("norm") { $0.norm(along: 1) }, one("logSumExp") { $0.logSumExp(along: 0) },
        one("softmax") { $0.softmax(along: 0) }, one("logSoftmax") { $0.logSoftmax() },
        one("cumulativeSum") { $0.cumulativeSum(along: 1) }, one("sorted") { $0.sorted(along: 1) },
        one("topK") { $0.topK(2, along: 1).values },
        one("reshaped") { $0.reshaped(to: [2, 6]) }, one("flattened") { $0.flattened() },
        one("transposed") { $0.transposed() }, one("swappingAxes") { $0.swappingAxes(0, 1) },
        one("expandingDimensions") { $0.expandingDimensions(at: 1) },
        one("squeezed") { $0.reshaped(to: [3, 1, 4]).squeezed(along: 1) },
        one("broadcast") { $0.broadcast(to: [2, 3, 4]) }, one("flipped") { $0.flipped(along: 1) },
        one("padded") { $0.padded(low: [1, 0], high: [0, 2]) },
        one("slice") { $0[1..<3, .stride(from: 0, to: 4, by: 2)] },
        one("split") { $0.split(into: 2, along: 1)[1] }, one("tiled") { $0.tiled([2, 1]) },
        two("concatenate", [2, 4]) { Tensor.concatenate([$0, $1], along: 0) },
        two("stack", [3, 4]) { Tensor.stack([$0, $1], along: 1) },
        one("gathered") { $0.gathered(at: Tensor([2, 0, 2])) },
        one("gatheredElements") { $0.gatheredElements(at: Tensor([[0, 3], [1, 1], [2, 0]]), along: 1) },
        two("scatterAdded", [2, 4]) { $0.scatterAdded($1, at: Tensor([2, 2])) },
        one("triangleLower") { $0.triangleLower() }, one("triangleUpper") { $0.triangleUpper(1) },
        one("diagonal") { $0[.all, 0..<3].diagonal() },
        two("matmul", [4, 2]) { matmul($0, $1) }, two("matmul", [5, 4, 2]) { matmul($0, $1) },
        two("outer", [5]) { outer($0.flattened(), $1) }, two("dot", [12]) { $0.flattened().dot($1) },
        two("einsum", [5, 4]) { einsum("ij,kj->ki", $0, $1) },
    ]

    private static func one(_ name: String, _ function: @escaping @Sendable (Tensor) -> Tensor) -> GradientCheckCase {
        GradientCheckCase(kind: .operation, name: name) {
            let check = GradientCheck()
            return check([("x", random([3, 4], 5))]) { check.combined(function($0[0])) }
        }
    }

    private static func two(
        _ name: String, _ second: Shape, _ function: @escaping @Sendable (Tensor, Tensor) -> Tensor
    ) -> GradientCheckCase {
        GradientCheckCase(kind: .operation, name: name) {
            let check = GradientCheck()
            return check([("a", random([3, 4], 5)), ("b", random(second, 6))]) {
                check.combined(function($0[0], $0[1]))
            }
        }
    }
}
