extension Gradient {
    /// The vector-Jacobian product of one node: the gradient of each input, nil where there is none or it is not needed.
    static func vjp(_ node: Node, _ x: [Tensor], _ y: Tensor, _ g: Tensor, _ needed: [Bool]) -> [Tensor?] {
        switch node.op {
        case .source, .comparison, .argReduce, .argsort, .random, .marker(.stopGradient):
            return x.map { _ in nil }
        case .marker(.gradientLeaf): return [g]
        case .unary(let op): return [unary(op, x[0], y, g)]
        case .binary(let op): return binary(op, x[0], x[1], y, g, needed)
        case .select:
            let zero = Tensor.zeros(g.shape, dataType: g.dataType)
            return [nil, Tensor.select(x[0], g, zero), Tensor.select(x[0], zero, g)]
        case .cast: return [x[0].dataType.isFloatingPoint ? g.cast(to: x[0].dataType) : nil]
        case .reduce(let op, let axes): return [reduce(op, axes, x[0], y, g)]
        case .cumulativeSum(let axis, let reverse, let exclusive):
            return [g.cumulativeSum(along: axis, reverse: !reverse, exclusive: exclusive)]
        case .matmul: return matmulRule(x[0], x[1], g, needed)
        case .convolution(let op): return convolution(op, x, g, needed)
        case .window(let op): return window(op, x, g)
        case .movement(let movement): return [self.movement(movement, x[0], g)]
        case .concatenate(let axis): return g.split(sizes: x.map { $0.shape[axis] }, along: axis)
        case .gather(let axis):
            return [
                Tensor.zeros(x[0].shape, dataType: g.dataType).scatterAdded(g, at: x[1], along: axis), nil,
            ]
        case .scatter(.add, let axis): return [g, nil, g.gathered(at: x[1], along: axis)]
        case .scatter(.set, let axis):
            let zeros = Tensor.zeros(x[2].shape, dataType: g.dataType)
            return [g.scatterReplaced(zeros, at: x[1], along: axis), nil, g.gathered(at: x[1], along: axis)]
        case .marker(.customGradient(let custom)):
            let inputs = Array(x.dropFirst())
            let gradients = custom.vjp(inputs, y, g)
            CallSite("customGradient", #fileID, #line).require(
                gradients.count == inputs.count && zip(gradients, inputs).allSatisfy { $0.shape == $1.shape },
                "the vjp returned shapes \(gradients.map(\.shape)) for inputs \(inputs.map(\.shape))")
            return [nil] + gradients
        }
    }

    private static func unary(_ op: Unary, _ x: Tensor, _ y: Tensor, _ g: Tensor) -> Tensor? {
        switch op {
        case .negate: -g
        case .abs: g * x.sign()
        case .sign, .floor, .ceil, .round: nil
        case .exp: g * y
        case .expm1: g * (y + 1)
        case .log: g / x
        case .log1p: g / (x + 1)
        case .sqrt: g * 0.5 / y
        case .rsqrt: g * -0.5 * y / x
        case .reciprocal: -g * y.square()
        case .square: g * 2 * x
        case .sin: g * x.cos()
        case .cos: -g * x.sin()
        case .tan: g * (1 + y.square())
        case .asin: g * (1 - x.square()).rsqrt()
        case .acos: -g * (1 - x.square()).rsqrt()
        case .atan: g / (1 + x.square())
        case .sinh: g * x.cosh()
        case .cosh: g * x.sinh()
        case .tanh: g * (1 - y.square())
        case .sigmoid: g * y * (1 - y)
        case .erf: g * 1.1283791670955126 * (-x.square()).exp()  // 2 / sqrt(pi)
        case .not, .isNaN, .isFinite: nil
        }
    }

    private static func binary(
        _ op: Binary, _ a: Tensor, _ b: Tensor, _ y: Tensor, _ g: Tensor, _ needed: [Bool]
    ) -> [Tensor?] {
        func rule(_ first: @autoclosure () -> Tensor, _ second: @autoclosure () -> Tensor) -> [Tensor?] {
            [needed[0] ? first() : nil, needed[1] ? second() : nil]
        }
        let zero = Tensor.zeros(g.shape, dataType: g.dataType)
        func share(_ wins: Tensor) -> Tensor { Tensor.select(a .== b, g * 0.5, Tensor.select(wins, g, zero)) }
        switch op {
        case .add: return rule(g, g)
        case .subtract: return rule(g, -g)
        case .multiply: return rule(g * b, g * a)
        case .divide: return rule(g / b, -g * y / b)
        case .power:
            // 0^0 and 0^b: the limits that PyTorch takes.
            return rule(
                Tensor.select(b .== 0, zero, g * b * a.pow(b - 1)),
                Tensor.select((a .== 0) .& (b .>= 0), zero, g * y * a.log()))
        case .maximum: return rule(share(a .> b), share(b .> a))
        case .minimum: return rule(share(a .< b), share(b .< a))
        case .remainder: return rule(g, -g * (a / b).floor())
        case .atan2:
            let square = a.square() + b.square()
            return rule(g * b / square, -g * a / square)
        case .and, .or, .xor: return [nil, nil]
        }
    }

    private static func reduce(_ op: Reduction, _ axes: [Int], _ x: Tensor, _ y: Tensor, _ g: Tensor) -> Tensor? {
        let kept = ShapeRules.reduced(x.shape, axes: axes, keepingDimensions: true)
        let wide = g.reshaped(to: kept).stretched(to: x.shape)
        switch op {
        case .sum: return wide
        case .max, .min:
            let hit = (x .== y.reshaped(to: kept).stretched(to: x.shape)).cast(to: x.dataType)
            let count = hit.sum(along: Axes(axes), keepingDimensions: true)
            return wide * hit / count.stretched(to: x.shape)
        case .any, .all: return nil
        }
    }

    private static func matmulRule(_ a: Tensor, _ b: Tensor, _ g: Tensor, _ needed: [Bool]) -> [Tensor?] {
        func product(_ a: Tensor, _ b: Tensor, _ shape: Shape) -> Tensor {
            Tensor.record(.matmul, [a, b], shape: shape, dataType: a.dataType)
        }
        return [
            needed[0] ? product(g, b.swappingAxes(-1, -2), a.shape) : nil,
            needed[1] ? product(a.swappingAxes(-1, -2), g, b.shape) : nil,
        ]
    }

    private static func movement(_ movement: Movement, _ x: Tensor, _ g: Tensor) -> Tensor {
        let none = [Int](repeating: 0, count: x.rank)
        switch movement {
        case .reshape: return g.reshaped(to: x.shape)
        case .transpose(let permutation):
            var inverse = permutation
            for (position, axis) in permutation.enumerated() { inverse[axis] = position }
            return g.transposed(inverse)
        case .broadcast:
            let axes = (0..<x.rank).filter { x.shape[$0] != g.shape[$0] }
            return g.sum(along: Axes(axes), keepingDimensions: true)
        case .slice(let starts, let steps):
            // Backward steps are turned round first; then the gaps between the elements are filled with zeros.
            let backward = (0..<x.rank).filter { steps[$0] < 0 }
            let forward = backward.isEmpty ? g : g.flipped(along: Axes(backward))
            var (low, high, interior) = (none, none, none)
            for axis in 0..<x.rank {
                let count = g.shape[axis]
                let step = Swift.abs(steps[axis])
                if count == 0 {
                    high[axis] = x.shape[axis]
                    continue
                }
                low[axis] = steps[axis] > 0 ? starts[axis] : starts[axis] - (count - 1) * step
                interior[axis] = count > 1 ? step - 1 : 0
                high[axis] = x.shape[axis] - low[axis] - (count - 1) * (interior[axis] + 1) - 1
            }
            return forward.padded(low: low, high: high, interior: interior, bits: 0)
        case .pad(let low, _, let interior, _):
            return g.strided(starts: low, steps: interior.map { $0 + 1 }, to: x.shape)
        }
    }
}
