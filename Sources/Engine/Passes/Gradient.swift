// Which graph computes the derivative of this graph?
//
// Reverse mode: walk from the result to the leaves and record, for each node, ordinary operations that turn the gradient
// of its output into the gradients of its inputs. What is recorded is a graph again, so gradients have any order.

/// The value of `f` and its gradients at `points`. `f` returns a scalar; the points are floating-point tensors.
///
/// Gradients of points that `f` does not depend on are zeros. Gradients nest: `f` may call this itself.
public func valueAndGradient(
    of f: ([Tensor]) throws -> Tensor, at points: [Tensor], file: StaticString = #fileID, line: UInt = #line
) rethrows -> (value: Tensor, gradients: [Tensor]) {
    let (value, _, gradients) = try valueAndGradient(
        of: { (try f($0), ()) }, at: points, file: file, line: line)
    return (value, gradients)
}

/// As `valueAndGradient`, for a function that returns more than the value that is differentiated (metrics, new state).
public func valueAndGradient<Auxiliary>(
    of f: ([Tensor]) throws -> (Tensor, Auxiliary), at points: [Tensor], file: StaticString = #fileID,
    line: UInt = #line
) rethrows -> (value: Tensor, auxiliary: Auxiliary, gradients: [Tensor]) {
    let site = CallSite("valueAndGradient", file, line)
    for point in points {
        site.require(
            point.dataType.isFloatingPoint, "a \(point.dataType.rawValue)\(point.shape) tensor has no gradient")
    }
    let trace = Trace()
    defer { trace.end() }
    let leaves = points.map { Gradient.leaf($0, trace) }
    let (value, auxiliary) = try f(leaves)
    site.require(value.elementCount == 1, "the function returned shape \(value.shape), not a scalar")
    site.require(value.dataType.isFloatingPoint, "the function returned \(value.dataType.rawValue)")
    let found = Gradient.gradients(of: value, seed: .ones(value.shape, dataType: value.dataType), at: leaves)
    let gradients = zip(found, points).map { $0 ?? .zeros($1.shape, dataType: $1.dataType) }
    trace.end()
    Evaluation.relieve([value] + gradients, depthLimit: Evaluation.depthLimit / 2)
    return (value, auxiliary, gradients)
}

/// The gradient of a scalar function of one tensor.
public func gradient(
    of f: (Tensor) throws -> Tensor, at point: Tensor, file: StaticString = #fileID, line: UInt = #line
) rethrows -> Tensor {
    try valueAndGradient(of: { try f($0[0]) }, at: [point], file: file, line: line).gradients[0]
}

/// The vector-Jacobian product: gradients at `points` of `f`'s output weighted by `upstream` (of the output's shape).
public func vectorJacobianProduct(
    of f: ([Tensor]) throws -> Tensor, at points: [Tensor], upstream: Tensor, file: StaticString = #fileID,
    line: UInt = #line
) rethrows -> (value: Tensor, gradients: [Tensor]) {
    let (_, value, gradients) = try valueAndGradient(
        of: { points -> (Tensor, Tensor) in
            let value = try f(points)
            CallSite("vectorJacobianProduct", file, line)
                .require(value.shape == upstream.shape, "upstream is \(upstream.shape), the output \(value.shape)")
            return ((value * upstream).sum(), value)
        }, at: points, file: file, line: line)
    return (value, gradients)
}

/// A function with a gradient of the user's own. `vjp` gets the inputs, the output and the output's gradient, and returns
/// one gradient for each input.
public func customGradient(
    _ inputs: [Tensor], _ f: ([Tensor]) -> Tensor,
    vjp: @escaping @Sendable (_ inputs: [Tensor], _ output: Tensor, _ upstream: Tensor) -> [Tensor]
) -> Tensor {
    let output = f(inputs)
    return Tensor.record(
        .marker(.customGradient(CustomGradient(vjp: vjp))), [output] + inputs, shape: output.shape,
        dataType: output.dataType)
}

enum Gradient {
    /// The same value as a leaf that the trace watches. A leaf of an outer trace stays connected to it.
    static func leaf(_ point: Tensor, _ trace: Trace) -> Tensor {
        let node = Node(
            .marker(.gradientLeaf), [point.node], shape: point.shape, dataType: point.dataType, watchedBy: trace)
        return Tensor(node)
    }

    /// Gradients of `result` at `leaves` (nil where it does not depend on them).
    static func gradients(of result: Tensor, seed: Tensor, at leaves: [Tensor]) -> [Tensor?] {
        let wanted = Set(leaves.map { ObjectIdentifier($0.node) })
        let order = dependents(of: wanted, below: result.node)
        var gradient: [ObjectIdentifier: Tensor] = [ObjectIdentifier(result.node): seed]
        for node in order.reversed() where !wanted.contains(ObjectIdentifier(node)) {
            // Interior gradients are spent once they were passed on.
            guard let upstream = gradient.removeValue(forKey: ObjectIdentifier(node)) else { continue }
            let inputs = node.inputs
            let needed = inputs.map { order.contains(node: $0) }
            let parts = vjp(node, inputs.map(Tensor.init), Tensor(node), upstream, needed)
            for (input, part) in zip(inputs, parts) {
                guard let part else { continue }
                let id = ObjectIdentifier(input)
                gradient[id] = gradient[id].map { $0 + part } ?? part
            }
        }
        return leaves.map { gradient[ObjectIdentifier($0.node)] }
    }

    /// Nodes on a path from a leaf to the result, inputs first.
    private static func dependents(of leaves: Set<ObjectIdentifier>, below result: Node) -> Order {
        var depends: [ObjectIdentifier: Bool] = [:]
        var order = Order()
        var stack: [(node: Node, expanded: Bool)] = [(result, false)]
        while let (node, expanded) = stack.popLast() {
            let id = ObjectIdentifier(node)
            if depends[id] != nil { continue }
            let inputs: [Node]
            switch node.op {
            case .marker(.stopGradient): inputs = []
            // The function inside is opaque: its inputs are reached directly.
            case .marker(.customGradient): inputs = Array(node.inputs.dropFirst())
            default: inputs = node.dataType.isFloatingPoint || leaves.contains(id) ? node.inputs : []
            }
            if leaves.contains(id) {
                depends[id] = true
                order.append(node)
            } else if expanded {
                let does = inputs.contains { depends[ObjectIdentifier($0)] ?? false }
                depends[id] = does
                if does { order.append(node) }
            } else {
                stack.append((node, true))
                for input in inputs where depends[ObjectIdentifier(input)] == nil { stack.append((input, false)) }
            }
        }
        return order
    }

    private struct Order {
        private var nodes: [Node] = []
        private var members: Set<ObjectIdentifier> = []
        mutating func append(_ node: Node) {
            nodes.append(node)
            members.insert(ObjectIdentifier(node))
        }
        func contains(node: Node) -> Bool { members.contains(ObjectIdentifier(node)) }
        func reversed() -> ReversedCollection<[Node]> { nodes.reversed() }
    }
}
