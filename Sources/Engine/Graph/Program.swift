/// A graph in canonical form: rows in an order in which inputs come first, named by position.
///
/// Two graphs that compute the same thing the same way have equal programs, whatever nodes they were recorded as: this is
/// the key of the plan cache and the form every pass after `Gradient` reads and writes.
public struct Program: Hashable, Sendable {
    public struct Row: Hashable, Sendable {
        public var op: Op
        public var inputs: [Int]
        public var shape: Shape
        public var dataType: DataType

        public init(_ op: Op, _ inputs: [Int] = [], shape: Shape, dataType: DataType) {
            self.op = op
            self.inputs = inputs
            self.shape = shape
            self.dataType = dataType
        }

        var byteCount: Int { shape.elementCount * dataType.size }
    }

    public var rows: [Row] = []
    /// Rows whose values leave the program, in the caller's order.
    public var outputs: [Int] = []

    public init() {}

    /// The number of arguments.
    public var argumentCount: Int {
        rows.reduce(0) { count, row in
            if case .source(.argument(let index)) = row.op { max(count, index + 1) } else { count }
        }
    }

    @discardableResult
    mutating func append(_ row: Row) -> Int {
        rows.append(row)
        return rows.count - 1
    }
}

extension Program: CustomStringConvertible {
    /// One line a row: `%3 = add(%1, %2) float32[2, 3]`.
    public var description: String {
        var lines = rows.enumerated().map { index, row in
            let inputs = row.inputs.map { "%\($0)" }.joined(separator: ", ")
            return "%\(index) = \(row.op.name)(\(inputs)) \(row.dataType.rawValue)\(row.shape)"
        }
        lines.append("return " + outputs.map { "%\($0)" }.joined(separator: ", "))
        return lines.joined(separator: "\n")
    }
}

extension Program {
    /// The program behind `roots`, with the evaluated nodes it reads as arguments.
    ///
    /// Nodes that already are arguments (`source(.argument)`) keep their numbers below `reserved`; values that are met
    /// on the way take the numbers from there on and are listed in `captured`.
    static func recording(_ roots: [Node], reserved: Int = 0) -> (program: Program, order: [Node], captured: [Buffer]) {
        var program = Program()
        var order: [Node] = []
        var captured: [Buffer] = []
        var position: [ObjectIdentifier: Int] = [:]
        var stack: [(node: Node, expanded: Bool)] = []
        for root in roots {
            stack.append((root, false))
            while let (node, expanded) = stack.popLast() {
                let id = ObjectIdentifier(node)
                if position[id] != nil { continue }
                if let value = node.value {
                    let row = Row(
                        .source(.argument(reserved + captured.count)), shape: node.shape, dataType: node.dataType)
                    position[id] = program.append(row)
                    captured.append(value)
                    order.append(node)
                    continue
                }
                let inputs = node.inputs
                if node.isAlias {
                    // Only the gradient pass sees the difference between a marker and its first input.
                    if let same = position[ObjectIdentifier(inputs[0])] {
                        position[id] = same
                    } else {
                        stack.append((node, true))
                        stack.append((inputs[0], false))
                    }
                    continue
                }
                if expanded {
                    let row = Row(
                        node.op, inputs.map { position[ObjectIdentifier($0)]! }, shape: node.shape, dataType: node.dataType)
                    position[id] = program.append(row)
                    order.append(node)
                } else {
                    stack.append((node, true))
                    for input in inputs.reversed() where position[ObjectIdentifier(input)] == nil {
                        stack.append((input, false))
                    }
                }
            }
        }
        program.outputs = roots.map { position[ObjectIdentifier($0)]! }
        return (program, order, captured)
    }
}
