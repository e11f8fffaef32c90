public import ThalwegEngine

/// Group normalization: channels are cut into groups, and each example's group is normalized over its positions and
/// channels; then y = normalized · weight + bias for each channel.
///
/// - Shapes: input `[batch, …, channels]`, channels last; the same out.
/// - Start: weight ones, bias zeros.
///
///       GroupNorm(groups: 4, channels: 32)(Tensor.ones([2, 8, 8, 32])).shape      // [2, 8, 8, 32]
///
/// Source: Wu and He 2018.
public struct GroupNorm: Layer {
    public let weight: Parameter
    public let bias: Parameter
    public let groups: Int
    public let epsilon: Double

    public init(
        groups: Int, channels: Int, epsilon: Double = 1e-5, dataType: DataType = .float32, file: StaticString = #fileID,
        line: UInt = #line
    ) {
        require(
            groups > 0 && channels % groups == 0, "GroupNorm: \(channels) channels do not divide into \(groups) groups",
            file: file, line: line)
        weight = Parameter(.ones([channels], dataType: dataType), role: .gain)
        bias = Parameter(.zeros([channels], dataType: dataType), role: .bias)
        self.groups = groups
        self.epsilon = epsilon
    }

    public var channels: Int { weight.shape[0] }

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        requireFeatures(x, channels, self)
        require(x.rank >= 2, "\(summary): the input has shape \(x.shape), expected [batch, …, channels]")
        let normalized = x.normalizedByGroup(groups, epsilon: epsilon)
        return context.record(self, x, normalized * weight.value + bias.value)
    }

    public func operations(input: Shape, output: Shape) -> Int { 8 * output.elementCount }

    public var summary: String { "GroupNorm(groups: \(groups), \(channels))" }
}

extension Tensor {
    func normalizedByGroup(_ groups: Int, epsilon: Double) -> Tensor {
        let width = shape[rank - 1] / groups
        let positions = elementCount / (shape[0] * groups * width)
        let grouped = reshaped(to: [shape[0], positions, groups, width])
        return grouped.normalized(along: [1, 3], epsilon: epsilon).reshaped(to: shape)
    }
}
