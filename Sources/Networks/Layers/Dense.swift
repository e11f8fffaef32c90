public import ThalwegEngine

/// A fully connected layer: y = x·Wᵀ + b.
///
/// - Shapes: input `[…, inputs]`, output `[…, outputs]`; `weight` `[outputs, inputs]` and `bias` `[outputs]`, PyTorch's
///   layout. Examples are rows: the courses' Z = W·X + b with examples in columns is the transpose of this.
/// - Start: the initializer's distribution (He by default) for the weight, zeros for the bias.
///
///       let layer = Dense(3, 4, key: RandomKey(seed: 1))
///       layer(Tensor.ones([2, 3])).shape      // [2, 4]
public struct Dense: Layer {
    public let weight: Parameter
    public let bias: Parameter?

    /// - Parameter bias: false before a batch normalization, which has a shift of its own.
    public init(
        _ inputs: Int, _ outputs: Int, bias: Bool = true, initializer: Initializer = .he, dataType: DataType = .float32,
        key: RandomKey, file: StaticString = #fileID, line: UInt = #line
    ) {
        require(
            inputs > 0 && outputs > 0, "Dense(\(inputs), \(outputs)): sizes must be positive", file: file, line: line)
        weight = Parameter(initializer([outputs, inputs], dataType: dataType, key: key))
        self.bias = bias ? Parameter(.zeros([outputs], dataType: dataType), role: .bias) : nil
    }

    /// With parameters made elsewhere (tied, computed, or given).
    public init(weight: Parameter, bias: Parameter?, file: StaticString = #fileID, line: UInt = #line) {
        require(
            weight.shape.rank == 2, "Dense: weight has shape \(weight.shape), expected [out, in]", file: file,
            line: line)
        require(
            bias == nil || bias?.shape == [weight.shape[0]],
            "Dense: bias has shape \(bias?.shape ?? []), expected [\(weight.shape[0])]", file: file, line: line)
        self.weight = weight
        self.bias = bias
    }

    public var inputs: Int { weight.shape[1] }
    public var outputs: Int { weight.shape[0] }

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        requireFeatures(x, inputs, self)
        let product = matmul(x, weight.value.transposed())  // […, outputs]
        return context.record(self, x, bias.map { product + $0.value } ?? product)
    }

    public func operations(input: Shape, output: Shape) -> Int {
        output.elementCount * (2 * inputs + (bias == nil ? 0 : 1))
    }

    public var summary: String { "Dense(\(inputs), \(outputs)\(bias == nil ? ", bias: false" : ""))" }
}
