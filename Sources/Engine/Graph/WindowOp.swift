/// How a window slides over the spatial axes of `[batch, spatial…, channels]`: an entry for each spatial axis.
public struct Sliding: Hashable, Sendable {
    public var strides: [Int]
    /// Distance of neighboring elements of the window.
    public var dilations: [Int]
    /// Elements thought around the input; negative ones are cut off.
    public var low: [Int]
    public var high: [Int]

    public var rank: Int { strides.count }

    /// The input coordinate that element `tap` of output `position` falls on; it may lie in the padding.
    @inline(__always)
    func source(_ position: Int, _ tap: Int, axis: Int) -> Int {
        position * strides[axis] - low[axis] + tap * dilations[axis]
    }
}

/// Convolution and its two gradients, with x `[batch, spatial…, channels]`, w `[out, in / groups, kernel…]` and
/// y `[batch, positions…, out]`: each computes one of the three from the two others, and the node's shape says the size of
/// what is computed. The derivative of each is made of the two others.
public struct ConvolutionOp: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Inputs x, w: y.
        case forward
        /// Inputs y, w: x. This is the transposed convolution.
        case inputGradient
        /// Inputs x, y: w.
        case weightGradient
    }

    public var kind: Kind
    public var sliding: Sliding
    public var groups: Int

    func with(_ kind: Kind) -> ConvolutionOp {
        var op = self
        op.kind = kind
        return op
    }
}

/// Pooling over windows, each channel for itself.
public struct WindowOp: Hashable, Sendable {
    public enum Kind: String, Hashable, Sendable, CaseIterable {
        /// Input x. NaN wins; a window that lies in the padding gives -infinity.
        case maxPool
        /// Inputs x, values by window: adds each to the place of its window's first maximum.
        case maxPoolGradient
        /// Inputs x, values shaped as x: the value at the place of each window's first maximum (0 without a place).
        case maxPoolPick
        /// Input x.
        case averagePool
        /// Input: values by window. Spreads each evenly over its window.
        case averagePoolGradient
    }

    public var kind: Kind
    public var size: [Int]
    public var sliding: Sliding
    /// Whether averages divide by the size of the window or by the number of elements inside the input.
    public var countsPadding: Bool

    func with(_ kind: Kind) -> WindowOp {
        var op = self
        op.kind = kind
        return op
    }
}
