import Synchronization

/// One step of a computation that was recorded: an op, its inputs, and what comes out.
///
/// A node is pending (it knows its inputs) or evaluated (it knows its value). Evaluation drops the inputs, so that the
/// graph behind a value that was read is freed; only while a gradient trace watches the node are they kept.
final class Node: Sendable {
    let op: Op
    let shape: Shape
    let dataType: DataType
    /// Length of the longest pending chain behind this node when it was recorded.
    let depth: Int
    /// Depends on an argument of a function being captured: has no value to be had.
    let isSymbolic: Bool
    /// The outermost gradient trace this node depends on.
    let trace: Trace?
    /// Handles that a user can see; evaluation makes these nodes' values too, so that nothing is computed twice.
    let handles = Atomic<Int>(0)
    private let state: Mutex<State>

    private struct State {
        var inputs: [Node]
        var value: Buffer?
    }

    /// `watchedBy`: the trace this node is a leaf of; one it inherits from its inputs goes first if it is further out.
    init(_ op: Op, _ inputs: [Node], shape: Shape, dataType: DataType, watchedBy own: Trace? = nil) {
        self.op = op
        self.shape = shape
        self.dataType = dataType
        var depth = 0
        var isSymbolic = false
        var trace = own
        for input in inputs {
            if input.value == nil { depth = max(depth, input.depth + 1) }
            isSymbolic = isSymbolic || input.isSymbolic
            if let other = input.trace, other.isActive, trace.map({ other.depth < $0.depth }) ?? true { trace = other }
        }
        self.depth = depth
        self.isSymbolic = isSymbolic
        self.trace = trace
        state = Mutex(State(inputs: inputs, value: nil))
    }

    /// A leaf with its value.
    init(value: Buffer, shape: Shape, dataType: DataType) {
        op = .source(.data)
        self.shape = shape
        self.dataType = dataType
        depth = 0
        isSymbolic = false
        trace = nil
        state = Mutex(State(inputs: [], value: value))
    }

    /// An argument of a function that is being captured.
    init(argument index: Int, shape: Shape, dataType: DataType) {
        op = .source(.argument(index))
        self.shape = shape
        self.dataType = dataType
        depth = 0
        isSymbolic = true
        trace = nil
        state = Mutex(State(inputs: [], value: nil))
    }

    var inputs: [Node] { state.withLock { $0.inputs } }
    var value: Buffer? { state.withLock { $0.value } }
    var isVisible: Bool { handles.load(ordering: .relaxed) > 0 }
    /// Has the value of its first input, unchanged.
    var isAlias: Bool {
        switch op {
        case .marker: true
        case .movement(.reshape): inputs.first?.shape == shape
        default: false
        }
    }
    var byteCount: Int { shape.elementCount * dataType.size }

    /// Publishes the value and lets go of the inputs, unless a gradient may still ask for them.
    func evaluated(_ buffer: Buffer) {
        let released: [Node] = state.withLock { state in
            state.value = buffer
            if let trace, trace.isActive { return [] }
            defer { state.inputs = [] }
            return state.inputs
        }
        Node.release(consume released)
    }

    deinit {
        let inputs = state.withLock { state in
            defer { state.inputs = [] }
            return state.inputs
        }
        if !inputs.isEmpty { Node.release(consume inputs) }
    }

    /// Frees a chain of nodes in a loop: a recursive `deinit` would overflow the stack on a long chain.
    private static func release(_ nodes: consuming [Node]) {
        var pending = consume nodes
        while var node = pending.popLast() {
            guard isKnownUniquelyReferenced(&node) else { continue }
            let inputs = node.state.withLock { state in
                defer { state.inputs = [] }
                return state.inputs
            }
            pending.append(contentsOf: inputs)
        }
    }
}

/// The extent of one `valueAndGradient` call. While it is active, nodes behind its leaves keep their inputs.
final class Trace: Sendable {
    let depth: Int
    private let active = Atomic<Bool>(true)

    init(inside outer: Trace?) { depth = (outer?.depth ?? -1) + 1 }

    var isActive: Bool { active.load(ordering: .acquiring) }
    func end() { active.store(false, ordering: .releasing) }
}

/// What a `Tensor` holds: a node and the fact that somebody can see it.
final class Handle: Sendable {
    let node: Node

    init(_ node: Node) {
        self.node = node
        node.handles.wrappingAdd(1, ordering: .relaxed)
    }

    deinit { node.handles.wrappingSubtract(1, ordering: .relaxed) }
}
