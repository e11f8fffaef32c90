import Foundation
import ThalwegDataSets
public import ThalwegEngine
import ThalwegNetworks

extension TrainedModel {
    /// What of a run can be measured.
    public enum Work: String, Sendable {
        /// Forward pass, loss, gradients and update, as training did them.
        case trainingStep = "training step"
        /// The network's outputs, as `predict` computes them.
        case inference
    }

    /// Where the time goes, and for how many examples.
    public struct Profile: Sendable {
        public let plan: PlanProfile
        public let work: Work
        public let batchSize: Int
    }

    /// Measures a training step, or the network's outputs, kernel by kernel on made-up examples: the run's data need not be
    /// there, and the run stays as it is.
    ///
    /// - Parameters:
    ///   - batchSize: examples at a time; those of the run's steps, or as many as `predict` takes at once, when nil.
    ///   - threads: those of the run when nil.
    /// - Throws: `ConfigurationError` for settings that cannot be read or batches beyond the machine's memory, `DataError` for a
    ///   configuration that is not there.
    public func profile(_ work: Work = .trainingStep, batchSize: Int? = nil, threads: Int? = nil) throws -> Profile {
        var settings = try folder.settings()
        settings.threads = threads ?? settings.threads
        let examples = max(description.training.examples, 1)
        switch work {
        case .trainingStep:
            let size = batchSize ?? settings.batchCount(examples: examples)
            let count = max(size, examples)
            try requireMemory(examples: count, batchSize: size)
            let step = try TrainingStep(
                network, settings, objective: Objective(settings, preprocessing: description.preprocessing),
                examples: examples)
            let rows = size < count ? Array(BatchOrder(count: count, seed: 1).order(epoch: 0).prefix(size)) : nil
            let plan = try step.profile(
                madeUpInputs(count), madeUpTargets(count), rows: rows, rate: settings.learningRate ?? 0.001)
            return Profile(plan: plan, work: work, batchSize: size)
        case .inference:
            let size = batchSize ?? min(examples, Evaluator.pieceSize)
            try requireMemory(examples: size, batchSize: size)
            let evaluator = Evaluator(network, objective: objective, threads: settings.threads)
            return Profile(plan: try evaluator.profile(madeUpInputs(size)), work: work, batchSize: size)
        }
    }

    /// How long the network's outputs take for so many made-up examples at a time, and how many bytes of intermediate results.
    ///
    /// - Throws: `ConfigurationError` for batches beyond the machine's memory.
    package func latency(batchSize: Int, threads: Int) throws -> (seconds: Double, bytes: Int) {
        try requireMemory(examples: batchSize, batchSize: batchSize)
        return Evaluator(network, objective: objective, threads: threads).latency(madeUpInputs(batchSize))
    }

    /// Normal numbers, and at the end the numbers of categories.
    private func madeUpInputs(_ count: Int) -> Tensor {
        let architecture = description.architecture
        let numbers = architecture.inputs - architecture.embeddings.count
        let keys = KeyStream(seed: 1)
        var parts: [Tensor] = []
        if numbers > 0 {
            parts.append(.randomNormal([count, numbers], key: keys.next(), dataType: architecture.dataType))
        }
        for embedding in architecture.embeddings {
            parts.append(
                Self.places(count, of: embedding.count, keys.next(), architecture.dataType).reshaped(to: [count, 1]))
        }
        return .concatenate(parts, along: 1)  // [count, inputs]
    }

    private func madeUpTargets(_ count: Int) -> Tensor {
        let architecture = description.architecture
        let key = RandomKey(seed: 2)
        switch description.task {
        case .multiclass: return Self.places(count, of: architecture.outputs, key, .float64).cast(to: .int64)
        case .binary: return Self.places(count, of: 2, key, architecture.dataType).reshaped(to: [count, 1])
        case .regression:
            return .randomNormal([count, architecture.outputs], key: key, dataType: architecture.dataType)
        }
    }

    /// Whole numbers below `limit`.
    private static func places(_ count: Int, of limit: Int, _ key: RandomKey, _ dataType: DataType) -> Tensor {
        let unit = Tensor.randomUniform([count], key: key, dataType: dataType)
        return minimum((unit * Double(limit)).floor(), Double(limit - 1))
    }

    /// Refuses what this machine cannot hold: the examples twice, and for a batch every layer's values and their gradients.
    private func requireMemory(examples: Int, batchSize: Int) throws {
        let architecture = description.architecture
        let widths = Double(architecture.hidden.reduce(architecture.inputs + architecture.outputs, +))
        let numbers = 2 * Double(examples) * Double(architecture.inputs) + 4 * Double(batchSize) * widths
        let bytes = numbers * Double(architecture.dataType.size)
        let memory = Double(ProcessInfo.processInfo.physicalMemory)
        guard bytes <= memory else {
            throw ConfigurationError(
                key: "batch-size",
                problem: String(
                    format: "asks for about %.0f GiB: %ld examples, %ld at a time; this machine has %.0f GiB",
                    bytes / 0x1p30, examples, batchSize, memory / 0x1p30))
        }
    }
}
