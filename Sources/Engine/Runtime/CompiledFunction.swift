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
    private let plan: Plan
    private let captured: [Buffer]
    private let threads: Int

    /// - Parameters:
    ///   - inputs: Shapes and types of the arguments.
    ///   - donated: `[output: input]`: the output may take the input's memory, if the caller let go of the input.
    ///   - threads: How many threads a call may use; results do not depend on it.
    public init(
        inputs: [(shape: Shape, dataType: DataType)], donated: [Int: Int] = [:], threads: Int? = nil,
        _ body: ([Tensor]) throws -> [Tensor]
    ) rethrows {
        self.inputs = inputs
        self.threads = threads ?? Threads.available
        let arguments = inputs.enumerated().map { index, input in
            Tensor(Node(argument: index, shape: input.shape, dataType: input.dataType))
        }
        let results = try body(arguments)
        outputs = results.map { ($0.shape, $0.dataType) }
        (program, _, captured) = Program.recording(results.map(\.node), reserved: inputs.count)
        for (output, input) in donated {
            precondition(
                results[output].shape == inputs[input].shape && results[output].dataType == inputs[input].dataType,
                "output \(output) (\(results[output].shape)) cannot take the memory of input \(input) (\(inputs[input].shape))")
        }
        plan = Plan(program, donated: donated)
    }

    /// Runs the plan; pass inputs with `consume` to let outputs take donated memory. Traps where `call` throws.
    public func callAsFunction(_ arguments: consuming [Tensor]) -> [Tensor] {
        do { return try call(consume arguments) } catch { fatalError("\(error)") }
    }

    /// Runs the plan.
    ///
    /// - Throws: `EngineError` where the values make the computation impossible: an index out of range.
    public func call(_ arguments: consuming [Tensor]) throws -> [Tensor] {
        var arguments = consume arguments
        precondition(arguments.count == inputs.count, "\(arguments.count) arguments for \(inputs.count) inputs")
        for (index, (argument, input)) in zip(arguments, inputs).enumerated() {
            precondition(
                argument.shape == input.shape && argument.dataType == input.dataType,
                "argument \(index) is \(argument.dataType.rawValue)\(argument.shape), expected "
                    + "\(input.dataType.rawValue)\(input.shape)")
        }
        let pending = arguments.filter { $0.node.value == nil }
        if !pending.isEmpty { try evaluateChecked(pending, threads: threads) }
        var buffers = arguments.map { $0.materialized }
        arguments = []
        buffers.append(contentsOf: captured)
        let results = try plan.run(&buffers, threads: threads)
        return zip(results, outputs).map { Tensor(Node(value: $0, shape: $1.shape, dataType: $1.dataType)) }
    }
}
