/// A way to look at a buffer: strides in elements, 0 where an axis repeats. Movement costs nothing as long as the reader
/// can follow strides.
struct View {
    var buffer: Int
    var offset: Int
    var dimensions: [Int]
    var strides: [Int]

    init(buffer: Int, shape: Shape) {
        self.buffer = buffer
        offset = 0
        dimensions = shape.dimensions
        strides = shape.strides
    }

    var elementCount: Int { dimensions.reduce(1, *) }

    /// Elements of the buffer that it shows, each counted once where an axis repeats.
    var distinctCount: Int { zip(dimensions, strides).reduce(1) { $0 * ($1.1 == 0 ? min($1.0, 1) : $1.0) } }

    /// Row-major without gaps from its offset on.
    var isContiguous: Bool {
        var expected = 1
        for axis in dimensions.indices.reversed() where dimensions[axis] != 1 {
            if strides[axis] != expected { return false }
            expected *= dimensions[axis]
        }
        return true
    }

    /// Whether the r-th of `rows` equal parts of the view (row-major) lies in the r-th of `rows` equal parts of a buffer of
    /// `count` elements.
    func isByRow(rows: Int, of count: Int) -> Bool {
        guard rows > 0, count % rows == 0, elementCount % rows == 0 else { return false }
        if offset == 0, elementCount == count, isContiguous { return true }
        let part = count / rows
        var axis = 0
        var product = 1
        while product < rows, axis < dimensions.count {
            product *= dimensions[axis]
            axis += 1
        }
        guard product == rows else { return false }
        var expected = part
        for outer in (0..<axis).reversed() where dimensions[outer] != 1 {
            if strides[outer] != expected { return false }
            expected *= dimensions[outer]
        }
        var (low, high) = (offset, offset)
        for inner in axis..<dimensions.count {
            let extent = (dimensions[inner] - 1) * strides[inner]
            if extent < 0 { low += extent } else { high += extent }
        }
        return low >= 0 && high < part
    }

    /// The view without the other axes, which must have size 1.
    func keeping(_ axes: [Int]) -> View {
        var view = self
        view.dimensions = axes.map { dimensions[$0] }
        view.strides = axes.map { strides[$0] }
        return view
    }

    func transposed(_ permutation: [Int]) -> View {
        var view = self
        view.dimensions = permutation.map { dimensions[$0] }
        view.strides = permutation.map { strides[$0] }
        return view
    }

    func broadcast(to shape: Shape) -> View {
        var view = self
        for axis in dimensions.indices where dimensions[axis] != shape[axis] { view.strides[axis] = 0 }
        view.dimensions = shape.dimensions
        return view
    }

    func sliced(starts: [Int], steps: [Int], to shape: Shape) -> View {
        var view = self
        if shape.elementCount > 0 { view.offset += zip(starts, strides).reduce(0) { $0 + $1.0 * $1.1 } }
        view.strides = zip(steps, strides).map { $0 * $1 }
        view.dimensions = shape.dimensions
        return view
    }

    /// The view under other axes, if strides can say it; nil where the elements would have to be copied.
    func reshaped(to shape: Shape) -> View? {
        var view = self
        view.dimensions = shape.dimensions
        if isContiguous {
            view.strides = shape.strides
            return view
        }
        // Runs of old axes and runs of new axes with equal products must match, each old run being contiguous in itself.
        let old = dimensions.indices.filter { dimensions[$0] != 1 }
        var strides = [Int](repeating: 0, count: shape.rank)
        var from = 0
        var to = 0
        while from < old.count || to < shape.rank {
            if to < shape.rank, shape[to] == 1 {
                to += 1
                continue
            }
            guard from < old.count, to < shape.rank else { return nil }
            var (oldEnd, newEnd) = (from + 1, to + 1)
            var (oldSize, newSize) = (dimensions[old[from]], shape[to])
            while oldSize != newSize {
                if oldSize < newSize {
                    guard oldEnd < old.count else { return nil }
                    oldSize *= dimensions[old[oldEnd]]
                    oldEnd += 1
                } else {
                    guard newEnd < shape.rank else { return nil }
                    newSize *= shape[newEnd]
                    newEnd += 1
                }
            }
            for axis in from..<(oldEnd - 1)
            where self.strides[old[axis]] != self.strides[old[axis + 1]] * dimensions[old[axis + 1]] { return nil }
            var stride = self.strides[old[oldEnd - 1]]
            for axis in stride == 0 && oldSize == 0 ? [] : Array((to..<newEnd).reversed()) {
                strides[axis] = stride
                stride *= shape[axis]
            }
            from = oldEnd
            to = newEnd
        }
        view.strides = strides
        return view
    }
}
