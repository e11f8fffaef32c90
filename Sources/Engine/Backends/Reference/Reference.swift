/// The oracle: every primitive as its definition says, one element at a time, in `Double` or `Int64`, rounded to the row's
/// type. Slow on purpose; nothing here is shared with the backend it judges.
enum Reference {
    static func run(_ program: Program, _ arguments: [Buffer]) throws -> [Buffer] {
        var values: [Values] = []
        for row in program.rows {
            values.append(try compute(row, row.inputs.map { (program.rows[$0], values[$0]) }, arguments))
        }
        return program.outputs.map { values[$0].buffer(program.rows[$0].dataType) }
    }

    /// Elements in row-major order: whole numbers and `bool` as `Int64`, the others as `Double`.
    struct Values {
        var floats: [Double] = []
        var integers: [Int64] = []
        let isFloating: Bool

        init(_ floats: [Double]) {
            self.floats = floats
            isFloating = true
        }
        init(_ integers: [Int64]) {
            self.integers = integers
            isFloating = false
        }

        var count: Int { isFloating ? floats.count : integers.count }

        /// The elements at these places; -1 stands for `filler`.
        func picked(_ places: [Int], filler: UInt64 = 0, as type: DataType = .float64) -> Values {
            isFloating
                ? Values(places.map { $0 < 0 ? ScalarBits.decode(filler, as: type) : floats[$0] })
                : Values(places.map { $0 < 0 ? integer(filler, as: type) : integers[$0] })
        }

        static func zipped(
            _ a: Values, _ b: Values, _ float: (Double, Double) -> Double, _ integer: (Int64, Int64) -> Int64
        )
            -> Values
        {
            a.isFloating ? Values(zip(a.floats, b.floats).map(float)) : Values(zip(a.integers, b.integers).map(integer))
        }

        func isBefore(_ a: Int, _ b: Int) -> Bool { isFloating ? floats[a] < floats[b] : integers[a] < integers[b] }
        func isNaN(_ a: Int) -> Bool { isFloating && floats[a].isNaN }
    }

    static func integer(_ bits: UInt64, as type: DataType) -> Int64 {
        type == .int64 ? Int64(bitPattern: bits) : Int64(ScalarBits.decode(bits, as: type))
    }

    private static func compute(
        _ row: Program.Row, _ inputs: [(row: Program.Row, values: Values)], _ arguments: [Buffer]
    ) throws -> Values {
        let x = inputs.map(\.values)
        switch row.op {
        case .source(.argument(let index)): return Values(arguments[index], row.dataType, row.shape.elementCount)
        case .source(.constant(let bits)):
            return row.dataType.isFloatingPoint
                ? Values([Double](repeating: ScalarBits.decode(bits, as: row.dataType), count: row.shape.elementCount))
                : Values([Int64](repeating: integer(bits, as: row.dataType), count: row.shape.elementCount))
        case .source(.index(let axis)): return Values(coordinates(row.shape).map { Int64($0[axis]) })
        case .source(.data): preconditionFailure("data does not occur in a program")
        case .unary(let op): return rounded(unary(op, x[0]), row.dataType)
        case .binary(let op): return rounded(binary(op, x[0], x[1]), row.dataType)
        case .comparison(let op): return compare(op, x[0], x[1])
        case .select:
            let places = x[0].integers
            return x[1].isFloating
                ? Values(places.indices.map { places[$0] != 0 ? x[1].floats[$0] : x[2].floats[$0] })
                : Values(places.indices.map { places[$0] != 0 ? x[1].integers[$0] : x[2].integers[$0] })
        case .cast: return rounded(cast(x[0], to: row.dataType), row.dataType)
        case .reduce(let op, let axes):
            return rounded(reduce(op, axes, x[0], inputs[0].row.shape, row.shape, row.dataType), row.dataType)
        case .argReduce(let greatest, let axis):
            return Values(
                lines(inputs[0].row.shape, axis).map { line in
                    Int64(
                        line.indices.reduce(0) { best, next in
                            if x[0].isNaN(line[best]) { return best }
                            if x[0].isNaN(line[next]) { return next }
                            let wins =
                                greatest ? x[0].isBefore(line[best], line[next]) : x[0].isBefore(line[next], line[best])
                            return wins ? next : best
                        })
                })
        case .cumulativeSum(let axis, let reverse, let exclusive):
            var result = x[0]
            for line in lines(row.shape, axis) {
                var (float, integer) = (0.0, Int64(0))
                for place in reverse ? line.reversed() : line {
                    if x[0].isFloating {
                        let before = float
                        float += x[0].floats[place]
                        result.floats[place] = exclusive ? before : float
                    } else {
                        let before = integer
                        integer &+= x[0].integers[place]
                        result.integers[place] = exclusive ? before : integer
                    }
                }
            }
            return rounded(result, row.dataType)
        case .argsort(let axis, let descending):
            var result = [Int64](repeating: 0, count: x[0].count)
            for line in lines(row.shape, axis) {
                let order = line.indices.sorted { a, b in
                    let (nanA, nanB) = (x[0].isNaN(line[a]), x[0].isNaN(line[b]))
                    if nanA || nanB { return nanA == nanB ? a < b : nanB }
                    let before = descending ? x[0].isBefore(line[b], line[a]) : x[0].isBefore(line[a], line[b])
                    let after = descending ? x[0].isBefore(line[a], line[b]) : x[0].isBefore(line[b], line[a])
                    return before || !after && a < b
                }
                for (place, source) in zip(line, order) { result[place] = Int64(source) }
            }
            return Values(result)
        case .matmul: return rounded(product(x[0], x[1], inputs[0].row.shape, inputs[1].row.shape), row.dataType)
        case .convolution(let op): return rounded(convolution(op, inputs, row), row.dataType)
        case .window(let op): return rounded(window(op, inputs, row), row.dataType)
        case .movement(let movement): return moved(movement, x[0], inputs[0].row.shape, row)
        case .concatenate(let axis):
            var start = 0
            var places: [(input: Int, place: Int)] = .init(repeating: (0, 0), count: row.shape.elementCount)
            let strides = row.shape.strides
            for (number, input) in inputs.enumerated() {
                for (place, coordinate) in coordinates(input.row.shape).enumerated() {
                    var shifted = coordinate
                    shifted[axis] += start
                    places[zip(shifted, strides).reduce(0) { $0 + $1.0 * $1.1 }] = (number, place)
                }
                start += input.row.shape[axis]
            }
            return x[0].isFloating
                ? Values(places.map { x[$0.input].floats[$0.place] })
                : Values(places.map { x[$0.input].integers[$0.place] })
        case .gather(let axis): return x[0].picked(try gathered(inputs[0].row.shape, x[1], axis, "gather"))
        case .scatter(let mode, let axis):
            var result = x[0]
            for (update, place) in try gathered(inputs[0].row.shape, x[1], axis, "scatter").enumerated() {
                if result.isFloating {
                    result.floats[place] = x[2].floats[update] + (mode == .add ? result.floats[place] : 0)
                } else {
                    result.integers[place] = x[2].integers[update] &+ (mode == .add ? result.integers[place] : 0)
                }
            }
            return rounded(result, row.dataType)
        case .random(let distribution, let stream):
            return Philox.values(
                distribution, key: UInt64(bitPattern: x[0].integers[0]), stream: stream, count: row.shape.elementCount,
                row.dataType)
        case .marker: return x[0]
        }
    }

    /// Every coordinate of a shape, in row-major order.
    static func coordinates(_ shape: Shape) -> [[Int]] {
        let strides = shape.strides
        return (0..<shape.elementCount).map { place in
            zip(strides, shape).map { place / max($0, 1) % max($1, 1) }
        }
    }

    /// The places of each line along an axis.
    private static func lines(_ shape: Shape, _ axis: Int) -> [[Int]] {
        let stride = shape.strides[axis]
        return coordinates(shape).enumerated().filter { $0.element[axis] == 0 }.map { start in
            (0..<shape[axis]).map { start.offset + $0 * stride }
        }
    }

    /// For each element of `gather(shape, indices)` its place in the source.
    private static func gathered(_ shape: Shape, _ indices: Values, _ axis: Int, _ op: String) throws -> [Int] {
        let inner = shape[(axis + 1)...].reduce(1, *)
        var places: [Int] = []
        for outer in 0..<shape[..<axis].reduce(1, *) {
            for (position, index) in indices.integers.enumerated() {
                let resolved = Int(index) < 0 ? Int(index) + shape[axis] : Int(index)
                guard resolved >= 0, resolved < shape[axis] else {
                    throw EngineError(
                        "\(op): index \(index) at position \(position) is outside an axis of size \(shape[axis])")
                }
                for offset in 0..<inner { places.append((outer * shape[axis] + resolved) * inner + offset) }
            }
        }
        return places
    }

    private static func moved(_ movement: Movement, _ x: Values, _ from: Shape, _ row: Program.Row) -> Values {
        let strides = from.strides
        func place(_ coordinate: [Int]) -> Int { zip(coordinate, strides).reduce(0) { $0 + $1.0 * $1.1 } }
        switch movement {
        case .reshape: return x
        case .transpose(let permutation):
            return x.picked(
                coordinates(row.shape).map { coordinate in
                    var source = coordinate
                    for (position, axis) in permutation.enumerated() { source[axis] = coordinate[position] }
                    return place(source)
                })
        case .broadcast:
            return x.picked(coordinates(row.shape).map { place(zip($0, from).map { $1 == 1 ? 0 : $0 }) })
        case .slice(let starts, let steps):
            return x.picked(
                coordinates(row.shape).map { coordinate in
                    place(coordinate.indices.map { starts[$0] + coordinate[$0] * steps[$0] })
                })
        case .pad(let low, _, let interior, let bits):
            return x.picked(
                coordinates(row.shape).map { coordinate in
                    var source = coordinate
                    for axis in coordinate.indices {
                        let shifted = coordinate[axis] - low[axis]
                        guard shifted >= 0, shifted % (interior[axis] + 1) == 0,
                            shifted / (interior[axis] + 1) < from[axis]
                        else { return -1 }
                        source[axis] = shifted / (interior[axis] + 1)
                    }
                    return place(source)
                }, filler: bits, as: row.dataType)
        }
    }

    private static func product(_ a: Values, _ b: Values, _ left: Shape, _ right: Shape) -> Values {
        let (m, k, n) = (left[left.rank - 2], left[left.rank - 1], right[right.rank - 1])
        var floats: [Double] = []
        var integers: [Int64] = []
        for batch in 0..<left.dropLast(2).reduce(1, *) {
            for row in 0..<m {
                for column in 0..<n {
                    let places = (0..<k).map { (batch * m * k + row * k + $0, batch * k * n + $0 * n + column) }
                    if a.isFloating {
                        floats.append(places.reduce(0) { $0 + a.floats[$1.0] * b.floats[$1.1] })
                    } else {
                        integers.append(places.reduce(0) { $0 &+ a.integers[$1.0] &* b.integers[$1.1] })
                    }
                }
            }
        }
        return a.isFloating ? Values(floats) : Values(integers)
    }

    private static func reduce(
        _ op: Reduction, _ axes: [Int], _ x: Values, _ from: Shape, _ to: Shape, _ type: DataType
    ) -> Values {
        var groups = [[Int]](repeating: [], count: to.elementCount)
        let strides = to.strides
        for (place, coordinate) in coordinates(from).enumerated() {
            let kept = coordinate.indices.filter { !axes.contains($0) }.map { coordinate[$0] }
            groups[zip(kept, strides).reduce(0) { $0 + $1.0 * $1.1 }].append(place)
        }
        if x.isFloating {
            return Values(
                groups.map { places in
                    let values = places.map { x.floats[$0] }
                    if op != .sum, values.contains(where: \.isNaN) { return .nan }
                    return switch op {
                    case .sum: values.reduce(0, +)
                    case .max: values.max() ?? -.infinity
                    case .min: values.min() ?? .infinity
                    case .any, .all: preconditionFailure("any and all are of bool")
                    }
                })
        }
        return Values(
            groups.map { places in
                let values = places.map { x.integers[$0] }
                return switch op {
                case .sum: values.reduce(0, &+)
                case .max: values.max() ?? ScalarBits.least(type)
                case .min: values.min() ?? ScalarBits.greatest(type)
                case .any: values.contains { $0 != 0 } ? 1 : 0
                case .all: values.allSatisfy { $0 != 0 } ? 1 : 0
                }
            })
    }
}

extension ScalarBits {
    static func least(_ type: DataType) -> Int64 { type == .int32 ? Int64(Int32.min) : type == .int64 ? .min : 0 }
    static func greatest(_ type: DataType) -> Int64 {
        type == .int32 ? Int64(Int32.max) : type == .int64 ? .max : type == .bool ? 1 : 255
    }
}
