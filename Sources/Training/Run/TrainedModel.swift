import Foundation
public import ThalwegDataSets
import ThalwegEngine
import ThalwegFormats
import ThalwegNetworks

/// A model out of a run folder, ready to be judged and to predict.
public struct TrainedModel {
    public let folder: RunFolder
    public let description: ModelDescription
    public let network: DenseNetwork
    /// Said to the user when training has gone on since this model was written and was interrupted.
    public let interruption: String?
    private let objective: Objective

    /// Reads `model.json` and `model.safetensors` of a run folder.
    ///
    /// - Throws: `TrainingError.notARun`, `TrainingError.unfinished`, `DataError` for damaged weights.
    public init(run path: String) throws {
        folder = RunFolder(path)
        guard folder.exists else { throw TrainingError.notARun(path, problem: "it does not exist") }
        try folder.requireModel()
        let description: ModelDescription = try folder.read(ModelDescription.self, from: folder.description)
        self.description = description
        guard description.format == 1 else {
            throw TrainingError.notARun(
                path, problem: "model.json has form \(description.format), this version reads form 1")
        }
        guard description.architecture.isSound else {
            throw TrainingError.notARun(path, problem: "the architecture in model.json makes no sense")
        }
        guard description.isConsistent else {
            throw TrainingError.notARun(
                path, problem: "preprocessing, classes and architecture in model.json do not fit together")
        }
        network = DenseNetwork(description.architecture)
        do { try network.load(try SafeTensors.read(folder.weights).tensors) } catch let error as StateError {
            throw DataError(.mismatch, file: folder.weights.relativePath, error.description)
        }
        interruption = folder.interruption(after: description.training.steps)
        objective = Objective(
            task: description.task, regressionLoss: description.regressionLoss,
            deviations: description.preprocessing.targetScaling.deviation,
            outputs: description.task == .regression ? description.preprocessing.outputWidth : 1)
    }

    /// Examples for this model from whatever `source` names: its test part where it has one, else all of it.
    ///
    /// - Throws: `DataError`.
    public func examples(from source: String) throws -> (examples: Examples, notes: [String]) {
        let loaded = try DataSource.load(
            source, options: LoadOptions(schema: description.preprocessing.schema))
        return (loaded.test ?? loaded.train, loaded.notes)
    }

    /// How the model does on examples.
    ///
    /// - Throws: `DataError` when they do not fit the model or have no targets.
    public func evaluate(_ examples: Examples, threads: Int? = nil) throws -> (
        score: Score, interval: Interval, notes: [String]
    ) {
        let type = description.architecture.dataType
        let x = try description.preprocessing.inputs(examples, dataType: type)
        let (y, notes) = try description.preprocessing.targets(examples, dataType: type)
        let evaluator = Evaluator(network, objective: objective, threads: threads)
        let score = evaluator(x, y)
        return (score, evaluator.interval(score, x, y), notes)
    }

    /// A prediction for each example.
    ///
    /// - Throws: `DataError` when the examples do not fit the model.
    public func predict(_ examples: Examples, threads: Int? = nil) throws -> Predictions {
        let x = try description.preprocessing.inputs(examples, dataType: description.architecture.dataType)
        let outputs = Evaluator(network, objective: objective, threads: threads).outputs(for: x)
        return Predictions(outputs: outputs, task: description.task, preprocessing: description.preprocessing)
    }
}

extension ModelDescription {
    /// Whether what prepares the examples, the network and the classes belong together.
    fileprivate var isConsistent: Bool {
        let outputs: Int
        switch task {
        case .regression: outputs = preprocessing.outputWidth
        case .binary: outputs = 1
        case .multiclass: outputs = classes.count
        }
        return preprocessing.task == task && preprocessing.classes == classes && (task != .binary || classes.count == 2)
            && preprocessing.inputWidth == architecture.inputs && outputs == architecture.outputs
            && preprocessing.embeddings.count == architecture.embeddings.count
    }
}

extension DenseNetwork.Architecture {
    /// Whether a network of this form can be built: a file may say anything.
    var isSound: Bool {
        let largest = 1 << 26
        return (1...largest).contains(inputs) && (1...largest).contains(outputs)
            && hidden.allSatisfy { (1...largest).contains($0) } && keepProbabilities.count == hidden.count
            && keepProbabilities.allSatisfy { $0 > 0 && $0 <= 1 } && embeddings.count <= inputs
            && embeddings.allSatisfy { (1...largest).contains($0.count) && (1...4096).contains($0.width) }
            && dataType.isFloatingPoint
            && zip([inputs] + hidden, hidden + [outputs]).allSatisfy {
                $0.multipliedReportingOverflow(by: $1).partialValue <= 1 << 31
            }
    }
}

extension Evaluator {
    /// The 95 % interval of a score's metric.
    func interval(_ score: Score, _ x: Tensor, _ y: Tensor) -> Interval {
        guard objective.task == .regression else { return .wilson(share: score.metric, count: score.count) }
        let predicted = outputs(for: x)
        let wanted = y.doubles()
        let width = max(objective.outputs, 1)
        var squares = [Double](repeating: 0, count: predicted.count / width)
        for index in predicted.indices {
            let error = (predicted[index] - wanted[index]) * objective.deviations[index % width]
            squares[index / width] += error * error / Double(width)
        }
        return .rootMeanSquare(squares: squares)
    }
}
