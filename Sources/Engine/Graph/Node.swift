import Synchronization

/// One step of a computation that was recorded: an op, its inputs, and what comes out.
///
/// A node is pending (it knows its inputs) or evaluated (it knows its value). Evaluation drops the inputs, so that the
/// graph behind a value that was read is freed; only while a gradient trace watches the node are they kept.
final class Node: Sendable {
    let op: Op
    let shape: Shape
    let dataType: DataType
    /// Depends on an argument of a function being captured: has no value to be had.
    let isSymbolic: Bool
    /// The outermost gradient trace this node depends on.
    let trace: Trace?
    /// Handles that a user can see; evaluation makes these nodes' values too, so that nothing is computed twice.
    let handles = Atomic<Int>(0)
    private let state: Mutex<State>

    struct State {
        var value: Buffer?
        var inputs: [Node]
        var backlog: Backlog
    }

    /// `watchedBy`: the trace this node is a leaf of; one it inherits from its inputs goes first if it is further out.
    init(_ op: Op, _ inputs: [Node], shape: Shape, dataType: DataType, watchedBy own: Trace? = nil) {
        self.op = op
        self.shape = shape
        self.dataType = dataType
        var backlog = Backlog()
        var isSymbolic = false
        var trace = own
        for input in inputs {
            let (value, waiting) = input.state.withLock { ($0.value, $0.backlog) }
            if let value { backlog.add(value) } else { backlog.add(waiting) }
            isSymbolic = isSymbolic || input.isSymbolic
            if let other = input.trace, other.isActive, trace.map({ other.isOutside($0) }) ?? true { trace = other }
        }
        self.isSymbolic = isSymbolic
        self.trace = trace
        state = Mutex(State(value: nil, inputs: inputs, backlog: backlog))
    }

    /// A leaf with its value.
    init(value: Buffer, shape: Shape, dataType: DataType) {
        op = .source(.data)
        self.shape = shape
        self.dataType = dataType
        isSymbolic = false
        trace = nil
        state = Mutex(State(value: value, inputs: [], backlog: Backlog()))
    }

    /// An argument of a function that is being captured.
    init(argument index: Int, shape: Shape, dataType: DataType) {
        op = .source(.argument(index))
        self.shape = shape
        self.dataType = dataType
        isSymbolic = true
        trace = nil
        state = Mutex(State(value: nil, inputs: [], backlog: Backlog()))
    }

    /// Value and inputs at one moment: another task may evaluate the node meanwhile, and then the inputs go.
    var snapshot: State { state.withLock { $0 } }
    var inputs: [Node] { state.withLock { $0.inputs } }
    var value: Buffer? { state.withLock { $0.value } }
    var isVisible: Bool { handles.load(ordering: .relaxed) > 0 }
    /// A gradient may still ask for the way to this node.
    var isTraced: Bool { trace?.isActive ?? false }
    /// Has the value of its first input, unchanged.
    var isAlias: Bool {
        if case .marker = op { true } else { false }
    }

    /// What waits behind this node.
    var backlog: Backlog {
        get { state.withLock { $0.backlog } }
        set { state.withLock { $0.backlog = newValue } }
    }

    /// Publishes the value and lets go of the inputs, unless a gradient may still ask for them. The first value stays:
    /// another task may have been faster.
    func evaluated(_ buffer: Buffer) {
        let released: [Node] = state.withLock { state in
            if state.value == nil { state.value = buffer }
            if let trace, trace.keeps(self) { return [] }
            defer { state.inputs = [] }
            return state.inputs
        }
        Node.release(consume released)
    }

    /// Lets go of the inputs of an evaluated node whose trace is over.
    fileprivate func forgetInputs() {
        let released: [Node] = state.withLock { state in
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

/// What recording has put off: how long the chain of pending nodes is, and how much memory it keeps alive.
struct Backlog {
    var depth = 0
    /// An upper bound: what is reached on two ways is counted twice.
    var bytes = 0

    mutating func add(_ value: Buffer) { bytes = min(bytes, .max - value.byteCount) + value.byteCount }

    mutating func add(_ input: Backlog) {
        depth = max(depth, input.depth + 1)
        bytes = min(bytes, .max - input.bytes) + input.bytes
    }

    func exceeds(depth depthLimit: Int, bytes byteLimit: Int) -> Bool { depth >= depthLimit || bytes >= byteLimit }
}

/// The extent of one `valueAndGradient` call. While it is active, nodes behind its leaves keep their inputs.
final class Trace: Sendable {
    private static let count = Atomic<Int>(0)
    private let number = Trace.count.wrappingAdd(1, ordering: .relaxed).newValue
    private let active = Atomic<Bool>(true)
    /// Nodes that were evaluated meanwhile and owe their inputs to this trace.
    private let kept = Mutex<[Reference]>([])

    private struct Reference: Sendable { weak var node: Node? }

    var isActive: Bool { active.load(ordering: .acquiring) }

    /// Began earlier, and therefore ends later.
    func isOutside(_ other: Trace) -> Bool { number < other.number }

    fileprivate func keeps(_ node: Node) -> Bool {
        kept.withLock { kept in
            guard isActive else { return false }
            kept.append(Reference(node: node))
            return true
        }
    }

    func end() {
        let nodes = kept.withLock { kept in
            active.store(false, ordering: .releasing)
            defer { kept = [] }
            return kept
        }
        for reference in nodes { reference.node?.forgetInputs() }
    }
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
