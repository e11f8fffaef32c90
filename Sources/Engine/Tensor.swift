/// An array of numbers of any rank, recorded lazily.
///
/// Operations record a graph; values are computed when they are read (`item()`, `scalars(as:)`, printing) or when
/// `evaluate` asks for them. Tensors are immutable values and safe to share between tasks.
public struct Tensor: Sendable {
    let handle: Handle

    init(_ node: Node) { handle = Handle(node) }

    var node: Node { handle.node }
    public var shape: Shape { node.shape }
    public var dataType: DataType { node.dataType }
    public var rank: Int { shape.rank }
    public var elementCount: Int { shape.elementCount }
}

/// Where a public operation was called: named in the message when it was called wrongly.
public struct CallSite: Sendable {
    let operation: String
    let file: StaticString
    let line: UInt

    init(_ operation: String, _ file: StaticString, _ line: UInt) {
        self.operation = operation
        self.file = file
        self.line = line
    }

    func fail(_ problem: String) -> Never { fatalError("\(operation): \(problem)", file: file, line: line) }

    /// Runs a throwing shape rule; a violation is a programming mistake.
    func require<T>(_ rule: () throws(ShapeError) -> T) -> T {
        do { return try rule() } catch { fail(error.description) }
    }

    func require(_ condition: Bool, _ problem: @autoclosure () -> String) {
        if !condition { fail(problem()) }
    }
}

extension Tensor {
    /// Records a node, and evaluates what is behind it when that has grown too much: a program that never reads a value
    /// neither grows without bound nor recurses.
    static func record(_ op: Op, _ inputs: [Tensor], shape: Shape, dataType: DataType) -> Tensor {
        record(op, inputs.map(\.node), shape: shape, dataType: dataType)
    }

    static func record(_ op: Op, _ inputs: [Node], shape: Shape, dataType: DataType) -> Tensor {
        let tensor = Tensor(Node(op, inputs, shape: shape, dataType: dataType))
        if tensor.node.isOverdue() { Evaluation.relieve([tensor]) }
        return tensor
    }
}
