public import ThalwegEngine

/// Adds sines and cosines of each step's number: y[p, 2i] = x[p, 2i] + sin(p · 10000^(-2i / width)),
/// y[p, 2i + 1] = x[p, 2i + 1] + cos(the same).
///
/// - Shapes: `[…, time, width]`, any time, the same out. No parameters.
///
///       SinusoidalPositions()(Tensor.zeros([1, 10, 64])).shape      // [1, 10, 64]
///
/// Source: Vaswani et al. 2017.
public struct SinusoidalPositions: Layer, Hashable, Sendable {
    public let base: Double

    public init(base: Double = 10_000) { self.base = base }

    /// The rows of the table for the steps of those numbers: `[time, width]`.
    public func table(_ positions: Tensor, width: Int, dataType: DataType = .float32) -> Tensor {
        let angles = positionAngles(positions, width: width, base: base)
        let pairs = Tensor.stack([angles.sin(), angles.cos()], along: -1)  // [time, pairs, 2]
        let table = pairs.reshaped(to: [positions.shape[0], 2 * angles.shape[1]])
        return table[.all, 0..<width].cast(to: dataType)
    }

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        require(x.rank >= 2, "\(summary): the input has shape \(x.shape), expected […, time, width]")
        let positions = Tensor.range(x.shape[x.rank - 2])
        return context.record(self, x, x + table(positions, width: x.shape[x.rank - 1], dataType: x.dataType))
    }

    public func visit(_ visitor: Visitor) {}

    public func operations(input: Shape, output: Shape) -> Int { output.elementCount }
}

/// Adds a trained vector for each step's number: y[p] = x[p] + weight[p].
///
/// - Shapes: `[…, time, width]`, time up to `count`, the same out; `weight` `[count, width]`.
/// - Start: the initializer's distribution, by default normal with standard deviation 0.02, as GPT-2.
///
///       LearnedPositions(128, 64, key: keys.next())(Tensor.zeros([1, 10, 64])).shape      // [1, 10, 64]
public struct LearnedPositions: Layer {
    public let weight: Parameter

    public init(
        _ count: Int, _ width: Int, initializer: Initializer = .normal(scale: 0.02), dataType: DataType = .float32,
        key: RandomKey, file: StaticString = #fileID, line: UInt = #line
    ) {
        require(
            count > 0 && width > 0, "LearnedPositions(\(count), \(width)): sizes must be positive", file: file,
            line: line)
        weight = Parameter(initializer([count, width], dataType: dataType, key: key))
    }

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        requireFeatures(x, weight.shape[1], self)
        let time = x.rank >= 2 ? x.shape[x.rank - 2] : 0
        require(
            (1...weight.shape[0]).contains(time),
            "\(summary): the input has shape \(x.shape), expected […, time, width] with time up to \(weight.shape[0])")
        return context.record(self, x, x + weight.value[0..<time])
    }

    /// The rows for the steps of those numbers: `[time, width]`.
    public func table(_ positions: Tensor) -> Tensor { weight.value.gathered(at: positions) }

    public func operations(input: Shape, output: Shape) -> Int { output.elementCount }

    public var summary: String { "LearnedPositions(\(weight.shape[0]), \(weight.shape[1]))" }
}
