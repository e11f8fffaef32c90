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
    let objective: Objective

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
            targets: .init(description.preprocessing),
            outputs: description.task == .regression ? description.preprocessing.outputWidth : 1,
            classWeights: description.classWeights)
    }

    /// Examples for this model from whatever `source` names: its test part where it has one, else all of it.
    ///
    /// - Throws: `DataError`.
    public func examples(from source: String) throws -> LoadedExamples {
        let loaded = try DataSource.load(
            source, options: LoadOptions(schema: description.preprocessing.schema))
        return LoadedExamples(
            examples: loaded.test ?? loaded.train, part: part(loaded), source: source, notes: loaded.notes)
    }

    /// What the data are to the run, judged by the bytes they were read from.
    private func part(_ loaded: LoadedData) -> EvaluationLog.Part {
        guard let own = description.training.fingerprints else { return .other }
        // A file with parts of its own is judged by its test part.
        if loaded.test == nil, loaded.fingerprint == own.train { return .train }
        if loaded.fingerprint == own.test { return .test }
        return loaded.test == nil && loaded.fingerprint == own.dev ? .dev : .other
    }

    /// How the model does on examples.
    ///
    /// - Throws: `DataError` when they do not fit the model or have no targets.
    public func evaluate(_ examples: Examples, threads: Int? = nil) throws -> (
        assessment: Assessment, notes: [String]
    ) {
        let type = description.architecture.dataType
        let x = try description.preprocessing.inputs(examples, dataType: type)
        let (y, matched) = try description.preprocessing.targets(examples, dataType: type)
        var notes = matched
        var objective = objective
        let weights = try description.preprocessing.weights(examples)
        objective.isWeighted = weights != nil
        if let column = description.preprocessing.options.weightColumn {
            notes.append(
                weights == nil
                    ? "column '\(column)' is missing: all examples count the same"
                    : "examples count by column '\(column)'")
        }
        let outcomes = Evaluator(network, objective: objective, threads: threads)
            .outcomes(
                PreparedData.Part(x: x, y: y, weights: weights), preprocessing: description.preprocessing,
                targets: description.targets,
                threshold: description.threshold?.probability)
        return (outcomes.assessment(classes: description.classes, hasBaseline: description.targets != nil), notes)
    }

    /// How often the run's test set was used, by training and by evaluations; nil for a run without one.
    public var testUses: Int? {
        description.training.testUses.map { $0 + EvaluationLog(folder).testUses }
    }

    /// Notes in the run folder that `examples` were judged; false where it cannot be written.
    public func record(_ assessment: Assessment, of examples: LoadedExamples) -> Bool {
        EvaluationLog(folder).append(examples.part, score: assessment.score, data: examples.source)
    }

    /// A prediction for each example, or for each of `rows`, in their order.
    ///
    /// - Throws: `DataError` when the examples do not fit the model.
    public func predict(_ examples: Examples, rows: [Int]? = nil, threads: Int? = nil) throws -> Predictions {
        let x = try description.preprocessing.inputs(
            examples, rows: rows, dataType: description.architecture.dataType)
        let outputs = Evaluator(network, objective: objective, threads: threads).outputs(for: x)
        return Predictions(
            outputs: outputs, task: description.task, preprocessing: description.preprocessing,
            threshold: description.threshold?.probability)
    }
}

/// Examples that were read for a trained model.
public struct LoadedExamples: Sendable {
    public var examples: Examples
    /// What they are to the run.
    public var part: EvaluationLog.Part
    /// As the user named them.
    public var source: String
    /// Said to the user, one line each.
    public var notes: [String]
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
            && (targets?.fits(preprocessing) ?? true)
            && (classWeights.map { $0.count == classes.count && $0.allSatisfy { $0 >= 0 && $0.isFinite } } ?? true)
            && (threshold.map { task == .binary && (0...1).contains($0.probability) } ?? true)
            && (0...(1 << 36)).contains(training.testUses ?? 0)
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
