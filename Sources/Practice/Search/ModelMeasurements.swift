import Foundation
import ThalwegTraining

/// What a model costs on this machine, whatever it knows.
public struct ModelMeasurements: Codable, Sendable, Hashable {
    /// Milliseconds for the outputs of one example: the quickest of many runs.
    public var latency: Double
    /// The same for a batch of `batchSize` examples.
    public var batchLatency: Double
    public var batchSize: Int
    /// Megabytes (10^6 bytes) of `model.safetensors`.
    public var size: Double
    /// Megabytes in use while one example's outputs are computed: weights and intermediate results.
    public var memory: Double
    /// Trained values.
    public var parameters: Int
    public var threads: Int

    /// Names under which a search's conditions and its journal know the measurements.
    public static let names = ["latency_ms", "batch_latency_ms", "memory_mb", "size_mb", "parameters"]

    /// Those that take a measurement; the others are known from the files.
    static let measuredNames: Set<String> = ["latency_ms", "batch_latency_ms", "memory_mb"]

    /// Measures the model of a run folder, on made-up examples.
    ///
    /// - Parameters:
    ///   - threads: to compute with; one when not given: the latency of a single request.
    /// - Throws: `TrainingError` for a folder without a model, `DataError` for damaged weights.
    public init(run path: String, batchSize: Int = 256, threads: Int = 1) throws {
        let model = try TrainedModel(run: path)
        let one = try model.latency(batchSize: 1, threads: threads)
        let many = try model.latency(batchSize: batchSize, threads: threads)
        latency = one.seconds * 1000
        batchLatency = many.seconds * 1000
        self.batchSize = batchSize
        parameters = model.description.parameters
        size = Self.size(of: model.folder)
        memory = size + Double(one.bytes) / 1e6
        self.threads = threads
    }

    static func size(of folder: RunFolder) -> Double {
        let attributes = try? FileManager.default.attributesOfItem(atPath: folder.weights.path)
        return ((attributes?[.size] as? NSNumber)?.doubleValue ?? 0) / 1e6
    }

    /// By name.
    var metrics: [String: Double] {
        [
            "latency_ms": latency, "batch_latency_ms": batchLatency, "memory_mb": memory, "size_mb": size,
            "parameters": Double(parameters),
        ]
    }
}
