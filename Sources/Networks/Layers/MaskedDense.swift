public import ThalwegEngine

/// A dense layer that has only the connections its mask allows: y = x·(W ∘ M)ᵀ + b.
///
/// Hand-wired features (bedrooms and size -> family size), or autoregressive networks. Masked weights start
/// at zero and stay there.
/// - Shapes: input `[…, inputs]`, output `[…, outputs]`; mask and `weight` `[outputs, inputs]`, 1 where connected.
/// - Start: as `Dense`, with fan-in counted without the mask.
///
///       // Two units: one sees inputs 0 and 1, the other input 2.
///       let layer = MaskedDense(mask: [[true, true, false], [false, false, true]], key: keys.next())
///
/// Source: Germain et al. 2015, MADE.
public struct MaskedDense: Layer {
    public let weight: Parameter
    public let bias: Parameter?
    public let mask: RunningValue

    public init(
        mask: [[Bool]], bias: Bool = true, initializer: Initializer = .he, dataType: DataType = .float32,
        key: RandomKey,
        file: StaticString = #fileID, line: UInt = #line
    ) {
        let (outputs, inputs) = (mask.count, mask.first?.count ?? 0)
        require(
            inputs > 0 && mask.allSatisfy { $0.count == inputs },
            "MaskedDense: the mask needs a row for each output, all of the same length", file: file, line: line)
        let connections = Tensor(mask).cast(to: dataType)
        weight = Parameter(initializer([outputs, inputs], dataType: dataType, key: key) * connections)
        self.bias = bias ? Parameter(.zeros([outputs], dataType: dataType), role: .bias) : nil
        self.mask = RunningValue(connections)
    }

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        requireFeatures(x, weight.shape[1], self)
        let product = matmul(x, (weight.value * mask.value).transposed())  // […, outputs]
        return context.record(self, x, bias.map { product + $0.value } ?? product)
    }

    public func operations(input: Shape, output: Shape) -> Int {
        output.elementCount * (2 * weight.shape[1] + (bias == nil ? 0 : 1))
    }

    public var summary: String { "MaskedDense(\(weight.shape[1]), \(weight.shape[0]))" }
}
