import Foundation
public import ThalwegTraining

/// What a model costs to use on this machine: figures to set bounds on, beside the one to optimize.
public struct ModelCosts: Codable, Sendable, Hashable {
    /// Milliseconds for the network's outputs of one example: the quickest of many runs, since other work on the machine only
    /// ever adds to it.
    public var latencyMs: Double
    /// The same for `batchSize` examples at a time.
    public var batchLatencyMs: Double
    public var batchSize: Int
    /// Megabytes (10^6 bytes) in use while one example's outputs are computed: weights and intermediate results.
    public var memoryMb: Double
    /// Megabytes of `model.safetensors`.
    public var sizeMb: Double
    /// Numbers that were trained.
    public var parameters: Int
    public var threads: Int

    public var examplesPerSecond: Double { Double(batchSize) / batchLatencyMs * 1e3 }

    /// Names under which a search's conditions and its journal know the costs.
    public static let names = ["latency_ms", "batch_latency_ms", "memory_mb", "size_mb", "parameters"]

    /// Those that take a measurement; the others are known from the files.
    static let measuredNames: Set<String> = ["latency_ms", "batch_latency_ms", "memory_mb"]

    /// By name.
    var metrics: [String: Double] {
        [
            "latency_ms": latencyMs, "batch_latency_ms": batchLatencyMs, "memory_mb": memoryMb, "size_mb": sizeMb,
            "parameters": Double(parameters),
        ]
    }

    /// Megabytes of the weights in a run folder.
    static func size(of folder: RunFolder) -> Double {
        let attributes = try? FileManager.default.attributesOfItem(atPath: folder.weights.path)
        return ((attributes?[.size] as? NSNumber)?.doubleValue ?? 0) / 1e6
    }
}

extension TrainedModel {
    /// Measures the model, for about a fifth of a second; no data are needed.
    ///
    /// - Parameter threads: to compute with; one when not given: the latency of a single request.
    /// - Throws: `ConfigurationError` for batches beyond the machine's memory.
    public func costs(batchSize: Int = 256, threads: Int = 1) throws -> ModelCosts {
        let one = try latency(batchSize: 1, threads: threads)
        let many = try latency(batchSize: batchSize, threads: threads)
        let size = ModelCosts.size(of: folder)
        return ModelCosts(
            latencyMs: one.seconds * 1e3, batchLatencyMs: many.seconds * 1e3, batchSize: batchSize,
            memoryMb: size + Double(one.bytes) / 1e6, sizeMb: size, parameters: description.parameters,
            threads: threads)
    }
}
