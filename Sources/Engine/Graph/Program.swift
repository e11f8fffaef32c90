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
    public var argumentCount: Int { arguments.reduce(0) { max($0, $1 + 1) } }

    /// The arguments that it looks at.
    public var arguments: [Int] {
        rows.compactMap { row in
            if case .source(.argument(let index)) = row.op { index } else { nil }
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

/// The program behind some nodes, and which node became which row.
struct Recording {
    private(set) var program = Program()
    /// Inputs first. Markers have the row of their first input: only the gradient pass sees the difference.
    private(set) var nodes: [(node: Node, row: Int)] = []
    /// Values met on the way: the arguments from `reserved` on.
    private(set) var captured: [Buffer] = []
    private let reserved: Int

    /// Nodes that already are arguments (`source(.argument)`) keep their numbers below `reserved`.
    init(_ roots: [Node], reserved: Int = 0) {
        self.reserved = reserved
        var position: [ObjectIdentifier: Int] = [:]
        var stack: [Node] = []
        for root in roots {
            stack.append(root)
            while let node = stack.last {
                let id = ObjectIdentifier(node)
                if position[id] != nil {
                    stack.removeLast()
                    continue
                }
                let now = node.snapshot
                if now.value == nil {
                    let depth = stack.count
                    for input in now.inputs.reversed() where position[ObjectIdentifier(input)] == nil {
                        stack.append(input)
                    }
                    if stack.count > depth { continue }
                }
                stack.removeLast()
                let row = add(node, now, position)
                position[id] = row
                nodes.append((node, row))
            }
        }
        program.outputs = roots.map { position[ObjectIdentifier($0)]! }
    }

    private mutating func add(_ node: Node, _ now: Node.State, _ position: [ObjectIdentifier: Int]) -> Int {
        if let value = now.value {
            captured.append(value)
            let argument = Op.source(.argument(reserved + captured.count - 1))
            return program.append(.init(argument, shape: node.shape, dataType: node.dataType))
        }
        let inputs = now.inputs.map { position[ObjectIdentifier($0)]! }
        if node.isAlias { return inputs[0] }
        return program.append(.init(node.op, inputs, shape: node.shape, dataType: node.dataType))
    }

    /// The value of a row that was known before.
    func value(ofRow row: Int) -> Buffer? {
        guard case .source(.argument(let index)) = program.rows[row].op, index >= reserved else { return nil }
        return captured[index - reserved]
    }
}

extension Program {
    /// What evaluating the tensors would compute, before any pass.
    package init(recording tensors: [Tensor]) { self = Recording(tensors.map(\.node)).program }
}
