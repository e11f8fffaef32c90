import Thalweg

/// A fixed problem: which model, loss and optimizer, and what its batches look like. Weights and batches come from a
/// file of the harness, so that every framework starts from the same numbers, or are made up.
struct Workload: Sendable {
    enum Kind: Sendable {
        /// Steps that are timed one after the other.
        case steps(@Sendable (Setting) throws -> any Runner)
        /// A whole process of a number of steps; returns what it prints.
        case process(steps: Int, @Sendable (Setting, _ steps: Int) throws -> String)
    }

    let name: String
    let kind: Kind

    /// Each stands in a file of its own under `Workloads`.
    static let all: [Workload] = [
        mlpTiny, mlpCat, mlpMNIST, mlpWide, lenetMNIST, resnet20CIFAR, lstmCharacters, gruSpeech, gptMini,
        bertInferB1, bertInferB16, resnet50InferenceB1, resnet50InferenceB8, optimizerAdam, elementwiseChain, coldStart,
    ]

    static func named(_ name: String) throws -> Workload {
        guard let found = all.first(where: { $0.name == name }) else {
            throw BenchmarkError("no workload \(name); there are \(all.map(\.name).joined(separator: ", "))")
        }
        return found
    }

    /// Training steps.
    ///
    /// - Parameters:
    ///   - x: what made-up inputs look like, in the file's layout: batch index first.
    ///   - y: the same of the targets.
    ///   - loss: mean loss of a batch from the model's output and the targets.
    ///   - input: from the file's layout of a batch to the model's.
    ///   - state: from the file's tensors to the model's state dictionary.
    ///   - model: built at call, with so many units more in its hidden layers.
    static func training(
        _ name: String, optimizer: any Optimizer, rate: Double, x: Sample, y: Sample,
        loss: @escaping @Sendable (_ output: Tensor, _ y: Tensor) -> Tensor,
        input: @escaping @Sendable (Tensor) -> Tensor = { $0 },
        state: @escaping @Sendable ([String: Tensor]) -> [String: Tensor] = { $0 },
        model: @escaping @Sendable (_ more: Int) -> any Layer
    ) -> Workload {
        Workload(
            name: name,
            kind: .steps { setting in
                TrainingRunner(
                    try setting.prepared(model(setting.more), state), batches: try setting.batches(x: x, y: y, input),
                    optimizer: optimizer, rate: rate, loss: loss, setting)
            })
    }

    /// Calls of a model without training; its result is the output. Parameters as for `training`.
    static func inference(
        _ name: String, x: Sample, input: @escaping @Sendable (Tensor) -> Tensor = { $0 },
        state: @escaping @Sendable ([String: Tensor]) -> [String: Tensor] = { $0 },
        model: @escaping @Sendable (_ more: Int) -> any Layer
    ) -> Workload {
        Workload(
            name: name,
            kind: .steps { setting in
                InferenceRunner(
                    try setting.prepared(model(setting.more), state),
                    input: input(try setting.tensor("data/x", or: x.larger(by: setting.more))[0]),
                    threads: setting.threads)
            })
    }
}

struct BenchmarkError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
