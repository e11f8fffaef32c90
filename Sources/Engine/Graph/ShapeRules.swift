/// A shape or type that an operation cannot take.
public struct ShapeError: Error, Sendable, Equatable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}

/// The shape rules, each written once as a pure function. Operators turn the error into a trap that names the caller;
/// importers let it through.
enum ShapeRules {
    /// More axes than this are refused: kernels keep strides in fixed arrays.
    static let maximumRank = 12

    /// NumPy's rule: align at the last axis; sizes are equal or one of them is 1.
    static func broadcast(_ a: Shape, _ b: Shape) throws(ShapeError) -> Shape {
        if a == b { return a }
        let rank = max(a.rank, b.rank)
        var result = [Int](repeating: 1, count: rank)
        for offset in 1...max(rank, 1) where offset <= rank {
            let x = offset <= a.rank ? a[a.rank - offset] : 1
            let y = offset <= b.rank ? b[b.rank - offset] : 1
            guard x == y || x == 1 || y == 1 else {
                throw ShapeError("shapes \(a) and \(b) do not broadcast: \(x) against \(y) at axis -\(offset)")
            }
            result[rank - offset] = x == 1 ? y : x
        }
        return Shape(result)
    }

    /// A position in 0..<rank; negative axes count from the end.
    static func axis(_ axis: Int, rank: Int) throws(ShapeError) -> Int {
        let resolved = axis < 0 ? axis + rank : axis
        guard resolved >= 0, resolved < rank else {
            throw ShapeError("axis \(axis) is out of range for rank \(rank)")
        }
        return resolved
    }

    /// Sorted distinct positions; nil means all.
    static func axes(_ axes: [Int]?, rank: Int) throws(ShapeError) -> [Int] {
        guard let axes else { return Array(0..<rank) }
        var resolved: [Int] = []
        for axis in axes { resolved.append(try self.axis(axis, rank: rank)) }
        resolved.sort()
        guard Set(resolved).count == resolved.count else { throw ShapeError("axes \(axes) name an axis twice") }
        return resolved
    }

    static func reduced(_ shape: Shape, axes: [Int], keepingDimensions: Bool) -> Shape {
        var result: [Int] = []
        for (axis, size) in shape.enumerated() {
            if !axes.contains(axis) {
                result.append(size)
            } else if keepingDimensions {
                result.append(1)
            }
        }
        return Shape(result)
    }

    /// Fills in one -1.
    static func reshape(_ shape: Shape, to target: Shape) throws(ShapeError) -> Shape {
        var result = target
        let unknown = target.indices.filter { target[$0] == -1 }
        guard unknown.count <= 1, !target.contains(where: { $0 < -1 }) else {
            throw ShapeError("cannot reshape \(shape) to \(target): at most one -1, no other negative size")
        }
        if let axis = unknown.first {
            let known = target.reduce(1) { $1 == -1 ? $0 : $0 * $1 }
            guard known > 0, shape.elementCount % known == 0 else {
                throw ShapeError(
                    "cannot reshape \(shape) to \(target): \(shape.elementCount) elements do not divide by \(known)")
            }
            result[axis] = shape.elementCount / known
        }
        guard result.elementCount == shape.elementCount else {
            throw ShapeError(
                "cannot reshape \(shape) (\(shape.elementCount) elements) to \(target) (\(result.elementCount))")
        }
        return result
    }

    static func concatenate(_ shapes: [Shape], axis: Int) throws(ShapeError) -> Shape {
        var result = shapes[0]
        for shape in shapes.dropFirst() {
            guard shape.rank == result.rank else { throw ShapeError("ranks differ: \(shapes[0]) and \(shape)") }
            for other in 0..<shape.rank where other != axis && shape[other] != result[other] {
                throw ShapeError("sizes differ at axis \(other): \(shapes[0]) and \(shape)")
            }
            result[axis] += shape[axis]
        }
        return result
    }

    static func permutation(_ permutation: [Int], rank: Int) throws(ShapeError) -> [Int] {
        var resolved: [Int] = []
        for axis in permutation { resolved.append(try self.axis(axis, rank: rank)) }
        guard resolved.sorted() == Array(0..<rank) else {
            throw ShapeError("\(permutation) is not a permutation of \(rank) axes")
        }
        return resolved
    }
}
