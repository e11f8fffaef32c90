public import ThalwegEngine

/// The greatest element of each window, channel by channel.
///
/// - Shapes: input `[batch, spatial…, channels]`, output `[batch, positions…, channels]`, positions = (spatial + padding -
///   dilation·(window - 1) - 1) / stride + 1. Windows do not overlap unless strides are given.
///
///       MaxPool([2, 2])(Tensor.ones([1, 28, 28, 6])).shape      // [1, 14, 14, 6]
public struct MaxPool: Layer {
    public let window: [Int]
    public let strides: [Int]
    public let padding: Padding
    public let dilations: [Int]

    public init(
        _ window: [Int], strides: [Int]? = nil, padding: Padding = .valid, dilations: [Int]? = nil,
        file: StaticString = #fileID, line: UInt = #line
    ) {
        requireWindow("MaxPool", window, strides, dilations, file, line)
        self.window = window
        self.strides = strides ?? window
        self.padding = padding
        self.dilations = dilations ?? window.map { _ in 1 }
    }

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        requireImages(x, window.count, self)
        let y = x.maxPooled(window: window, strides: strides, padding: padding, dilations: dilations)
        return context.record(self, x, y)
    }

    public func visit(_ visitor: Visitor) {}

    public func operations(input: Shape, output: Shape) -> Int { output.elementCount * window.reduce(1, *) }

    public var summary: String { "MaxPool(\(window)\(strides == window ? "" : ", strides: \(strides)"))" }
}

/// The mean of each window, channel by channel.
///
/// - Shapes: input `[batch, spatial…, channels]`, output `[batch, positions…, channels]`, positions = (spatial + padding -
///   window) / stride + 1. Windows do not overlap unless strides are given.
///
///       AveragePool([2, 2])(Tensor.ones([1, 28, 28, 6])).shape      // [1, 14, 14, 6]
public struct AveragePool: Layer {
    public let window: [Int]
    public let strides: [Int]
    public let padding: Padding
    /// Whether elements in the padding count as zeros (as in PyTorch) or do not count.
    public let countsPadding: Bool

    public init(
        _ window: [Int], strides: [Int]? = nil, padding: Padding = .valid, countsPadding: Bool = true,
        file: StaticString = #fileID, line: UInt = #line
    ) {
        requireWindow("AveragePool", window, strides, nil, file, line)
        self.window = window
        self.strides = strides ?? window
        self.padding = padding
        self.countsPadding = countsPadding
    }

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        requireImages(x, window.count, self)
        let y = x.averagePooled(window: window, strides: strides, padding: padding, countsPadding: countsPadding)
        return context.record(self, x, y)
    }

    public func visit(_ visitor: Visitor) {}

    public func operations(input: Shape, output: Shape) -> Int { output.elementCount * window.reduce(1, *) }

    public var summary: String { "AveragePool(\(window)\(strides == window ? "" : ", strides: \(strides)"))" }
}

/// The mean of each image, channel by channel.
///
/// - Shapes: input `[batch, spatial…, channels]`, output `[batch, channels]`.
public struct GlobalAveragePool: Layer {
    public init() {}

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        require(x.rank >= 3, "\(summary): the input has shape \(x.shape), expected [batch, spatial…, channels]")
        return context.record(self, x, x.mean(along: Axes(Array(1..<x.rank - 1))))
    }

    public func operations(input: Shape, output: Shape) -> Int { input.elementCount }

    public var summary: String { "GlobalAveragePool" }
}

/// The mean of each part when every spatial axis is cut into `sizes` parts as equal as they can be.
///
/// - Shapes: input `[batch, spatial…, channels]` of any size, output `[batch, sizes…, channels]`.
public struct AdaptiveAveragePool: Layer {
    public let sizes: [Int]

    public init(_ sizes: [Int]) { self.sizes = sizes }

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        requireImages(x, sizes.count, self)
        return context.record(self, x, x.adaptiveAveragePooled(to: sizes))
    }

    public func visit(_ visitor: Visitor) {}

    public func operations(input: Shape, output: Shape) -> Int { input.elementCount }

    public var summary: String { "AdaptiveAveragePool(\(sizes))" }
}
