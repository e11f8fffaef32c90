extension Tensor {
    private func moved(_ movement: Movement, to target: Shape) -> Tensor {
        if case .source(.constant(let bits)) = node.op {
            return .constant(bits: bits, shape: target, dataType: dataType)
        }
        return Tensor.record(.movement(movement), [self], shape: target, dataType: dataType)
    }

    /// The same elements in row-major order under other axes; one size may be -1.
    public func reshaped(to target: Shape, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        let site = CallSite("reshaped", file, line)
        let resolved = site.require { () throws(ShapeError) in try ShapeRules.reshape(shape, to: target) }
        site.require(
            resolved.rank <= ShapeRules.maximumRank, "\(resolved) has more than \(ShapeRules.maximumRank) axes")
        return resolved == shape ? self : moved(.reshape, to: resolved)
    }

    /// A vector of all elements.
    public func flattened() -> Tensor { reshaped(to: [elementCount]) }

    /// Axis `i` of the result is axis `permutation[i]`.
    public func transposed(_ permutation: [Int], file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        let resolved = CallSite("transposed", file, line)
            .require { () throws(ShapeError) in try ShapeRules.permutation(permutation, rank: rank) }
        if resolved == Array(0..<rank) { return self }
        return moved(.transpose(resolved), to: Shape(resolved.map { shape[$0] }))
    }

    /// The axes in reverse: a matrix's transpose.
    public func transposed() -> Tensor { transposed(Array((0..<rank).reversed())) }

    public func swappingAxes(_ a: Int, _ b: Int, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        let site = CallSite("swappingAxes", file, line)
        var permutation = Array(0..<rank)
        permutation.swapAt(
            site.require { () throws(ShapeError) in try ShapeRules.axis(a, rank: rank) },
            site.require { () throws(ShapeError) in try ShapeRules.axis(b, rank: rank) })
        return transposed(permutation)
    }

    /// Without the given axes of size 1 (nil: all of them).
    public func squeezed(along axes: Axes? = nil, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        let site = CallSite("squeezed", file, line)
        var resolved = site.require { () throws(ShapeError) in try ShapeRules.axes(axes?.list, rank: rank) }
        if axes == nil { resolved = resolved.filter { shape[$0] == 1 } }
        site.require(resolved.allSatisfy { shape[$0] == 1 }, "axes \(resolved) of \(shape) are not all of size 1")
        return reshaped(to: ShapeRules.reduced(shape, axes: resolved, keepingDimensions: false))
    }

    /// With a new axis of size 1 at a position of the result.
    public func expandingDimensions(at axis: Int, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        let position = CallSite("expandingDimensions", file, line)
            .require { () throws(ShapeError) in try ShapeRules.axis(axis, rank: rank + 1) }
        var dimensions = shape.dimensions
        dimensions.insert(1, at: position)
        return reshaped(to: Shape(dimensions))
    }

    /// Repeats axes of size 1, and adds axes in front, until the shape is `target`.
    public func broadcast(to target: Shape, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        let site = CallSite("broadcast", file, line)
        let common = site.require { () throws(ShapeError) in try ShapeRules.broadcast(shape, target) }
        site.require(common == target, "\(shape) does not broadcast to \(target)")
        site.require(target.rank <= ShapeRules.maximumRank, "\(target) has more than \(ShapeRules.maximumRank) axes")
        return stretched(to: target)
    }

    /// Element `i` of each axis is element `starts + i * steps`.
    func strided(starts: [Int], steps: [Int], to target: Shape) -> Tensor {
        if target == shape, steps.allSatisfy({ $0 == 1 }) { return self }
        return moved(.slice(starts: starts, steps: steps), to: target)
    }

    /// `count` elements of one axis from `start` on.
    func slice(axis: Int, from start: Int, count: Int) -> Tensor {
        var starts = [Int](repeating: 0, count: rank)
        starts[axis] = start
        var target = shape
        target[axis] = count
        return strided(starts: starts, steps: [Int](repeating: 1, count: rank), to: target)
    }

    /// In reverse order along the axes.
    public func flipped(along axes: Axes, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        let resolved = CallSite("flipped", file, line)
            .require { () throws(ShapeError) in try ShapeRules.axes(axes.list, rank: rank) }
        var starts = [Int](repeating: 0, count: rank)
        var steps = [Int](repeating: 1, count: rank)
        for axis in resolved {
            starts[axis] = Swift.max(shape[axis] - 1, 0)
            steps[axis] = -1
        }
        return strided(starts: starts, steps: steps, to: shape)
    }

    /// `low[i]` and `high[i]` elements of `value` before and after axis `i`.
    public func padded(
        low: [Int], high: [Int], value: Double = 0, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        let site = CallSite("padded", file, line)
        site.require(low.count == rank && high.count == rank, "\(low) and \(high) do not name \(rank) axes")
        site.require(!(low + high).contains { $0 < 0 }, "\(low) and \(high) must not be negative")
        return padded(
            low: low, high: high, interior: [Int](repeating: 0, count: rank),
            bits: ScalarBits.encode(value, as: dataType))
    }

    func padded(low: [Int], high: [Int], interior: [Int], bits: UInt64) -> Tensor {
        if !(low + high + interior).contains(where: { $0 != 0 }) { return self }
        let dimensions = (0..<rank).map { axis -> Int in
            let gaps = Swift.max(shape[axis] - 1, 0) * interior[axis]
            return low[axis] + shape[axis] + gaps + high[axis]
        }
        return Tensor.record(
            .movement(.pad(low: low, high: high, interior: interior, bits: bits)), [self], shape: Shape(dimensions),
            dataType: dataType)
    }

    /// Tensors of equal rank, one after another along an axis.
    public static func concatenate(
        _ tensors: [Tensor], along axis: Int = 0, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        let site = CallSite("concatenate", file, line)
        site.require(!tensors.isEmpty, "needs at least one tensor")
        let first = tensors[0]
        let axis = site.require { () throws(ShapeError) in try ShapeRules.axis(axis, rank: first.rank) }
        site.require(
            tensors.allSatisfy { $0.dataType == first.dataType }, "types differ: \(tensors.map(\.dataType.rawValue))")
        let target = site.require { () throws(ShapeError) in
            try ShapeRules.concatenate(tensors.map(\.shape), axis: axis)
        }
        return tensors.count == 1
            ? first : record(.concatenate(axis: axis), tensors, shape: target, dataType: first.dataType)
    }

    /// Tensors of equal shape along a new axis.
    public static func stack(
        _ tensors: [Tensor], along axis: Int = 0, file: StaticString = #fileID, line: UInt = #line
    ) -> Tensor {
        let site = CallSite("stack", file, line)
        site.require(!tensors.isEmpty, "needs at least one tensor")
        site.require(tensors.allSatisfy { $0.shape == tensors[0].shape }, "shapes differ: \(tensors.map(\.shape))")
        let position = site.require { () throws(ShapeError) in try ShapeRules.axis(axis, rank: tensors[0].rank + 1) }
        return concatenate(
            tensors.map { $0.expandingDimensions(at: position) }, along: position, file: file, line: line)
    }

    /// Consecutive parts of the given sizes along an axis.
    public func split(
        sizes: [Int], along axis: Int = 0, file: StaticString = #fileID, line: UInt = #line
    ) -> [Tensor] {
        let site = CallSite("split", file, line)
        let axis = site.require { () throws(ShapeError) in try ShapeRules.axis(axis, rank: rank) }
        site.require(
            sizes.reduce(0, +) == shape[axis] && !sizes.contains { $0 < 0 },
            "sizes \(sizes) do not add up to \(shape[axis])")
        var start = 0
        return sizes.map { size in
            defer { start += size }
            return slice(axis: axis, from: start, count: size)
        }
    }

    /// Equal parts along an axis.
    public func split(into count: Int, along axis: Int = 0, file: StaticString = #fileID, line: UInt = #line)
        -> [Tensor]
    {
        let site = CallSite("split", file, line)
        let axis = site.require { () throws(ShapeError) in try ShapeRules.axis(axis, rank: rank) }
        site.require(count > 0 && shape[axis] % count == 0, "axis of size \(shape[axis]) does not split into \(count)")
        return split(sizes: [Int](repeating: shape[axis] / count, count: count), along: axis)
    }

    /// The whole tensor repeated `counts[i]` times along axis `i`.
    public func tiled(_ counts: [Int], file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        CallSite("tiled", file, line).require(counts.count == rank, "\(counts) does not name \(rank) axes")
        var spread: [Int] = []
        var wide: [Int] = []
        for (size, count) in zip(shape, counts) {
            spread += [1, size]
            wide += [count, size]
        }
        return reshaped(to: Shape(spread)).broadcast(to: Shape(wide))
            .reshaped(to: Shape(zip(shape, counts).map { $0 * $1 }))
    }

    /// Elements on and below the diagonal shifted right by `diagonal`; 0 elsewhere. The last two axes are the matrix.
    public func triangleLower(_ diagonal: Int = 0, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        CallSite("triangleLower", file, line).require(rank >= 2, "needs a matrix, found \(shape)")
        let row = Tensor.index(shape, axis: rank - 2)
        let column = Tensor.index(shape, axis: rank - 1)
        return Tensor.select(column - row .<= Double(diagonal), self, Tensor.zeros(shape, dataType: dataType))
    }

    /// Elements on and above the diagonal shifted right by `diagonal`; 0 elsewhere.
    public func triangleUpper(_ diagonal: Int = 0, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        CallSite("triangleUpper", file, line).require(rank >= 2, "needs a matrix, found \(shape)")
        let row = Tensor.index(shape, axis: rank - 2)
        let column = Tensor.index(shape, axis: rank - 1)
        return Tensor.select(column - row .>= Double(diagonal), self, Tensor.zeros(shape, dataType: dataType))
    }

    /// The elements [i, i] of the last two axes.
    public func diagonal(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        CallSite("diagonal", file, line).require(rank >= 2, "needs a matrix, found \(shape)")
        let n = Swift.min(shape[rank - 2], shape[rank - 1])
        let square = slice(axis: rank - 2, from: 0, count: n).slice(axis: rank - 1, from: 0, count: n)
        let onDiagonal = Tensor.index(square.shape, axis: rank - 2) .== Tensor.index(square.shape, axis: rank - 1)
        return Tensor.select(onDiagonal, square, Tensor.zeros(square.shape, dataType: dataType)).sum(along: -1)
    }

    /// The sum of the diagonal of the last two axes.
    public func trace(file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        diagonal(file: file, line: line).sum(along: -1)
    }
}
