public import ThalwegEngine

/// Instance normalization: each channel of each example is normalized over its positions; then y = normalized · weight
/// + bias.
///
/// - Shapes: input `[batch, …, channels]`, channels last, at least one axis between; the same out.
/// - Start: weight ones, bias zeros (PyTorch's `affine=True`); no parameters with `hasParameters: false`.
///
///       InstanceNorm(3)(Tensor.ones([2, 8, 8, 3])).shape      // [2, 8, 8, 3]
///
/// Source: Ulyanov, Vedaldi and Lempitsky 2016.
public struct InstanceNorm: Layer {
    public let weight: Parameter?
    public let bias: Parameter?
    public let channels: Int
    public let epsilon: Double

    public init(_ channels: Int, epsilon: Double = 1e-5, hasParameters: Bool = true, dataType: DataType = .float32) {
        weight = hasParameters ? Parameter(.ones([channels], dataType: dataType), role: .gain) : nil
        bias = hasParameters ? Parameter(.zeros([channels], dataType: dataType), role: .bias) : nil
        self.channels = channels
        self.epsilon = epsilon
    }

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        requireFeatures(x, channels, self)
        require(x.rank >= 3, "\(summary): the input has shape \(x.shape), expected [batch, positions…, channels]")
        var y = x.normalizedByGroup(channels, epsilon: epsilon)
        if let weight, let bias { y = y * weight.value + bias.value }
        return context.record(self, x, y)
    }

    public func operations(input: Shape, output: Shape) -> Int { 8 * output.elementCount }

    public var summary: String { "InstanceNorm(\(channels))" }
}
