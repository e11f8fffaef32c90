public import ThalwegEngine

/// The keys and values that steps look at.
public struct KeyValues {
    /// `[batch, heads, steps, depth]`
    public var keys: Tensor
    public var values: Tensor

    public init(keys: Tensor, values: Tensor) {
        self.keys = keys
        self.values = values
    }
}

/// Keys and values of the steps a decoder has seen, so that the next step computes its own only.
///
/// The capacity is fixed and the number of steps is a tensor: every step has the same shapes, so one captured plan serves
/// all of them. Inside a captured function, make the cache from arguments and return `tensors`.
public final class KeyValueCache {
    /// Keys and values `[batch, heads, capacity, depth]`, zeros where no step stands yet.
    public private(set) var stored: KeyValues
    /// Steps so far: an `int64` scalar. Never let it exceed the capacity: steps beyond it are an error when computed.
    public private(set) var count: Tensor

    public init(batch: Int, heads: Int, capacity: Int, depth: Int, dataType: DataType = .float32) {
        let empty = Tensor.zeros([batch, heads, capacity, depth], dataType: dataType)
        stored = KeyValues(keys: empty, values: empty)
        count = Tensor(0)
    }

    /// With the tensors of another cache.
    public init(tensors: [Tensor], file: StaticString = #fileID, line: UInt = #line) {
        require(
            tensors.count == 3, "KeyValueCache: \(tensors.count) tensors, expected keys, values and count", file: file,
            line: line)
        stored = KeyValues(keys: tensors[0], values: tensors[1])
        count = tensors[2]
    }

    /// Keys, values and count.
    public var tensors: [Tensor] { [stored.keys, stored.values, count] }

    /// Positions of the next `time` steps, `int64`.
    public func positions(_ time: Int) -> Tensor { Tensor.range(time) + count }

    /// Stores the next steps, `[batch, heads, time, depth]`; the mask `[time, capacity]` shows each what it may look at.
    func append(_ next: KeyValues) -> (all: KeyValues, mask: Tensor) {
        let time = next.keys.shape[2]
        let places = positions(time)
        stored.keys = stored.keys.scatterReplaced(next.keys, at: places, along: 2)
        stored.values = stored.values.scatterReplaced(next.values, at: places, along: 2)
        count = count + Double(time)
        return (stored, Tensor.range(stored.keys.shape[2]) .<= places.expandingDimensions(at: 1))
    }
}
