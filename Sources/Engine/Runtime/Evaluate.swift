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
public func evaluate(_ tensors: [Tensor], on device: Device = .cpu, threads: Int? = nil) {
    do { try evaluateChecked(tensors, on: device, threads: threads) } catch { fatalError("\(error)") }
}

/// Computes several values in one plan.
///
/// - Throws: `EngineError` where the values make the computation impossible: an index out of range.
public func evaluateChecked(_ tensors: [Tensor], on device: Device = .cpu, threads: Int? = nil) throws {
    try Evaluation.evaluate(tensors.map(\.node), on: device, threads: threads)
}

enum Evaluation {
    /// A chain of more pending nodes than this is evaluated without being asked for.
    static let pendingLimit = 1000

    static func relieve(_ node: Node) {
        if node.isSymbolic { return }
        do { try evaluate([node], on: .cpu, threads: nil) } catch { fatalError("\(error)") }
    }

    static func evaluate(_ nodes: [Node], on device: Device, threads: Int?) throws {
        var roots: [Node] = []
        var seen: Set<ObjectIdentifier> = []
        for node in nodes where node.value == nil && seen.insert(ObjectIdentifier(node)).inserted {
            precondition(
                !node.isSymbolic,
                "the value of a symbolic tensor was read: inside a captured function tensors have no values yet")
            roots.append(node)
        }
        if roots.isEmpty { return }
        var (program, order, captured) = Program.recording(roots)
        // What the user can still see is kept as well: it would be computed a second time otherwise.
        for (position, node) in order.enumerated()
        where node.value == nil && node.isVisible && !node.isCheap && seen.insert(ObjectIdentifier(node)).inserted {
            roots.append(node)
            program.outputs.append(position)
        }
        let values: [Buffer]
        switch device {
        case .cpu: values = try PlanCache.shared.plan(for: program).run(&captured, threads: threads ?? Threads.available)
        case .reference: values = try Reference.run(program, captured)
        }
        for (node, value) in zip(roots, values) { node.evaluated(value) }
    }
}

extension Node {
    /// Not worth memory of its own: making it again costs less than reading it.
    fileprivate var isCheap: Bool {
        switch op {
        case .source, .movement(.broadcast): true
        default: false
        }
    }
}

public enum Threads {
    /// Processors this process may use.
    public static var available: Int { Int(tw_processor_count()) }
}
