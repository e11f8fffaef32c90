public import ThalwegEngine

/// Everything in a model by name: the result of walking it once. The training step works on this, not on the model.
public struct Inventory {
    /// Plain parameters in the order of declaration. A shared one appears once, under its first name.
    public let parameters: [(name: String, parameter: Parameter)]
    public let runningValues: [(name: String, running: RunningValue)]
    /// The model itself (path "") and all modules in it, outer before inner.
    public let modules: [(path: String, module: any Module)]
    /// Further names of shared parameters, and the name each is listed under.
    public let aliases: [String: String]

    public var trainable: [(name: String, parameter: Parameter)] { parameters.filter(\.parameter.isTrainable) }

    /// Runs `body` while the model sees other values: symbolic ones while a step is captured, perturbed ones in a
    /// gradient check, averages in an evaluation. Its own values return afterwards.
    public func substituting<R>(
        parameters values: [Tensor], running: [Tensor]? = nil, _ body: () throws -> R
    ) rethrows -> R {
        let boxes = trainable.map(\.parameter)
        requireCount(values.count, boxes.count, "trainable parameters")
        if let running { requireCount(running.count, runningValues.count, "running values") }
        let ownValues = boxes.map(\.value)
        let ownRunning = runningValues.map(\.running.value)
        defer {
            for (box, value) in zip(boxes, ownValues) { box.value = value }
            for (entry, value) in zip(runningValues, ownRunning) { entry.running.value = value }
        }
        for (box, value) in zip(boxes, values) { box.value = value }
        if let running { for (entry, value) in zip(runningValues, running) { entry.running.value = value } }
        return try body()
    }

    /// The running values after a call recorded in `context`, in order: updated where the call declared it, else as
    /// they are. A captured step returns them as outputs.
    public func newRunningValues(after context: Context) -> [Tensor] {
        runningValues.map { context.value(of: $0.running) }
    }

    /// Writes new values into the boxes; nil leaves that half alone.
    public func assign(parameters values: [Tensor]? = nil, running: [Tensor]? = nil) {
        if let values {
            let boxes = trainable.map(\.parameter)
            requireCount(values.count, boxes.count, "trainable parameters")
            for (box, value) in zip(boxes, values) { box.value = value }
        }
        if let running {
            requireCount(running.count, runningValues.count, "running values")
            for (entry, value) in zip(runningValues, running) { entry.running.value = value }
        }
    }

    /// Lets go of all values: a captured function keeps what it needs of them, often in a layout of its own, and memory is not
    /// taken twice. The model cannot be called until `assign` gives it values again.
    public func releaseValues() {
        func nothing(like tensor: Tensor) -> Tensor { .full([], 0, dataType: tensor.dataType) }
        for entry in parameters { entry.parameter.value = nothing(like: entry.parameter.value) }
        for entry in runningValues { entry.running.value = nothing(like: entry.running.value) }
    }

    private func requireCount(_ found: Int, _ expected: Int, _ what: String) {
        if found != expected { fatalError("\(found) values for \(expected) \(what)") }
    }
}

extension Module {
    /// Walks the model. Reflection is slow (about half a millisecond for a large model): once per training, not per
    /// step.
    public func inventory() -> Inventory {
        let visitor = Visitor(self)
        return Inventory(
            parameters: visitor.parameters, runningValues: visitor.runningValues, modules: visitor.modules,
            aliases: visitor.aliases)
    }

    public var parameters: [(name: String, parameter: Parameter)] { inventory().parameters }

    public var parameterCount: Int { parameters.reduce(0) { $0 + $1.parameter.shape.elementCount } }

    /// Converts all floating-point parameters and running values, in place.
    public func cast(to dataType: DataType) {
        let inventory = inventory()
        for entry in inventory.parameters where entry.parameter.dataType.isFloatingPoint {
            entry.parameter.value = entry.parameter.value.cast(to: dataType)
        }
        for entry in inventory.runningValues where entry.running.value.dataType.isFloatingPoint {
            entry.running.value = entry.running.value.cast(to: dataType)
        }
    }
}
