import Synchronization

/// A function captured once and replayed with other arguments: the training step.
///
/// The body runs once, on symbolic tensors that have shapes and types but no values. What it returns becomes a plan;
/// a call only passes memory. Everything that changes from call to call (batch, rate, step, random key) must be an input:
/// tensors that the body captures from outside are kept as they were.
public final class CompiledFunction: Sendable {
    public let inputs: [(shape: Shape, dataType: DataType)]
    public let outputs: [(shape: Shape, dataType: DataType)]
    public let program: Program
    let plan: Plan
    private let captured: [Buffer]
    let threads: Int
    let precision: ProductPrecision
    /// `[output: input]`
    let donated: [Int: Int]

    /// - Parameters:
    ///   - inputs: Shapes and types of the arguments.
    ///   - donated: `[output: input]`: the output may take the input's memory, if the caller let go of the input.
    ///   - threads: How many threads a call may use; results do not depend on it.
    ///   - precision: Of float32 matrix products. Traps where the processor does not support it.
    public init(
        inputs: [(shape: Shape, dataType: DataType)], donated: [Int: Int] = [:], threads: Int? = nil,
        precision: ProductPrecision = .full, file: StaticString = #fileID, line: UInt = #line,
        _ body: ([Tensor]) throws -> [Tensor]
    ) rethrows {
        CallSite("CompiledFunction", file, line).require(
            precision.isSupported, "this processor has no products of precision \(precision.rawValue)")
        self.inputs = inputs
        self.threads = threads ?? Threads.available
        self.precision = precision
        self.donated = donated
        let arguments = inputs.enumerated().map { index, input in
            Tensor(Node(argument: index, shape: input.shape, dataType: input.dataType))
        }
        // The recording goes before the plan comes: what a plan lays out in another way is then held by nobody else, unless
        // the caller holds it.
        var captured: [Buffer]
        (program, captured, outputs) = try Self.record(body, arguments)
        for (output, input) in donated {
            CallSite("CompiledFunction", file, line).require(
                outputs[output].shape == inputs[input].shape && outputs[output].dataType == inputs[input].dataType,
                "output \(output) (\(outputs[output].shape)) cannot take the memory of input \(input) (\(inputs[input].shape))"
            )
        }
        let first = inputs.count
        var constants = Dictionary(uniqueKeysWithValues: captured.enumerated().map { (first + $0, $1) })
        let (count, nothing) = (captured.count, Buffer(byteCount: 0))
        captured = []
        plan = Plan(program, donated: donated, constants: &constants, precision: precision)
        self.captured = (0..<count).map { constants[first + $0] ?? nothing }
    }

    private static func record(
        _ body: ([Tensor]) throws -> [Tensor], _ arguments: [Tensor]
    ) rethrows -> (Program, captured: [Buffer], outputs: [(shape: Shape, dataType: DataType)]) {
        let results = try body(arguments)
        evaluateConstants(behind: results.map(\.node))
        let recording = Recording(results.map(\.node), reserved: arguments.count)
        return (recording.program, recording.captured, results.map { ($0.shape, $0.dataType) })
    }

    /// What does not depend on the arguments is computed once, here, not in each call; but what is the same elements at
    /// other places is left to the plan, which reads them where they lie.
    private static func evaluateConstants(behind results: [Node]) {
        var seen: Set<ObjectIdentifier> = []
        var stack = results
        var constants: [Node] = []
        while let node = stack.popLast() {
            guard seen.insert(ObjectIdentifier(node)).inserted else { continue }
            if node.isSymbolic {
                stack.append(contentsOf: node.inputs)
            } else if node.value == nil {
                if case .movement = node.op {
                    stack.append(contentsOf: node.inputs)
                } else if !node.isCheap {
                    constants.append(node)
                }
            }
        }
        // A failure shows when the function is called.
        try? Evaluation.evaluate(constants)
    }

    /// Runs the plan; pass inputs with `consume` to let outputs take donated memory. Traps where `call` throws.
    public func callAsFunction(
        _ arguments: consuming [Tensor], file: StaticString = #fileID, line: UInt = #line
    ) -> [Tensor] {
        do { return try call(consume arguments, file: file, line: line) } catch {
            CallSite("CompiledFunction", file, line).fail("\(error)")
        }
    }

    /// Runs the plan.
    ///
    /// - Throws: `EngineError` where the values make the computation impossible: an index out of range.
    public func call(
        _ arguments: consuming [Tensor], file: StaticString = #fileID, line: UInt = #line
    ) throws -> [Tensor] {
        var buffers = try buffers(consume arguments, CallSite("CompiledFunction", file, line))
        let results = try plan.run(&buffers, threads: threads)
        return zip(results, outputs).map { Tensor(Node(value: $0, shape: $1.shape, dataType: $1.dataType)) }
    }

    /// The memory of the arguments, then that of what was captured.
    ///
    /// - Parameter sequences: numbers of arguments that hold several values along an axis of their own, the first.
    func buffers(_ arguments: consuming [Tensor], over sequences: Set<Int> = [], _ site: CallSite) throws -> [Buffer] {
        let arguments = consume arguments
        site.require(arguments.count == inputs.count, "\(arguments.count) arguments for \(inputs.count) inputs")
        var buffers: [Buffer] = []
        buffers.reserveCapacity(arguments.count + captured.count)
        for (index, argument) in arguments.enumerated() {
            let (node, input) = (argument.node, inputs[index])
            if sequences.contains(index) {
                site.require(
                    node.shape.first ?? 0 > 0 && node.shape.dropFirst().elementsEqual(input.shape)
                        && node.dataType == input.dataType,
                    "argument \(index) is \(node.dataType.rawValue)\(node.shape), expected a sequence of "
                        + "\(input.dataType.rawValue)\(input.shape)")
            } else {
                site.require(
                    node.shape == input.shape && node.dataType == input.dataType,
                    "argument \(index) is \(node.dataType.rawValue)\(node.shape), expected "
                        + "\(input.dataType.rawValue)\(input.shape)")
            }
            site.require(
                !node.isSymbolic, "called while another function is captured; call the plain Swift function there")
            if let value = node.value {
                buffers.append(value)
            } else {
                // All that wait, in one plan.
                try Evaluation.evaluate(arguments[index...].map(\.node).filter { $0.value == nil }, threads: threads)
                buffers.append(argument.materialized)
            }
        }
        buffers.append(contentsOf: captured)
        return buffers
    }
}
