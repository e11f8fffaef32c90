public import ThalwegEngine

/// Layer normalization: y = (x - mean) / sqrt(variance + epsilon) · weight + bias, for each example over its last axes.
///
/// The same in training and inference.
/// - Shapes: input `[…] + shape`, the same out; `weight` and `bias` have `shape`.
/// - Start: weight ones, bias zeros.
///
///       LayerNorm([64])(Tensor.ones([2, 10, 64])).shape      // [2, 10, 64]
///
/// Source: Ba, Kiros and Hinton 2016.
public struct LayerNorm: Layer {
    public let weight: Parameter
    public let bias: Parameter
    public let epsilon: Double

    public init(_ shape: Shape, epsilon: Double = 1e-5, dataType: DataType = .float32) {
        weight = Parameter(.ones(shape, dataType: dataType), role: .gain)
        bias = Parameter(.zeros(shape, dataType: dataType), role: .bias)
        self.epsilon = epsilon
    }

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        let shape = weight.shape
        requireLastAxes(x, shape, self)
        let normalized = x.normalized(along: Axes(Array(x.rank - shape.rank..<x.rank)), epsilon: epsilon)
        return context.record(self, x, normalized * weight.value + bias.value)
    }

    public func operations(input: Shape, output: Shape) -> Int { 8 * output.elementCount }

    public var summary: String { "LayerNorm(\(weight.shape))" }
}

func requireLastAxes(_ x: Tensor, _ shape: Shape, _ layer: some Layer) {
    require(
        Array(x.shape.suffix(shape.rank)) == shape.dimensions,
        "\(layer.summary): the input has shape \(x.shape), its last axes must be \(shape)")
}

extension Tensor {
    /// (x - mean) / sqrt(variance + epsilon) over the given axes.
    func normalized(along axes: Axes, epsilon: Double) -> Tensor {
        let centered = self - mean(along: axes, keepingDimensions: true)
        return centered * (centered.square().mean(along: axes, keepingDimensions: true) + epsilon).rsqrt()
    }
}
