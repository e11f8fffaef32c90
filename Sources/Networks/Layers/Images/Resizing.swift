public import ThalwegEngine

/// Images made larger by whole factors.
///
/// - Shapes: input `[batch, spatial…, channels]`, output `[batch, spatial · factors…, channels]`.
///
///       Upsample([2, 2], .linear)(Tensor.ones([1, 8, 8, 3])).shape      // [1, 16, 16, 3]
public struct Upsample: Layer {
    public enum Method: Hashable, Sendable {
        /// Every pixel repeated.
        case nearest
        /// Linear interpolation along each axis (bilinear for two); PyTorch's `align_corners` as a choice.
        case linear(alignsCorners: Bool)

        public static let linear = Method.linear(alignsCorners: false)
    }

    public let factors: [Int]
    public let method: Method

    public init(_ factors: [Int], _ method: Method = .nearest) {
        self.factors = factors
        self.method = method
    }

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        requireImages(x, factors.count, self)
        let y =
            switch method {
            case .nearest: x.upsampledNearest(by: factors)
            case .linear(let alignsCorners):
                x.upsampledLinear(to: zip(x.shape[1...], factors).map { $0 * $1 }, alignsCorners: alignsCorners)
            }
        return context.record(self, x, y)
    }

    public func visit(_ visitor: Visitor) {}

    public func operations(input: Shape, output: Shape) -> Int {
        method == .nearest ? 0 : output.elementCount * 2 * factors.count
    }

    public var summary: String { "Upsample(\(factors), \(method))" }
}

/// Each example as a row of numbers.
///
/// Images are laid out channel by channel, as PyTorch does, so that weights of a dense layer behind mean the same in both.
/// - Shapes: input `[batch, spatial…, channels]`, output `[batch, channels · spatial]`.
public struct Flatten: Layer {
    public init() {}

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        require(x.rank >= 2, "\(summary): the input has shape \(x.shape), expected [batch, …]")
        let channelsFirst = x.transposed([0, x.rank - 1] + Array(1..<x.rank - 1))
        return context.record(self, x, channelsFirst.reshaped(to: [x.shape[0], x.shape[1...].reduce(1, *)]))
    }

    public var summary: String { "Flatten" }
}
