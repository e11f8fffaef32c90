// Slices by subscript, and elements chosen by other tensors.

/// One entry of a subscript: `x[0, 1..<3, .ellipsis, .newAxis]`.
public enum TensorIndexElement: Sendable {
    case position(Int)
    /// From `lower` (nil: the end the step starts from) to before `upper`, by `step`. Negative bounds count from the end.
    case range(lower: Int?, upper: Int?, step: Int)
    case ellipsis
    case newAxis
}

/// What may stand in a tensor's subscript: `Int`, ranges, and `TensorIndex.all`, `.ellipsis`, `.newAxis`, `.stride`.
public protocol TensorIndexConvertible { var tensorIndex: TensorIndexElement { get } }

public struct TensorIndex: TensorIndexConvertible, Sendable {
    public let tensorIndex: TensorIndexElement
    /// The whole axis.
    public static let all = TensorIndex(tensorIndex: .range(lower: nil, upper: nil, step: 1))
    /// As many whole axes as there are left.
    public static let ellipsis = TensorIndex(tensorIndex: .ellipsis)
    /// A new axis of size 1.
    public static let newAxis = TensorIndex(tensorIndex: .newAxis)
    /// Every `by`-th element from `from` to before `to`; a negative `by` goes backwards.
    public static func stride(from: Int? = nil, to: Int? = nil, by: Int) -> TensorIndex {
        TensorIndex(tensorIndex: .range(lower: from, upper: to, step: by))
    }
}

extension TensorIndexConvertible where Self == TensorIndex {
    public static var all: TensorIndex { TensorIndex.all }
    public static var ellipsis: TensorIndex { TensorIndex.ellipsis }
    public static var newAxis: TensorIndex { TensorIndex.newAxis }
    public static func stride(from: Int? = nil, to: Int? = nil, by: Int) -> TensorIndex {
        TensorIndex.stride(from: from, to: to, by: by)
    }
}

extension Int: TensorIndexConvertible { public var tensorIndex: TensorIndexElement { .position(self) } }
extension Range: TensorIndexConvertible where Bound == Int {
    public var tensorIndex: TensorIndexElement { .range(lower: lowerBound, upper: upperBound, step: 1) }
}
extension ClosedRange: TensorIndexConvertible where Bound == Int {
    public var tensorIndex: TensorIndexElement { .range(lower: lowerBound, upper: upperBound + 1, step: 1) }
}
extension PartialRangeFrom: TensorIndexConvertible where Bound == Int {
    public var tensorIndex: TensorIndexElement { .range(lower: lowerBound, upper: nil, step: 1) }
}
extension PartialRangeUpTo: TensorIndexConvertible where Bound == Int {
    public var tensorIndex: TensorIndexElement { .range(lower: nil, upper: upperBound, step: 1) }
}
extension PartialRangeThrough: TensorIndexConvertible where Bound == Int {
    public var tensorIndex: TensorIndexElement { .range(lower: nil, upper: upperBound + 1, step: 1) }
}

extension Tensor {
    /// A part of the tensor. A position removes its axis; ranges must lie inside the axis; negative positions and
    /// `.stride` bounds count from the end.
    public subscript(
        _ indices: any TensorIndexConvertible..., file file: StaticString = #fileID, line line: UInt = #line
    ) -> Tensor { part(indices.map(\.tensorIndex), CallSite("subscript", file, line)) }

    private func part(_ elements: [TensorIndexElement], _ site: CallSite) -> Tensor {
        var consumed = 0
        var ellipses = 0
        for element in elements {
            switch element {
            case .position, .range: consumed += 1
            case .ellipsis: ellipses += 1
            case .newAxis: break
            }
        }
        site.require(consumed <= rank && ellipses <= 1, "\(elements.count) indices do not fit shape \(shape)")
        var starts: [Int] = []
        var steps: [Int] = []
        var sliced: [Int] = []
        var result: [Int] = []
        func whole(_ count: Int) {
            for _ in 0..<count {
                let size = shape[starts.count]
                starts.append(0)
                steps.append(1)
                sliced.append(size)
                result.append(size)
            }
        }
        for element in elements {
            let size = starts.count < rank ? shape[starts.count] : 0
            switch element {
            case .newAxis: result.append(1)
            case .ellipsis: whole(rank - consumed)
            case .position(let position):
                let resolved = position < 0 ? position + size : position
                site.require(
                    resolved >= 0 && resolved < size, "position \(position) is outside axis \(starts.count) of \(shape)"
                )
                starts.append(resolved)
                steps.append(1)
                sliced.append(1)
            case .range(let lower, let upper, let step):
                site.require(step != 0, "a step of 0 goes nowhere")
                func bound(_ value: Int) -> Int { value < 0 ? value + size : value }
                let first = lower.map(bound) ?? (step > 0 ? 0 : size - 1)
                let end = upper.map(bound) ?? (step > 0 ? size : -1)
                let count = step > 0 ? (end - first + step - 1) / step : (first - end - step - 1) / -step
                site.require(
                    count <= 0 || first >= 0 && first < size && end >= -1 && end <= size,
                    "range \(lower.map(String.init) ?? "")..<\(upper.map(String.init) ?? "") is outside axis \(starts.count) of \(shape)"
                )
                starts.append(first)
                steps.append(step)
                sliced.append(Swift.max(count, 0))
                result.append(Swift.max(count, 0))
            }
        }
        if ellipses == 0 { whole(rank - starts.count) }
        return strided(starts: starts, steps: steps, to: Shape(sliced)).reshaped(to: Shape(result))
    }

    private func requireIndices(_ indices: Tensor, _ site: CallSite) {
        site.require(
            indices.dataType == .int32 || indices.dataType == .int64,
            "indices are \(indices.dataType.rawValue), not int32 or int64")
    }

    /// The slices at `indices` along an axis: shape `shape[..<axis] + indices.shape + shape[(axis + 1)...]`. Negative
    /// indices count from the end; one out of range is an error when the value is computed.
    public func gathered(
        at indices: Tensor, along axis: Int = 0, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        let site = CallSite("gathered", file, line)
        requireIndices(indices, site)
        let axis = site.require { () throws(ShapeError) in try ShapeRules.axis(axis, rank: rank) }
        let target = Shape(Array(shape[..<axis]) + indices.shape + shape[(axis + 1)...])
        return Tensor.record(.gather(axis: axis), [self, indices], shape: target, dataType: dataType)
    }

    /// Element by element: `result[i, j] = self[indices[i, j], j]` for axis 0, and so on. The other axes agree.
    public func gatheredElements(
        at indices: Tensor, along axis: Int, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        let site = CallSite("gatheredElements", file, line)
        requireIndices(indices, site)
        let axis = site.require { () throws(ShapeError) in try ShapeRules.axis(axis, rank: rank) }
        site.require(
            indices.rank == rank && (0..<rank).allSatisfy { $0 == axis || indices.shape[$0] == shape[$0] },
            "indices \(indices.shape) do not fit \(shape) along axis \(axis)")
        var flat = Tensor.zeros(indices.shape, dataType: .int64)
        for (other, stride) in shape.strides.enumerated() {
            // Along the axis the numbers themselves are gathered: that counts negative ones from the end, and names one
            // that is out of range as it was given.
            let coordinate =
                other == axis
                ? Tensor.index([shape[axis]], axis: 0).gathered(at: indices)
                : Tensor.index(indices.shape, axis: other)
            flat = flat + coordinate * Double(stride)
        }
        return flattened().gathered(at: flat)
    }

    /// The tensor with `updates` added to the slices at `indices`; `updates` is shaped as `gathered(at: indices)`.
    public func scatterAdded(
        _ updates: Tensor, at indices: Tensor, along axis: Int = 0, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor { scattered(.add, updates, at: indices, along: axis, CallSite("scatterAdded", file, line)) }

    /// The tensor with the slices at `indices` replaced by `updates`; of equal indices the last one counts.
    public func scatterReplaced(
        _ updates: Tensor, at indices: Tensor, along axis: Int = 0, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor { scattered(.set, updates, at: indices, along: axis, CallSite("scatterReplaced", file, line)) }

    private func scattered(
        _ mode: Scatter, _ updates: Tensor, at indices: Tensor, along axis: Int, _ site: CallSite
    ) -> Tensor {
        requireIndices(indices, site)
        let axis = site.require { () throws(ShapeError) in try ShapeRules.axis(axis, rank: rank) }
        let expected = Shape(Array(shape[..<axis]) + indices.shape + shape[(axis + 1)...])
        site.require(
            updates.shape == expected && updates.dataType == dataType,
            "updates are \(updates.dataType.rawValue)\(updates.shape), expected \(dataType.rawValue)\(expected)")
        return Tensor.record(
            .scatter(mode, axis: axis), [self, indices, updates], shape: shape, dataType: dataType)
    }

    /// A new last axis of size `depth` with 1 at the element's number and 0 elsewhere (all 0 out of range).
    public func oneHot(
        _ depth: Int, dataType: DataType = .float32, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        CallSite("oneHot", file, line)
            .require(self.dataType.isInteger, "needs whole numbers, found \(self.dataType.rawValue)")
        let target = Shape(shape.dimensions + [depth])
        let numbers = cast(to: .int64).expandingDimensions(at: -1)
        return (numbers .== Tensor.index(target, axis: rank)).cast(to: dataType)
    }
}
