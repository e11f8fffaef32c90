import Thalweg

/// A fixed training problem: which network, loss and optimizer. Weights and batches come from a file, so that every
/// framework starts from the same numbers.
struct Workload {
    enum Loss { case logistic, crossEntropy }

    let name: String
    let layers: Int
    let activation: @Sendable (Tensor) -> Tensor
    let loss: Loss
    let optimizer: any Optimizer
    let rate: Double

    static let all: [Workload] = [
        Workload(
            name: "mlp_tiny", layers: 2, activation: { $0.tanh() }, loss: .logistic, optimizer: SGD(), rate: 1.2),
        Workload(
            name: "mlp_cat", layers: 4, activation: { $0.relu() }, loss: .logistic, optimizer: SGD(), rate: 0.0075),
        Workload(
            name: "mlp_mnist", layers: 3, activation: { $0.relu() }, loss: .crossEntropy, optimizer: Adam(), rate: 0.001
        ),
        Workload(
            name: "mlp_wide", layers: 3, activation: { $0.relu() }, loss: .crossEntropy,
            optimizer: Momentum(form: .classical), rate: 0.01),
    ]

    /// Mean loss of a batch; parameters as weight, bias, weight, bias, …
    func cost(_ parameters: [Tensor], _ x: Tensor, _ y: Tensor) -> Tensor {
        var h = x
        for layer in 0..<layers {
            h = matmul(h, parameters[2 * layer].transposed()) + parameters[2 * layer + 1]
            if layer < layers - 1 { h = activation(h) }
        }
        switch loss {
        case .logistic: return logisticLoss(logits: h, targets: y)
        case .crossEntropy: return softmaxCrossEntropy(logits: h, classes: y)
        }
    }
}

/// One workload with its state, ready to step.
final class Runner {
    private let step: CompiledFunction
    private let initial: [Tensor]
    private let batches: [(x: Tensor, y: Tensor)]
    private let rate: Tensor
    private var state: [Tensor]
    private var count = 0

    init(_ workload: Workload, file: [String: Tensor], threads: Int, dataType: DataType) throws {
        let names = (1...workload.layers).flatMap { ["fc\($0).weight", "fc\($0).bias"] }
        let parameters = try names.map { name in
            guard let tensor = file["param/\(name)"] else { throw BenchmarkError("the file has no param/\(name)") }
            return tensor.cast(to: dataType)
        }
        guard let x = file["data/x"], let y = file["data/y"] else {
            throw BenchmarkError("the file has no data/x, data/y")
        }
        let isClasses = workload.loss == .crossEntropy
        batches = (0..<x.shape[0]).map { index in
            let targets = isClasses ? y[index].cast(to: .int64) : y[index].cast(to: dataType)
            return (x[index].cast(to: dataType), targets)
        }
        let optimizer = workload.optimizer
        let stateCount = optimizer.stateNames.count
        initial = parameters + parameters.flatMap { optimizer.initialState(for: $0) }
        rate = .full([], workload.rate, dataType: dataType)
        evaluate(initial + batches.flatMap { [$0.x, $0.y] } + [rate])
        state = initial

        let first = batches[0]
        let held = initial.count
        let inputs = (initial + [first.x, first.y, rate, rate]).map { (shape: $0.shape, dataType: $0.dataType) }
        step = CompiledFunction(
            inputs: inputs, donated: Dictionary(uniqueKeysWithValues: (0..<held).map { ($0 + 1, $0) }), threads: threads
        ) { arguments in
            let (x, y) = (arguments[held], arguments[held + 1])
            let (rate, number) = (arguments[held + 2], arguments[held + 3])
            let old = Array(arguments[..<parameters.count])
            let (loss, gradients) = valueAndGradient(of: { workload.cost($0, x, y) }, at: old)
            var (new, memory): ([Tensor], [Tensor]) = ([], [])
            for (index, gradient) in gradients.enumerated() {
                let start = parameters.count + index * stateCount
                let update = optimizer.update(
                    parameter: old[index], gradient: gradient, state: Array(arguments[start..<start + stateCount]),
                    rate: rate, step: number)
                new.append(update.parameter)
                memory += update.state
            }
            return [loss] + new + memory
        }
    }

    func reset() {
        state = initial
        count = 0
    }

    /// One step; the loss before its update.
    @discardableResult
    func advance() -> Tensor {
        let batch = batches[count % batches.count]
        count += 1
        var arguments = state
        state = []
        arguments += [batch.x, batch.y, rate, .full([], Double(count), dataType: rate.dataType)]
        // Consumed, so that the new state takes the memory of the old.
        var results = step(consume arguments)
        let loss = results.removeFirst()
        state = results
        return loss
    }

    func profile() throws -> PlanProfile {
        reset()
        return try step.profile(initial + [batches[0].x, batches[0].y, rate, .full([], 1, dataType: rate.dataType)])
    }

    func losses(_ k: Int) -> [Double] {
        reset()
        return (0..<k).map { _ in advance().item() }
    }
}

struct BenchmarkError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
