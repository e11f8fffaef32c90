public import ThalwegEngine

/// A table of vectors, looked up by number: y = weight[index].
///
/// - Shapes: input `[…]` of integers from 0 up to `count`, output `[…, width]`; `weight` `[count, width]`.
/// - Start: the initializer's distribution, by default normal with standard deviation 1, as PyTorch.
///
///       Embedding(1000, 16, key: keys.next())(Tensor([3, 7])).shape      // [2, 16]
public struct Embedding: Layer {
    public let weight: Parameter

    public init(
        _ count: Int, _ width: Int, initializer: Initializer = .normal(scale: 1), dataType: DataType = .float32,
        key: RandomKey, file: StaticString = #fileID, line: UInt = #line
    ) {
        require(count > 0 && width > 0, "Embedding(\(count), \(width)): sizes must be positive", file: file, line: line)
        weight = Parameter(initializer([count, width], dataType: dataType, key: key))
    }

    public init(weight: Parameter) { self.weight = weight }

    public var count: Int { weight.shape[0] }
    public var width: Int { weight.shape[1] }

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        require(
            x.dataType.isInteger,
            "\(summary): indices are \(x.dataType.rawValue), expected integers; use cast(to: .int64)")
        return context.record(self, x, weight.value.gathered(at: x, along: 0))
    }

    public var summary: String { "Embedding(\(count), \(width))" }
}
