import Thalweg

/// Training steps, captured once, over the batches in turn.
final class TrainingRunner: Runner {
    private let step: CompiledFunction
    private let inventory: Inventory
    /// What `reset` goes back to; empty for a single course.
    private let initial: [Tensor]
    private let batches: [(x: Tensor, y: Tensor)]
    /// All batches, one behind the other: what `scan` walks over.
    private lazy var all = (x: Tensor.stack(batches.map(\.x)), y: Tensor.stack(batches.map(\.y)))
    private let rate: Tensor
    private var state: [Tensor]
    private var count = 0

    init(
        _ model: any Layer, batches: [(x: Tensor, y: Tensor)], optimizer: any Optimizer, rate: Double,
        loss: (_ output: Tensor, _ y: Tensor) -> Tensor, _ setting: Setting
    ) {
        self.batches = batches
        self.rate = .full([], rate, dataType: setting.dataType)
        let inventory = model.inventory()
        self.inventory = inventory
        let parameters = inventory.trainable.map(\.parameter.value)
        let running = inventory.runningValues.map(\.running.value)
        let first = parameters + running + parameters.flatMap { optimizer.initialState(for: $0) }
        evaluate(first + batches.flatMap { [$0.x, $0.y] } + [self.rate])
        state = first
        initial = setting.isOnce ? [] : first

        let held = first.count
        let inputs = first + [batches[0].x, batches[0].y, self.rate, self.rate]
        step = CompiledFunction(
            inputs: inputs.map { ($0.shape, $0.dataType) },
            donated: Dictionary(uniqueKeysWithValues: (0..<held).map { ($0 + 1, $0) }), threads: setting.threads,
            precision: setting.precision
        ) { arguments in
            let old = Array(arguments[..<parameters.count])
            let statistics = Array(arguments[parameters.count..<parameters.count + running.count])
            let memory = Array(arguments[(parameters.count + running.count)..<held])
            let (x, y, rate, number) = (
                arguments[held], arguments[held + 1], arguments[held + 2], arguments[held + 3]
            )
            let (value, newStatistics, gradients) = valueAndGradient(
                of: { leaves in
                    inventory.substituting(parameters: leaves, running: statistics) {
                        let context = Context(.training)
                        return (loss(model(x, context), y), inventory.newRunningValues(after: context))
                    }
                }, at: old)
            let stateCount = optimizer.stateNames.count
            let updates = gradients.indices.map { index in
                optimizer.update(
                    parameter: old[index], gradient: gradients[index],
                    state: Array(memory[index * stateCount..<(index + 1) * stateCount]), rate: rate, step: number)
            }
            return [value] + updates.map(\.parameter) + newStatistics + updates.flatMap(\.state)
        }
        // New values can take the memory of the old ones, which nobody else holds.
        if setting.isOnce { inventory.releaseValues() }
    }

    func reset() {
        state = initial
        count = 0
    }

    var leastBytes: Int { step.argumentBytes }

    /// Writes the parameters and running values of the last step into the model.
    func finish() {
        let parameters = inventory.trainable.count
        let running = inventory.runningValues.count
        inventory.assign(
            parameters: Array(state[..<parameters]), running: Array(state[parameters..<parameters + running]))
    }

    /// What a step takes besides the state.
    private func arguments(_ batch: (x: Tensor, y: Tensor)) -> [Tensor] {
        [batch.x, batch.y, rate, .full([], Double(count + 1), dataType: rate.dataType)]
    }

    func profile() throws -> PlanProfile {
        reset()
        return try step.profile(state + arguments(batches[0]))
    }

    @discardableResult
    func advance() -> Tensor { advance(batches[count % batches.count]) }

    /// A step with another batch of the same shape.
    @discardableResult
    func advance(_ batch: (x: Tensor, y: Tensor)) -> Tensor {
        var arguments = state
        state = []
        arguments += self.arguments(batch)
        count += 1
        // Consumed, so that the new state takes the memory of the old.
        var results = step(consume arguments)
        let loss = results.removeFirst()
        state = results
        return loss
    }

    /// Whole courses over the batches in one call each, of about `scanned` steps; the others step by step.
    func run(_ steps: Int) {
        let length = max(Self.scanned / batches.count, 1) * batches.count
        var left = steps
        while left > 0 {
            guard left >= length, count.isMultiple(of: batches.count) else {
                advance()
                left -= 1
                continue
            }
            let numbers = Tensor((count + 1...count + length).map(Double.init)).cast(to: rate.dataType)
            let held = state.count
            var arguments = state
            state = []
            arguments += [all.x, all.y, rate, numbers]
            do {
                let results = try step.scan(consume arguments, over: [held, held + 1, held + 3], count: length)
                state = Array(results.dropFirst())
            } catch { fatalError("\(error)") }
            count += length
            left -= length
        }
    }

    /// Steps of one call, as of JAX's scan among the peers.
    private static let scanned = 100

    func losses(_ count: Int) -> [Double] {
        reset()
        return (0..<count).map { _ in advance().item() }
    }
}
