// Products over axes: all of them become `matmul`.

/// Matrix product with NumPy's rules: the last two axes are matrices, the others broadcast; a vector on the left is a row,
/// on the right a column, and its axis is gone from the result.
public func matmul(_ a: Tensor, _ b: Tensor, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    let site = CallSite("matmul", file, line)
    site.require(
        a.dataType == b.dataType && a.dataType != .bool,
        "cannot multiply \(a.dataType.rawValue)\(a.shape) by \(b.dataType.rawValue)\(b.shape)")
    site.require(a.rank > 0 && b.rank > 0, "scalars are multiplied by *: \(a.shape), \(b.shape)")
    let left = a.rank == 1 ? a.expandingDimensions(at: 0) : a
    let right = b.rank == 1 ? b.expandingDimensions(at: 1) : b
    let (m, k) = (left.shape[left.rank - 2], left.shape[left.rank - 1])
    let n = right.shape[right.rank - 1]
    site.require(
        right.shape[right.rank - 2] == k,
        "\(a.shape) by \(b.shape): \(k) columns against \(right.shape[right.rank - 2]) rows")
    let batch = site.require { () throws(ShapeError) in
        try ShapeRules.broadcast(Shape(Array(left.shape.dropLast(2))), Shape(Array(right.shape.dropLast(2))))
    }
    let product: Tensor
    if right.rank == 2, left.rank > 2 {
        // One matrix for every example: a single, taller product.
        product = Tensor.record(
            .matmul, [left.reshaped(to: [batch.elementCount * m, k]), right], shape: [batch.elementCount * m, n],
            dataType: a.dataType
        ).reshaped(to: Shape(batch.dimensions + [m, n]))
    } else {
        product = Tensor.record(
            .matmul,
            [
                left.stretched(to: Shape(batch.dimensions + [m, k])),
                right.stretched(to: Shape(batch.dimensions + [k, n])),
            ],
            shape: Shape(batch.dimensions + [m, n]), dataType: a.dataType)
    }
    var dimensions = batch.dimensions
    if a.rank > 1 { dimensions.append(m) }
    if b.rank > 1 { dimensions.append(n) }
    return product.reshaped(to: Shape(dimensions))
}

/// All products of an element of `a` and one of `b`: shape `a.shape + b.shape`.
public func outer(_ a: Tensor, _ b: Tensor, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
    Tensor.binary(
        .multiply, a.reshaped(to: Shape(a.shape.dimensions + [Int](repeating: 1, count: b.rank))), b,
        CallSite("outer", file, line))
}

/// Einstein summation: `einsum("bij,bjk->bik", a, b)`. Letters name axes; a letter that is missing on the right is summed
/// over; without `->` the letters that occur once remain, in alphabetical order. One or more operands.
public func einsum(
    _ equation: String, _ operands: Tensor..., file: StaticString = #fileID, line: UInt = #line
) -> Tensor { einsum(equation, operands, file: file, line: line) }

/// Einstein summation over a list of operands.
public func einsum(
    _ equation: String, _ operands: [Tensor], file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    let site = CallSite("einsum(\"\(equation)\")", file, line)
    let text = equation.filter { $0 != " " }
    let arrow = text.firstRange(of: "->")
    let terms = (arrow.map { String(text[..<$0.lowerBound]) } ?? text)
        .split(separator: ",", omittingEmptySubsequences: false).map(Array.init)
    site.require(terms.count == operands.count, "\(terms.count) terms for \(operands.count) operands")
    var size: [Character: Int] = [:]
    for (term, operand) in zip(terms, operands) {
        site.require(term.count == operand.rank, "term \"\(String(term))\" does not name the axes of \(operand.shape)")
        for (letter, length) in zip(term, operand.shape) {
            site.require(letter.isLetter, "'\(letter)' is not a letter")
            site.require(
                size[letter, default: length] == length, "axis \(letter) is \(size[letter] ?? 0) and \(length)")
            size[letter] = length
        }
    }
    let occurrences = Dictionary(terms.joined().map { ($0, 1) }, uniquingKeysWith: +)
    let output = arrow.map { Array(text[$0.upperBound...]) } ?? occurrences.filter { $0.value == 1 }.keys.sorted()
    site.require(
        Set(output).count == output.count && output.allSatisfy { size[$0] != nil },
        "output \"\(String(output))\" names an axis twice or one that no operand has")

    var result = Labeled(operands[0], terms[0]).withoutRepeats()
    for position in operands.indices.dropFirst() {
        let next = Labeled(operands[position], terms[position]).withoutRepeats()
        let needed = Set(output).union(terms[(position + 1)...].joined())
        result = result.contracted(with: next, keeping: needed)
    }
    return result.summed(keeping: Set(output)).ordered(output).tensor
}

/// A tensor whose axes have letters.
private struct Labeled {
    var tensor: Tensor
    var axes: [Character]

    init(_ tensor: Tensor, _ axes: [Character]) {
        self.tensor = tensor
        self.axes = axes
    }

    func ordered(_ order: [Character]) -> Labeled {
        Labeled(tensor.transposed(order.map { axes.firstIndex(of: $0)! }), order)
    }

    func summed(keeping kept: Set<Character>) -> Labeled {
        let gone = axes.indices.filter { !kept.contains(axes[$0]) }
        return gone.isEmpty ? self : Labeled(tensor.sum(along: Axes(gone)), axes.filter(kept.contains))
    }

    /// A letter that occurs twice takes the diagonal of its axes.
    func withoutRepeats() -> Labeled {
        var result = self
        while let first = result.axes.indices.first(where: { result.axes[($0 + 1)...].contains(result.axes[$0]) }) {
            let letter = result.axes[first]
            let second = result.axes[(first + 1)...].firstIndex(of: letter)!
            let others = result.axes.indices.filter { $0 != first && $0 != second }
            result = Labeled(
                result.tensor.transposed(others + [first, second]).diagonal(), others.map { result.axes[$0] } + [letter]
            )
        }
        return result
    }

    func contracted(with other: Labeled, keeping needed: Set<Character>) -> Labeled {
        let left = summed(keeping: needed.union(other.axes))
        let right = other.summed(keeping: needed.union(axes))
        let shared = left.axes.filter(right.axes.contains)
        let batch = shared.filter(needed.contains)
        let summed = shared.filter { !needed.contains($0) }
        let rows = left.axes.filter { !shared.contains($0) }
        let columns = right.axes.filter { !shared.contains($0) }
        func sizes(_ letters: [Character], _ labeled: Labeled) -> [Int] {
            letters.map { labeled.tensor.shape[labeled.axes.firstIndex(of: $0)!] }
        }
        let (batchSizes, rowSizes, columnSizes) = (sizes(batch, left), sizes(rows, left), sizes(columns, right))
        let k = sizes(summed, left).reduce(1, *)
        let a = left.ordered(batch + rows + summed).tensor
            .reshaped(to: Shape(batchSizes + [rowSizes.reduce(1, *), k]))
        let b = right.ordered(batch + summed + columns).tensor
            .reshaped(to: Shape(batchSizes + [k, columnSizes.reduce(1, *)]))
        return Labeled(
            matmul(a, b).reshaped(to: Shape(batchSizes + rowSizes + columnSizes)), batch + rows + columns)
    }
}

extension Tensor {
    /// Sum of products of two vectors of equal length.
    public func dot(_ other: Tensor, file: StaticString = #fileID, line: UInt = #line) -> Tensor {
        CallSite("dot", file, line).require(
            rank == 1 && other.shape == shape, "needs two vectors of one length, found \(shape) and \(other.shape)")
        return (self * other).sum()
    }
}
