/// The sizes of a tensor's axes, outermost first. A scalar has none.
public struct Shape: Hashable, Sendable {
    public var dimensions: [Int]

    public init(_ dimensions: [Int]) { self.dimensions = dimensions }

    /// The number of elements.
    public var elementCount: Int { dimensions.reduce(1, *) }
    public var rank: Int { dimensions.count }

    /// The sizes of the first axis, of the first two together, and so on.
    var leadingProducts: [Int] {
        var product = 1
        return dimensions.map { size in
            product *= size
            return product
        }
    }

    /// Row-major strides in elements.
    public var strides: [Int] {
        var strides = [Int](repeating: 1, count: rank)
        for axis in stride(from: rank - 2, through: 0, by: -1) {
            strides[axis] = strides[axis + 1] * dimensions[axis + 1]
        }
        return strides
    }
}

extension Shape: ExpressibleByArrayLiteral {
    public init(arrayLiteral elements: Int...) { self.init(elements) }
}

extension Shape: RandomAccessCollection, MutableCollection {
    public var startIndex: Int { 0 }
    public var endIndex: Int { dimensions.count }
    public subscript(axis: Int) -> Int {
        get { dimensions[axis] }
        set { dimensions[axis] = newValue }
    }
}

extension Shape: CustomStringConvertible {
    public var description: String { "[" + dimensions.map(String.init).joined(separator: ", ") + "]" }
}
