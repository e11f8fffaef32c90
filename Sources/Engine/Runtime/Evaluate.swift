internal import CKernels

/// A computation that failed because of the values it met.
public struct EngineError: Error, Sendable, CustomStringConvertible {
    public let description: String
    init(_ description: String) { self.description = description }
}

/// Where a graph is computed.
public enum Device: Sendable, Hashable {
    /// oneDNN and Thalweg's own kernels.
    case cpu
    /// Slow, obvious Swift: the oracle that tests compare with.
    case reference
}

/// Computes several values in one plan, so that what they share is computed once. Traps where the computation fails (an
/// index out of range); `evaluateChecked` throws instead.
public func evaluate(
    _ tensors: [Tensor], on device: Device = .cpu, threads: Int? = nil, file: StaticString = #fileID,
    line: UInt = #line
) {
    do { try evaluateChecked(tensors, on: device, threads: threads, file: file, line: line) } catch {
        CallSite("evaluate", file, line).fail("\(error)")
    }
}

/// Computes several values in one plan.
///
/// - Throws: `EngineError` where the values make the computation impossible: an index out of range.
public func evaluateChecked(
    _ tensors: [Tensor], on device: Device = .cpu, threads: Int? = nil, file: StaticString = #fileID,
    line: UInt = #line
) throws {
    for tensor in tensors where tensor.node.isSymbolic {
        CallSite("evaluate", file, line).fail(
            "a symbolic \(tensor.dataType.rawValue)\(tensor.shape) was read: inside a captured function tensors have no "
                + "values yet")
    }
    try Evaluation.evaluate(tensors.map(\.node), on: device, threads: threads)
}

enum Evaluation {
    static func evaluate(_ nodes: [Node], on device: Device = .cpu, threads: Int? = nil) throws {
        // A number everywhere needs no plan, and a plan for each number would crowd out those that are used again.
        let pending = nodes.filter { $0.value == nil && !$0.fillIfConstant() }
        if pending.isEmpty { return }
        let recording = Recording(pending)
        var program = recording.program
        program.outputs = []
        var outputs: [Int: Int] = [:]  // by row
        var published: [(node: Node, output: Int)] = []
        let roots = Set(pending.map(ObjectIdentifier.init))
        // What the user can still see is kept as well: it would be computed a second time otherwise.
        for (node, row) in recording.nodes
        where roots.contains(ObjectIdentifier(node)) || node.isVisible && !node.isCheap {
            if let value = recording.value(ofRow: row) {
                node.evaluated(value)
            } else {
                if outputs[row] == nil {
                    outputs[row] = program.outputs.count
                    program.outputs.append(row)
                }
                published.append((node, outputs[row]!))
            }
        }
        if published.isEmpty { return }
        let values: [Buffer]
        switch device {
        case .cpu:
            var arguments = recording.captured
            values = try PlanCache.shared.plan(for: program).run(&arguments, threads: threads ?? Threads.available)
        case .reference: values = try Reference.run(program, recording.captured)
        }
        for (node, output) in published { node.evaluated(values[output]) }
    }
}

// MARK: Bounded laziness

extension Evaluation {
    /// A chain of more pending nodes than this is evaluated without being asked for.
    static let depthLimit = 1000
    /// So is what keeps more memory alive than this that nobody else can see.
    static let byteLimit = 1 << 28

    /// Evaluates those whose backlog has grown too much. Symbolic nodes have no values, and those that a gradient is asked
    /// for through are computed together with it.
    static func relieve(_ tensors: [Tensor], depthLimit: Int = depthLimit) {
        let overdue = tensors.map(\.node).filter { $0.isOverdue(depthLimit) && !hasOnlyVisibleBytes($0, depthLimit) }
        if overdue.isEmpty { return }
        // A failure shows when the value is asked for; until then the work is put off again.
        do { try evaluate(overdue) } catch { for node in overdue { node.backlog = Backlog() } }
    }

    /// Counts the bytes exactly, without those that the user holds anyway, where only the bound on them is exceeded.
    private static func hasOnlyVisibleBytes(_ root: Node, _ depthLimit: Int) -> Bool {
        if root.backlog.depth >= depthLimit { return false }
        var seen: Set<ObjectIdentifier> = []
        var stack = [root]
        var bytes = 0
        while let node = stack.popLast() {
            guard seen.insert(ObjectIdentifier(node)).inserted else { continue }
            let now = node.snapshot
            if let value = now.value {
                bytes += node.isVisible ? 0 : value.byteCount
            } else {
                stack.append(contentsOf: now.inputs)
            }
        }
        root.backlog.bytes = bytes
        return bytes < byteLimit
    }
}

extension Node {
    func isOverdue(_ depthLimit: Int = Evaluation.depthLimit) -> Bool {
        backlog.exceeds(depth: depthLimit, bytes: Evaluation.byteLimit) && !isSymbolic && !isTraced
    }

    /// Writes the value out if the node is a constant.
    fileprivate func fillIfConstant() -> Bool {
        guard case .source(.constant(let bits)) = op else { return false }
        let buffer = Buffer(byteCount: shape.elementCount * dataType.size)
        withUnsafeBytes(of: bits.littleEndian) {
            tw_fill(dataType.size, buffer.memory, Int64(shape.elementCount), $0.baseAddress!)
        }
        evaluated(buffer)
        return true
    }

    /// Not worth memory of its own: making it again costs less than reading it.
    var isCheap: Bool {
        switch op {
        case .source(.constant), .source(.index), .movement(.broadcast): true
        default: false
        }
    }
}

public enum Threads {
    /// Processors this process may use.
    public static var available: Int { Int(tw_processor_count()) }
}
