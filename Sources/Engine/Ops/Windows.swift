// Windows that slide over images: convolution and pooling. Images are `[batch, spatial…, channels]` with one to three
// spatial axes.

/// What is thought around an image before a window slides over it.
public enum Padding: Hashable, Sendable {
    /// Nothing: windows lie inside.
    case valid
    /// As much as makes the output ceil(input / stride) long; an odd element more at the end.
    case same
    /// As many elements on both sides of each spatial axis.
    case symmetric([Int])
    case explicit(low: [Int], high: [Int])

    /// Elements before and after, for each spatial axis.
    func resolved(_ spatial: [Int], _ size: [Int], strides: [Int], dilations: [Int]) -> (low: [Int], high: [Int]) {
        switch self {
        case .valid: ([Int](repeating: 0, count: spatial.count), [Int](repeating: 0, count: spatial.count))
        case .symmetric(let both): (both, both)
        case .explicit(let low, let high): (low, high)
        case .same:
            {
                let total = spatial.indices.map { axis in
                    let positions = (spatial[axis] + strides[axis] - 1) / strides[axis]
                    let reach = (size[axis] - 1) * dilations[axis] + 1
                    return Swift.max(0, (positions - 1) * strides[axis] + reach - spatial[axis])
                }
                return (total.map { $0 / 2 }, total.map { $0 - $0 / 2 })
            }()
        }
    }
}

extension CallSite {
    /// The sliding of a window over `x`, with what was left out filled in.
    fileprivate func sliding(
        _ x: Shape, _ size: [Int], _ strides: [Int], _ padding: Padding, _ dilations: [Int]?
    ) -> Sliding {
        require(
            (3...5).contains(x.rank), "needs [batch, 1 to 3 spatial axes, channels], found \(x)")
        let axes = x.rank - 2
        let dilations = dilations ?? [Int](repeating: 1, count: axes)
        for list in [size, strides, dilations] {
            require(list.count == axes, "\(list) does not name the \(axes) spatial axes of \(x)")
            require(list.allSatisfy { $0 > 0 }, "windows, strides and dilations are positive, found \(list)")
        }
        let (low, high) = padding.resolved(
            Array(x[1..<x.rank - 1]), size, strides: strides, dilations: dilations)
        return Sliding(strides: strides, dilations: dilations, low: low, high: high)
    }

    fileprivate func requireFloating(_ tensors: Tensor...) {
        require(
            tensors.allSatisfy { $0.dataType.isFloatingPoint && $0.dataType == tensors[0].dataType },
            "needs floating-point numbers of one type, found "
                + tensors.map { "\($0.dataType.rawValue)\($0.shape)" }.joined(separator: ", "))
    }
}

/// Convolution (cross-correlation, as everywhere in deep learning): y[p, o] = Σ x[p·stride + tap·dilation - low, c] · w[o, c, tap].
///
/// In float32, windows of 3 by 3 with stride 1 may be computed tile by tile (Winograd's F(2x2, 3x3), Lavin and Gray 2016): rounding
/// errors are then relative to the greatest of 4 by 4 neighboring inputs, and what is not finite reaches all outputs of its tile.
///
/// - Parameters:
///   - x: `[batch, spatial…, channels]`, one to three spatial axes.
///   - weight: `[out, channels / groups, kernel…]`, PyTorch's layout.
///   - strides: 1 where left out.
///   - groups: Output channels of a group see that group's input channels only; as many as channels: depthwise.
/// - Returns: `[batch, positions…, out]`, positions = (spatial + low + high - dilation·(kernel - 1) - 1) / stride + 1.
public func convolution(
    _ x: Tensor, _ weight: Tensor, strides: [Int]? = nil, padding: Padding = .valid, dilations: [Int]? = nil,
    groups: Int = 1, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    let site = CallSite("convolution", file, line)
    site.requireFloating(x, weight)
    site.require(
        weight.rank == x.rank, "weight \(weight.shape) does not fit x \(x.shape): it needs [out, in / groups, kernel…]")
    let strides = strides ?? [Int](repeating: 1, count: x.rank - 2)
    let sliding = site.sliding(x.shape, Array(weight.shape[2...]), strides, padding, dilations)
    let shape = site.require { () throws(ShapeError) in
        try ShapeRules.convolution(x.shape, weight.shape, sliding, groups: groups)
    }
    return .record(
        .convolution(ConvolutionOp(kind: .forward, sliding: sliding, groups: groups)), [x, weight], shape: shape,
        dataType: x.dataType)
}

/// Transposed convolution: the gradient of a convolution with respect to its input, as a layer that makes images larger.
///
/// - Parameters:
///   - y: `[batch, positions…, in]`.
///   - weight: `[in, out / groups, kernel…]`, PyTorch's layout for transposed convolutions.
///   - padding: What the convolution would have been given; `.same` makes the output positions · stride long.
///   - outputPadding: Elements more at the end of each axis, of the sizes that a convolution makes the same of.
/// - Returns: `[batch, spatial…, out]`, spatial = (positions - 1)·stride - low - high + dilation·(kernel - 1) + 1 +
///   outputPadding.
public func transposedConvolution(
    _ y: Tensor, _ weight: Tensor, strides: [Int]? = nil, padding: Padding = .valid, outputPadding: [Int]? = nil,
    dilations: [Int]? = nil, groups: Int = 1, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    let site = CallSite("transposedConvolution", file, line)
    site.requireFloating(y, weight)
    site.require((3...5).contains(y.rank), "needs [batch, 1 to 3 spatial axes, channels], found \(y.shape)")
    site.require(
        weight.rank == y.rank, "weight \(weight.shape) does not fit y \(y.shape): it needs [in, out / groups, kernel…]")
    let axes = y.rank - 2
    let ones = [Int](repeating: 1, count: axes)
    let (strides, dilations) = (strides ?? ones, dilations ?? ones)
    var extra = outputPadding ?? [Int](repeating: 0, count: axes)
    for list in [strides, dilations, extra] {
        site.require(list.count == axes, "\(list) does not name the \(axes) spatial axes of \(y.shape)")
    }
    let kernel = Array(weight.shape[2...])
    let full = (0..<axes).map { y.shape[$0 + 1] * strides[$0] }
    var sliding = site.sliding(Shape([y.shape[0]] + full + [1]), kernel, strides, padding, dilations)
    site.require(
        sliding.low.count == axes && sliding.high.count == axes, "the padding does not name the \(axes) spatial axes")
    var spatial: [Int] = []
    for axis in 0..<axes {
        let reach = (kernel[axis] - 1) * dilations[axis] + 1
        // A kernel that is smaller than its stride leaves a gap at the end, too.
        if padding == .same { extra[axis] += max(0, strides[axis] - reach) }
        let covered = (y.shape[axis + 1] - 1) * strides[axis] + reach
        spatial.append(covered - sliding.low[axis] - sliding.high[axis] + extra[axis])
    }
    for axis in 0..<axes { sliding.high[axis] -= extra[axis] }
    let x = Shape([y.shape[0]] + spatial + [weight.shape[1] * groups])
    site.require(spatial.allSatisfy { $0 > 0 }, "the padding cuts everything off: the output would be \(x)")
    let shape = site.require { () throws(ShapeError) in
        try ShapeRules.convolution(x, weight.shape, sliding, groups: groups)
    }
    site.require(shape == y.shape, "an outputPadding of \(extra) is not below the strides \(strides)")
    return .record(
        .convolution(ConvolutionOp(kind: .inputGradient, sliding: sliding, groups: groups)), [y, weight], shape: x,
        dataType: y.dataType)
}

extension Tensor {
    /// The greatest element of each window, channel by channel. NaN wins; padding never does.
    ///
    /// The gradient goes to the first of equal elements, as in PyTorch.
    /// - Parameters:
    ///   - window: Its size along each spatial axis of `[batch, spatial…, channels]`.
    ///   - strides: Those of windows that do not overlap where left out.
    public func maxPooled(
        window: [Int], strides: [Int]? = nil, padding: Padding = .valid, dilations: [Int]? = nil,
        file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        pooled(.maxPool, window, strides, padding, dilations, false, CallSite("maxPooled", file, line))
    }

    /// The mean of each window, channel by channel.
    ///
    /// - Parameters:
    ///   - window: Its size along each spatial axis of `[batch, spatial…, channels]`.
    ///   - strides: Those of windows that do not overlap where left out.
    ///   - countsPadding: Whether elements in the padding count as zeros (as in PyTorch) or do not count.
    public func averagePooled(
        window: [Int], strides: [Int]? = nil, padding: Padding = .valid, countsPadding: Bool = true,
        file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        pooled(.averagePool, window, strides, padding, nil, countsPadding, CallSite("averagePooled", file, line))
    }

    private func pooled(
        _ kind: WindowOp.Kind, _ window: [Int], _ strides: [Int]?, _ padding: Padding, _ dilations: [Int]?,
        _ countsPadding: Bool, _ site: CallSite
    ) -> Tensor {
        site.requireFloating(self)
        let sliding = site.sliding(shape, window, strides ?? window, padding, dilations)
        let result = site.require { () throws(ShapeError) in try ShapeRules.window(shape, window, sliding) }
        let op = WindowOp(kind: kind, size: window, sliding: sliding, countsPadding: countsPadding)
        return .record(.window(op), [self], shape: result, dataType: dataType)
    }
}
