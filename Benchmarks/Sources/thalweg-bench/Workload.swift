import Thalweg

/// A fixed problem: which model, loss and optimizer. Weights and batches come from a file, so that every framework
/// starts from the same numbers.
struct Workload: Sendable {
    let name: String
    let makeRunner: @Sendable (WorkloadFile, _ threads: Int) throws -> any Runner

    /// Each stands in a file of its own under `Workloads`.
    static let all: [Workload] = [
        mlpTiny, mlpCat, mlpMNIST, mlpWide, lenetMNIST, resnet20CIFAR, lstmCharacters, gruSpeech, gptMini,
        bertInferB1, bertInferB16, resnet50InferenceB1, resnet50InferenceB8,
    ]

    /// Training steps.
    ///
    /// - Parameters:
    ///   - loss: mean loss of a batch from the model's output and the targets.
    ///   - input: from the file's layout of a batch to the model's.
    ///   - state: from the file's tensors to the model's state dictionary.
    ///   - model: built at call; the values it starts with do not matter.
    static func training(
        _ name: String, optimizer: any Optimizer, rate: Double,
        loss: @escaping @Sendable (_ output: Tensor, _ y: Tensor) -> Tensor,
        input: @escaping @Sendable (Tensor) -> Tensor = { $0 },
        state: @escaping @Sendable ([String: Tensor]) -> [String: Tensor] = { $0 },
        model: @escaping @Sendable () -> any Layer
    ) -> Workload {
        Workload(name: name) { file, threads in
            let model = try file.load(model(), state)
            return TrainingRunner(
                model, batches: try file.batches(input), optimizer: optimizer, rate: rate, loss: loss,
                dataType: file.dataType, precision: file.precision, threads: threads)
        }
    }

    /// Calls of a model without training; its result is the output. Parameters as for `training`.
    static func inference(
        _ name: String, input: @escaping @Sendable (Tensor) -> Tensor = { $0 },
        state: @escaping @Sendable ([String: Tensor]) -> [String: Tensor] = { $0 },
        model: @escaping @Sendable () -> any Layer
    ) -> Workload {
        Workload(name: name) { file, threads in
            InferenceRunner(
                try file.load(model(), state), input: input(try file.tensor("data/x")[0]), threads: threads)
        }
    }
}

/// A workload with its state, ready to step.
protocol Runner: AnyObject {
    /// Puts the state back to the file's.
    func reset()
    /// One step; training: the loss before its update, inference: the output.
    @discardableResult func advance() -> Tensor
    /// Where the time of a step goes.
    func profile() throws -> PlanProfile
    /// The losses of the first `count` steps; inference: the values of the output.
    func losses(_ count: Int) -> [Double]
}

struct BenchmarkError: Error, CustomStringConvertible {
    let description: String
    init(_ description: String) { self.description = description }
}
