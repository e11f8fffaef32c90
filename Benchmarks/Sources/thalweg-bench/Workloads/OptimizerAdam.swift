import Thalweg

extension Workload {
    /// Ten matrices with fixed gradients under Adam. The result of a step is the first matrix after it.
    static let optimizerAdam = Workload(
        name: "optimiser_adam",
        kind: .steps { setting in
            let sizes: Shape = [1000, 1000]
            return OptimizerRunner(
                Adam(), rate: 1e-3,
                parameters: try (0..<10).map { try setting.tensor("param/p\($0)", or: .normal(sizes)) },
                gradients: try (0..<10).map { try setting.tensor("data/g\($0)", or: .normal(sizes)) }, setting)
        })
}

/// An optimizer alone.
private final class OptimizerRunner: Runner {
    private let step: CompiledFunction
    /// What `reset` goes back to; empty for a single course.
    private let initial: [Tensor]
    private let gradients: [Tensor]
    private let rate: Tensor
    private var state: [Tensor]
    private var count = 0

    init(
        _ optimizer: any Optimizer, rate: Double, parameters: [Tensor], gradients: [Tensor], _ setting: Setting
    ) {
        self.gradients = gradients
        self.rate = .full([], rate, dataType: setting.dataType)
        let first = parameters + parameters.flatMap { optimizer.initialState(for: $0) }
        evaluate(first + gradients + [self.rate])
        state = first
        initial = setting.isOnce ? [] : first
        let (held, width) = (first.count, optimizer.stateNames.count)
        step = CompiledFunction(
            inputs: (first + gradients + [self.rate, self.rate]).map { ($0.shape, $0.dataType) },
            donated: Dictionary(uniqueKeysWithValues: (0..<held).map { ($0, $0) }), threads: setting.threads
        ) { arguments in
            let updates = gradients.indices.map { index in
                let memory = parameters.count + index * width
                return optimizer.update(
                    parameter: arguments[index], gradient: arguments[held + index],
                    state: Array(arguments[memory..<memory + width]), rate: arguments[arguments.count - 2],
                    step: arguments[arguments.count - 1])
            }
            return updates.map(\.parameter) + updates.flatMap(\.state)
        }
    }

    var leastBytes: Int { step.argumentBytes }

    func reset() {
        state = initial
        count = 0
    }

    private var others: [Tensor] {
        gradients + [rate, .full([], Double(count + 1), dataType: rate.dataType)]
    }

    @discardableResult
    func advance() -> Tensor {
        var arguments = state
        state = []
        arguments += others
        count += 1
        // Consumed, so that the new state takes the memory of the old.
        state = step(consume arguments)
        return state[0]
    }

    func profile() throws -> PlanProfile {
        reset()
        return try step.profile(state + others)
    }

    func losses(_ count: Int) -> [Double] {
        reset()
        return (0..<count).map { _ in value(advance()) }
    }
}
