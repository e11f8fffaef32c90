public import ThalwegEngine

/// Convolution over one, two or three spatial axes: y[p, o] = Σ x[p·stride + tap·dilation - low, c] · weight[o, c, tap] + bias[o].
///
/// - Shapes: input `[batch, spatial…, inputs]`, output `[batch, positions…, outputs]`, channels last; `weight`
///   `[outputs, inputs / groups, kernel…]` and `bias` `[outputs]`, PyTorch's layout. positions = (spatial + padding -
///   dilation·(kernel - 1) - 1) / stride + 1; with `.same` padding ceil(spatial / stride).
/// - Start: the initializer's distribution (He by default) for the weight, zeros for the bias.
///
///       let layer = Convolution(3, 16, kernel: [3, 3], padding: .same, key: keys.next())
///       layer(Tensor.ones([2, 32, 32, 3])).shape      // [2, 32, 32, 16]
public struct Convolution: Layer {
    public let weight: Parameter
    public let bias: Parameter?
    public let strides: [Int]
    public let padding: Padding
    public let dilations: [Int]
    public let groups: Int

    /// - Parameters:
    ///   - kernel: Its size along each spatial axis; strides and dilations are 1 where left out.
    ///   - groups: Outputs of a group see that group's inputs only.
    ///   - bias: False before a batch normalization, which has a shift of its own.
    public init(
        _ inputs: Int, _ outputs: Int, kernel: [Int], strides: [Int]? = nil, padding: Padding = .valid,
        dilations: [Int]? = nil, groups: Int = 1, bias: Bool = true, initializer: Initializer = .he,
        dataType: DataType = .float32, key: RandomKey, file: StaticString = #fileID, line: UInt = #line
    ) {
        requireWindow("Convolution", kernel, strides, dilations, file, line)
        require(
            inputs > 0 && outputs > 0 && groups > 0 && inputs % groups == 0 && outputs % groups == 0,
            "Convolution(\(inputs), \(outputs)): channels must be positive and divide into \(groups) groups",
            file: file, line: line)
        weight = Parameter(initializer(Shape([outputs, inputs / groups] + kernel), dataType: dataType, key: key))
        self.bias = bias ? Parameter(.zeros([outputs], dataType: dataType), role: .bias) : nil
        self.strides = strides ?? kernel.map { _ in 1 }
        self.padding = padding
        self.dilations = dilations ?? kernel.map { _ in 1 }
        self.groups = groups
    }

    /// A filter of its own for each channel (as many groups as channels), `multiplier` outputs a channel.
    public static func depthwise(
        _ channels: Int, multiplier: Int = 1, kernel: [Int], strides: [Int]? = nil, padding: Padding = .valid,
        dilations: [Int]? = nil, bias: Bool = true, initializer: Initializer = .he, dataType: DataType = .float32,
        key: RandomKey, file: StaticString = #fileID, line: UInt = #line
    ) -> Convolution {
        Convolution(
            channels, channels * multiplier, kernel: kernel, strides: strides, padding: padding, dilations: dilations,
            groups: channels, bias: bias, initializer: initializer, dataType: dataType, key: key, file: file, line: line
        )
    }

    public var inputs: Int { weight.shape[1] * groups }
    public var outputs: Int { weight.shape[0] }
    public var kernel: [Int] { Array(weight.shape[2...]) }

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        requireImages(x, kernel.count, self)
        requireFeatures(x, inputs, self)
        let y = convolution(
            x, weight.value, strides: strides, padding: padding, dilations: dilations, groups: groups)
        return context.record(self, x, bias.map { y + $0.value } ?? y)  // [batch, positions…, outputs]
    }

    public func operations(input: Shape, output: Shape) -> Int {
        output.elementCount * (2 * weight.shape[1...].reduce(1, *) + (bias == nil ? 0 : 1))
    }

    public var summary: String {
        windowSummary(
            "Convolution(\(inputs), \(outputs)", kernel, strides, padding, dilations, groups, hasBias: bias != nil)
    }
}

/// Transposed convolution: what the gradient of a convolution with respect to its input computes, as a layer that makes
/// images larger.
///
/// - Shapes: input `[batch, positions…, inputs]`, output `[batch, spatial…, outputs]`, spatial = (positions - 1)·stride -
///   padding + dilation·(kernel - 1) + 1 + outputPadding; `weight` `[inputs, outputs / groups, kernel…]` and `bias`
///   `[outputs]`, PyTorch's layout.
/// - Start: the initializer's distribution (He by default) for the weight, zeros for the bias.
///
///       let layer = TransposedConvolution(16, 8, kernel: [2, 2], strides: [2, 2], key: keys.next())
///       layer(Tensor.ones([1, 8, 8, 16])).shape      // [1, 16, 16, 8]
public struct TransposedConvolution: Layer {
    public let weight: Parameter
    public let bias: Parameter?
    public let strides: [Int]
    public let padding: Padding
    public let outputPadding: [Int]
    public let dilations: [Int]
    public let groups: Int

    /// - Parameters:
    ///   - padding: What the convolution would have been given; `.same` makes the output positions·stride long.
    ///   - outputPadding: Elements more at the end of each axis, fewer than the stride; 0 where left out.
    public init(
        _ inputs: Int, _ outputs: Int, kernel: [Int], strides: [Int]? = nil, padding: Padding = .valid,
        outputPadding: [Int]? = nil, dilations: [Int]? = nil, groups: Int = 1, bias: Bool = true,
        initializer: Initializer = .he, dataType: DataType = .float32, key: RandomKey, file: StaticString = #fileID,
        line: UInt = #line
    ) {
        requireWindow("TransposedConvolution", kernel, strides, dilations, file, line)
        require(
            inputs > 0 && outputs > 0 && groups > 0 && inputs % groups == 0 && outputs % groups == 0,
            "TransposedConvolution(\(inputs), \(outputs)): channels must be positive and divide into \(groups) groups",
            file: file, line: line)
        weight = Parameter(initializer(Shape([inputs, outputs / groups] + kernel), dataType: dataType, key: key))
        self.bias = bias ? Parameter(.zeros([outputs], dataType: dataType), role: .bias) : nil
        self.strides = strides ?? kernel.map { _ in 1 }
        self.padding = padding
        self.outputPadding = outputPadding ?? kernel.map { _ in 0 }
        self.dilations = dilations ?? kernel.map { _ in 1 }
        self.groups = groups
    }

    public var inputs: Int { weight.shape[0] }
    public var outputs: Int { weight.shape[1] * groups }
    public var kernel: [Int] { Array(weight.shape[2...]) }

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        requireImages(x, kernel.count, self)
        requireFeatures(x, inputs, self)
        let y = transposedConvolution(
            x, weight.value, strides: strides, padding: padding, outputPadding: outputPadding, dilations: dilations,
            groups: groups)
        return context.record(self, x, bias.map { y + $0.value } ?? y)  // [batch, spatial…, outputs]
    }

    public func operations(input: Shape, output: Shape) -> Int {
        input.elementCount * 2 * weight.shape[1...].reduce(1, *) + (bias == nil ? 0 : output.elementCount)
    }

    public var summary: String {
        windowSummary(
            "TransposedConvolution(\(inputs), \(outputs)", kernel, strides, padding, dilations, groups,
            hasBias: bias != nil)
    }
}

/// The arguments that are not what they are when left out.
private func windowSummary(
    _ start: String, _ kernel: [Int], _ strides: [Int], _ padding: Padding, _ dilations: [Int], _ groups: Int,
    hasBias: Bool
) -> String {
    let ones = kernel.map { _ in 1 }
    var parts = [start, "kernel: \(kernel)"]
    if strides != ones { parts.append("strides: \(strides)") }
    if padding != .valid { parts.append("padding: \(padding)") }
    if dilations != ones { parts.append("dilations: \(dilations)") }
    if groups > 1 { parts.append("groups: \(groups)") }
    if !hasBias { parts.append("bias: false") }
    return parts.joined(separator: ", ") + ")"
}

func requireWindow(
    _ layer: String, _ window: [Int], _ strides: [Int]?, _ dilations: [Int]?, _ file: StaticString, _ line: UInt
) {
    require(
        (1...3).contains(window.count), "\(layer): \(window) does not name one to three spatial axes", file: file,
        line: line)
    for list in [window, strides ?? window, dilations ?? window] {
        require(
            list.count == window.count && list.allSatisfy { $0 > 0 },
            "\(layer): \(list) must hold \(window.count) positive sizes, one for each spatial axis", file: file,
            line: line)
    }
}

/// A layer's input must be `[batch, spatial…, channels]`.
func requireImages(_ x: Tensor, _ axes: Int, _ layer: some Layer) {
    require(
        x.rank == axes + 2,
        "\(layer.summary): the input has shape \(x.shape), expected [batch, \(axes) spatial axes, channels]")
}
