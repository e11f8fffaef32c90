public import ThalwegEngine

/// Rotary positions: pairs of features turn by an angle that grows with the step, so that the product of a query and a key
/// depends on how far apart they are.
///
/// Pair i of step p turns by p · base^(-2i / depth): (a, b) becomes (a·cos - b·sin, b·cos + a·sin).
/// - Shapes: `[…, time, depth]`, depth even, the same out. No parameters.
///
///       RotaryPositions()(Tensor.ones([2, 4, 10, 32])).shape      // [2, 4, 10, 32]
///
/// Source: Su et al. 2021.
public struct RotaryPositions: Layer, Hashable, Sendable {
    /// Which features form a pair.
    public enum Pairs: String, Sendable, CaseIterable {
        /// 2i and 2i + 1: the paper's form (GPT-J).
        case interleaved
        /// i and i + depth/2 (GPT-NeoX, Llama).
        case halves
    }

    public let pairs: Pairs
    public let base: Double

    public init(_ pairs: Pairs = .halves, base: Double = 10_000) {
        self.pairs = pairs
        self.base = base
    }

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        require(x.rank >= 2, "\(summary): the input has shape \(x.shape), expected […, time, depth]")
        return context.record(self, x, self(x, at: Tensor.range(x.shape[x.rank - 2])))
    }

    /// - Parameter positions: integers `[time]`, the number of each step.
    public func callAsFunction(_ x: Tensor, at positions: Tensor) -> Tensor {
        let depth = x.shape[x.rank - 1]
        require(depth % 2 == 0, "\(summary): the depth \(depth) is odd")
        let angles = positionAngles(positions, width: depth, base: base)  // [time, depth / 2]
        let (cos, sin) = (angles.cos().cast(to: x.dataType), angles.sin().cast(to: x.dataType))
        switch pairs {
        case .halves:
            let parts = x.split(into: 2, along: -1)
            return Tensor.concatenate([parts[0] * cos - parts[1] * sin, parts[1] * cos + parts[0] * sin], along: -1)
        case .interleaved:
            let split = x.reshaped(to: Shape(x.shape.dropLast() + [depth / 2, 2]))
            let (a, b) = (split[.ellipsis, 0], split[.ellipsis, 1])
            return Tensor.stack([a * cos - b * sin, b * cos + a * sin], along: -1).reshaped(to: x.shape)
        }
    }

    public func visit(_ visitor: Visitor) {}

    public func operations(input: Shape, output: Shape) -> Int { 3 * output.elementCount }

    public var summary: String { "RotaryPositions(\(pairs.rawValue))" }
}

/// position · base^(-2i / width) for i below width / 2, in float64: `positions.shape + [width / 2]`.
func positionAngles(_ positions: Tensor, width: Int, base: Double) -> Tensor {
    let exponents = Tensor.range((width + 1) / 2, dataType: .float64) * (-2 / Double(width))
    let rates = Tensor(base, dataType: .float64).pow(exponents)
    return positions.cast(to: .float64).expandingDimensions(at: -1) * rates
}
