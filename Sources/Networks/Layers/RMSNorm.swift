public import ThalwegEngine

/// Root-mean-square normalization: y = x / sqrt(mean(x²) + epsilon) · weight over the last axes; no centering, no bias.
///
/// - Shapes: input `[…] + shape`, the same out; `weight` has `shape`.
/// - Start: weight ones.
///
///       RMSNorm([64])(Tensor.ones([2, 10, 64])).shape      // [2, 10, 64]
///
/// Source: Zhang and Sennrich 2019.
public struct RMSNorm: Layer {
    public let weight: Parameter
    public let epsilon: Double

    public init(_ shape: Shape, epsilon: Double = 1e-6, dataType: DataType = .float32) {
        weight = Parameter(.ones(shape, dataType: dataType), role: .gain)
        self.epsilon = epsilon
    }

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        let shape = weight.shape
        requireLastAxes(x, shape, self)
        let axes = Axes(Array(x.rank - shape.rank..<x.rank))
        let scale = (x.square().mean(along: axes, keepingDimensions: true) + epsilon).rsqrt()
        return context.record(self, x, x * scale * weight.value)
    }

    public func operations(input: Shape, output: Shape) -> Int { 4 * output.elementCount }

    public var summary: String { "RMSNorm(\(weight.shape))" }
}
