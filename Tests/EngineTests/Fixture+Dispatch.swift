import ThalwegEngine

extension Fixture {
    /// The public operation that a fixture names; nil if there is none.
    var function: (([Tensor]) -> [Tensor])? {
        elementwise ?? pairwise ?? reduction ?? ordering ?? movement ?? choice ?? product
    }

    private func one(_ f: @escaping (Tensor) -> Tensor) -> ([Tensor]) -> [Tensor] { { [f($0[0])] } }
    private func two(_ f: @escaping (Tensor, Tensor) -> Tensor) -> ([Tensor]) -> [Tensor] { { [f($0[0], $0[1])] } }

    private var elementwise: (([Tensor]) -> [Tensor])? {
        switch name {
        case "negated": one { -$0 }
        case "abs": one { $0.abs() }
        case "exp": one { $0.exp() }
        case "expm1": one { $0.expm1() }
        case "square": one { $0.square() }
        case "sin": one { $0.sin() }
        case "cos": one { $0.cos() }
        case "tanh": one { $0.tanh() }
        case "sigmoid": one { $0.sigmoid() }
        case "erf": one { $0.erf() }
        case "reciprocal": one { $0.reciprocal() }
        case "log": one { $0.log() }
        case "log1p": one { $0.log1p() }
        case "sqrt": one { $0.sqrt() }
        case "rsqrt": one { $0.rsqrt() }
        case "sign": one { $0.sign() }
        case "floor": one { $0.floor() }
        case "ceil": one { $0.ceil() }
        case "round": one { $0.round() }
        case "clamped":
            one { x in
                let low = double("min").map { x.clamped(min: $0) } ?? x
                return double("max").map { low.clamped(max: $0) } ?? low
            }
        case "pow" where inputs.count == 1: one { $0.pow(double("exponent")!) }
        case "gradientOfSumOfSquares":
            one { x in gradient(of: { inner(arguments["function"] as? String, $0).square().sum() }, at: x) }
        default: nil
        }
    }

    private func inner(_ name: String?, _ x: Tensor) -> Tensor {
        switch name {
        case "tanh": x.tanh()
        case "sigmoid": x.sigmoid()
        case "exp": x.exp()
        case "softmax": x.softmax()
        default: fatalError("no function \(name ?? "")")
        }
    }

    private var pairwise: (([Tensor]) -> [Tensor])? {
        switch name {
        case "add": two(+)
        case "subtract": two(-)
        case "multiply": two(*)
        case "divide": two(/)
        case "maximum": two { maximum($0, $1) }
        case "minimum": two { minimum($0, $1) }
        case "pow": two { $0.pow($1) }
        case "==": two { $0 .== $1 }
        case "!=": two { $0 .!= $1 }
        case "<": two { $0 .< $1 }
        case "<=": two { $0 .<= $1 }
        case ">": two { $0 .> $1 }
        case ">=": two { $0 .>= $1 }
        case "select": { [Tensor.select($0[0], $0[1], $0[2])] }
        default: nil
        }
    }

    private var reduction: (([Tensor]) -> [Tensor])? {
        let keeping = flag("keepingDimensions")
        return switch name {
        case "sum": one { $0.sum(along: axes, keepingDimensions: keeping) }
        case "mean": one { $0.mean(along: axes, keepingDimensions: keeping) }
        case "max": one { $0.max(along: axes, keepingDimensions: keeping) }
        case "min": one { $0.min(along: axes, keepingDimensions: keeping) }
        case "logSumExp": one { $0.logSumExp(along: axes, keepingDimensions: keeping) }
        case "variance": one { $0.variance(along: axes, keepingDimensions: keeping, unbiased: flag("unbiased")) }
        case "standardDeviation":
            one { $0.standardDeviation(along: axes, keepingDimensions: keeping, unbiased: flag("unbiased")) }
        case "norm": one { $0.norm(along: axes, keepingDimensions: keeping) }
        case "product": one { $0.product(along: axes, keepingDimensions: keeping) }
        case "softmax": one { $0.softmax(along: int("along")!) }
        case "logSoftmax": one { $0.logSoftmax(along: int("along")!) }
        case "any": one { $0.any(along: .axis(int("along")!)) }
        case "all": one { $0.all(along: .axis(int("along")!)) }
        default: nil
        }
    }

    private var ordering: (([Tensor]) -> [Tensor])? {
        switch name {
        case "cumulativeSum": one { $0.cumulativeSum(along: int("along")!) }
        case "argmax": one { $0.argmax(along: int("along")!) }
        case "argmin": one { $0.argmin(along: int("along")!) }
        case "sorted": one { $0.sorted(along: int("along")!, descending: flag("descending")) }
        case "argsorted": one { $0.argsorted(along: int("along")!, descending: flag("descending")) }
        case "topK":
            { x in
                let (values, indices) = x[0].topK(int("k")!, along: int("along")!)
                return [values, indices]
            }
        default: nil
        }
    }

    private var movement: (([Tensor]) -> [Tensor])? {
        switch name {
        case "reshaped": one { $0.reshaped(to: Shape(ints("to")!)) }
        case "flattened": one { $0.flattened() }
        case "transposed": one { x in ints("permutation").map { x.transposed($0) } ?? x.transposed() }
        case "swappingAxes": one { $0.swappingAxes(ints("axes")![0], ints("axes")![1]) }
        case "squeezed": one { $0.squeezed(along: .axis(int("along")!)) }
        case "expandingDimensions": one { $0.expandingDimensions(at: int("at")!) }
        case "broadcast": one { $0.broadcast(to: Shape(ints("to")!)) }
        case "flipped": one { $0.flipped(along: .axis(int("along")!)) }
        case "padded": one { $0.padded(low: ints("low")!, high: ints("high")!, value: double("value")!) }
        case "concatenate": { [Tensor.concatenate($0, along: int("along")!)] }
        case "stack": { [Tensor.stack($0, along: int("along")!)] }
        case "split":
            { x in
                ints("sizes").map { x[0].split(sizes: $0, along: int("along")!) }
                    ?? x[0].split(into: int("into")!, along: int("along")!)
            }
        case "slice": one { sliced($0) }
        case "triangleLower": one { $0.triangleLower(int("diagonal")!) }
        case "triangleUpper": one { $0.triangleUpper(int("diagonal")!) }
        case "diagonal": one { $0.diagonal() }
        default: nil
        }
    }

    private func sliced(_ x: Tensor) -> Tensor {
        let entries = slices
        return switch entries.count {
        case 1: x[entries[0]]
        case 2: x[entries[0], entries[1]]
        default: x[entries[0], entries[1], entries[2]]
        }
    }

    private var choice: (([Tensor]) -> [Tensor])? {
        switch name {
        case "gathered": two { $0.gathered(at: $1, along: int("along")!) }
        case "gatheredElements": two { $0.gatheredElements(at: $1, along: int("along")!) }
        case "scatterAdded": { [$0[0].scatterAdded($0[1], at: $0[2], along: int("along")!)] }
        case "oneHot": one { $0.oneHot(int("depth")!, dataType: .float64) }
        default: nil
        }
    }

    private var product: (([Tensor]) -> [Tensor])? {
        switch name {
        case "matmul": two { ThalwegEngine.matmul($0, $1) }
        case "dot": two { $0.dot($1) }
        case "outer": two { ThalwegEngine.outer($0, $1) }
        case "einsum": { [einsum(arguments["equation"] as? String ?? "", $0)] }
        default: nil
        }
    }
}
