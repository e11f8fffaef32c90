public import ThalwegEngine

/// A model with the structure and names of another and parameters of its own.
///
/// The original's code runs on the clone's values, so any model can be cloned without a line of code for it. Records on
/// one task at a time with the original, as everything that holds parameters.
public struct Clone<Base: Module>: Module {
    public let base: Base
    private let original: Inventory
    private let parameterBoxes: [(name: String, parameter: Parameter)]
    private let runningBoxes: [(name: String, running: RunningValue)]

    init(_ base: Base) {
        self.base = base
        original = base.inventory()
        parameterBoxes = original.parameters.map {
            ($0.name, Parameter($0.parameter.value, role: $0.parameter.role, isTrainable: $0.parameter.isTrainable))
        }
        runningBoxes = original.runningValues.map { ($0.name, RunningValue($0.running.value)) }
    }

    public func visit(_ visitor: Visitor) {
        for (name, parameter) in parameterBoxes { visitor.parameter(name, parameter) }
        for (name, running) in runningBoxes { visitor.running(name, running) }
    }

    /// Runs `body`, which may call `base`, on the clone's values. Running values that the call updates in `context` are
    /// the clone's.
    public func withOwnValues<R>(_ context: Context, _ body: () throws -> R) rethrows -> R {
        let ownParameters = original.parameters.map(\.parameter.value)
        let ownRunning = original.runningValues.map(\.running.value)
        for (entry, box) in zip(original.parameters, parameterBoxes) { entry.parameter.value = box.parameter.value }
        for (entry, box) in zip(original.runningValues, runningBoxes) {
            entry.running.value = context.value(of: box.running)
        }
        defer {
            for (entry, value) in zip(original.parameters, ownParameters) { entry.parameter.value = value }
            for (entry, value) in zip(original.runningValues, ownRunning) { entry.running.value = value }
            for (entry, box) in zip(original.runningValues, runningBoxes) {
                context.moveUpdate(from: entry.running, to: box.running)
            }
        }
        return try body()
    }
}

extension Clone: Layer where Base: Layer {
    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        withOwnValues(context) { base(x, context) }
    }

    public func operations(input: Shape, output: Shape) -> Int { base.operations(input: input, output: output) }

    public var summary: String { base.summary }
}

extension Module {
    /// A copy with parameters of its own: training one leaves the other as it is. (A plain Swift copy shares them.)
    public func clone() -> Clone<Self> { Clone(self) }
}
