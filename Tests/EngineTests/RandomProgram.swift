import ThalwegEngine

/// A program drawn from a seed: movement, elementwise work, reductions, products and choices on tensors of random shapes.
///
/// All numbers stay small and whole, so that every type computes them exactly and backends must agree to the last bit.
struct RandomProgram {
    private var random: RandomSource
    private let type: DataType
    private let sizes: [Int]
    private(set) var tensors: [Tensor] = []

    init(seed: UInt64, sizes: [Int] = [1, 2, 3, 5, 4, 1, 2, 3, 0], steps: Int = 12) {
        random = RandomSource(key: RandomKey(seed: seed))
        type = [.float32, .float64, .int32, .int64].randomElement(using: &random)!
        self.sizes = sizes
        for _ in 0..<3 { tensors.append(leaf(shape())) }
        for _ in 0..<steps { tensors.append(next()) }
    }

    /// The last result and some of the others.
    mutating func outputs() -> [Tensor] {
        var result = [tensors.last!]
        for tensor in tensors.dropLast() where upTo(4) == 0 { result.append(tensor) }
        return result
    }

    private mutating func upTo(_ count: Int) -> Int { Int.random(in: 0..<max(count, 1), using: &random) }

    private mutating func shape() -> Shape { Shape((0..<upTo(4)).map { _ in sizes[upTo(sizes.count)] }) }

    private mutating func leaf(_ shape: Shape) -> Tensor {
        let numbers = (0..<shape.elementCount).map { _ in Int.random(in: -5...5, using: &random) }
        switch upTo(5) {
        case 0: return Tensor.full(shape, Double(upTo(5) - 2), dataType: type)
        case 1 where shape.rank > 0:
            return Tensor.range(shape.elementCount).reshaped(to: shape).remainder(7).cast(to: type)
        default:
            let tensor = Tensor(numbers, shape: shape).cast(to: type)
            tensor.evaluate()
            return tensor
        }
    }

    private mutating func pick() -> Tensor {
        tensors[tensors.count - 1 - min(upTo(tensors.count), upTo(tensors.count))]
    }

    /// A tensor that broadcasts with `x`.
    private mutating func partner(_ x: Tensor) -> Tensor {
        if let fitting = tensors.filter({ $0.shape == x.shape }).randomElement(using: &random), upTo(3) > 0 {
            return fitting
        }
        var dimensions = Array(x.shape.dropFirst(upTo(x.rank + 1)))
        for axis in dimensions.indices where upTo(3) == 0 { dimensions[axis] = 1 }
        return leaf(Shape(dimensions))
    }

    private func small(_ x: Tensor) -> Tensor { x.remainder(7) - 3 }

    private mutating func next() -> Tensor {
        let x = pick()
        if x.elementCount > 3000 { return x.sum(along: .axis(0)).remainder(5) }
        switch upTo(6) {
        case 0, 1: return elementwise(x)
        case 2: return small(folded(x))
        case 3: return small(product(x))
        case 4 where x.rank > 0: return chosen(x)
        default: return moved(x)
        }
    }

    private mutating func elementwise(_ x: Tensor) -> Tensor {
        let y = partner(x)
        return switch upTo(12) {
        case 0: x + y
        case 1: x - y * 2
        case 2: small(x * y)
        case 3: maximum(x, y)
        case 4: minimum(x, y) - 1
        case 5: -x
        case 6: x.abs() + x.sign()
        case 7: small(x.square() + y)
        case 8: Tensor.select(x .< y, x, y + 1)
        case 9: Tensor.select((x .== y) .| !(x .>= 2), y, x)
        case 10: (x .> y).cast(to: type) + x
        default: small(x).cast(to: .int32).cast(to: type)
        }
    }

    private mutating func folded(_ x: Tensor) -> Tensor {
        let axes = Axes((0..<x.rank).filter { _ in upTo(2) == 0 })
        let keeping = upTo(2) == 0
        guard x.rank > 0 else { return x }
        let axis = upTo(x.rank)
        switch upTo(8) {
        case 0, 1, 2: return x.sum(along: axes, keepingDimensions: keeping)
        case 3: return x.elementCount > 0 ? x.max(along: axes, keepingDimensions: keeping) : x
        case 4: return x.elementCount > 0 ? x.min(along: axes, keepingDimensions: keeping) : x
        case 5: return x.cumulativeSum(along: axis, reverse: upTo(2) == 0, exclusive: upTo(2) == 0)
        case 6: return x.shape[axis] > 0 ? x.argmax(along: axis, keepingDimensions: keeping).cast(to: type) : x
        default: return (x .> 0).any(along: axes).cast(to: type)
        }
    }

    private mutating func product(_ x: Tensor) -> Tensor {
        guard x.rank > 0 else { return x * x }
        let width = sizes[upTo(sizes.count)]
        let depth = x.shape[x.rank - 1]
        switch upTo(4) {
        case 0: return matmul(x, leaf([depth, width]))
        case 1: return matmul(leaf([width, depth]), x.rank > 1 ? x.swappingAxes(-1, -2) : x)
        case 2: return matmul(x, x.rank > 1 ? x.swappingAxes(-1, -2) : x)
        default: return matmul(leaf([2, 1, 3, depth]), leaf([3, depth, 2])) + Tensor(1, dataType: type)
        }
    }

    private mutating func chosen(_ x: Tensor) -> Tensor {
        let axis = upTo(x.rank)
        let size = x.shape[axis]
        guard size > 0 else { return x }
        let count = upTo(4)
        let indices = Tensor((0..<count).map { _ in Int.random(in: -size..<size, using: &random) })
        switch upTo(5) {
        case 0: return x.gathered(at: indices, along: axis)
        case 1: return small(x.scatterAdded(x.gathered(at: indices, along: axis) * 2, at: indices, along: axis))
        case 2: return x.sorted(along: axis, descending: upTo(2) == 0)
        case 3: return x.argsorted(along: axis).remainder(5).cast(to: type)
        default: return x.topK(upTo(size + 1), along: axis).values
        }
    }

    private mutating func moved(_ x: Tensor) -> Tensor {
        guard x.rank > 0 else { return x.broadcast(to: [2, 3]) }
        let axis = upTo(x.rank)
        let size = x.shape[axis]
        switch upTo(9) {
        case 0: return x.transposed((0..<x.rank).shuffled(using: &random))
        case 1: return x.flattened()
        case 2: return x.reshaped(to: Shape(x.shape.reversed()))
        case 3: return x.flipped(along: .axis(axis))
        case 4: return Tensor.concatenate([x, x.flipped(along: .axis(axis)), x], along: axis)
        case 5:
            let low = (0..<x.rank).map { _ in upTo(3) }
            return x.padded(low: low, high: low.reversed(), value: 2)
        case 6:
            let (from, to) = (upTo(size + 1), upTo(size + 1))
            return x.swappingAxes(0, axis)[.stride(from: min(from, to), to: max(from, to), by: 1 + upTo(3))]
        case 7: return x.swappingAxes(-1, axis)[.ellipsis, .stride(by: -1 - upTo(2))]
        default: return x.expandingDimensions(at: axis).broadcast(to: Shape(x.shape[..<axis] + [2] + x.shape[axis...]))
        }
    }
}
