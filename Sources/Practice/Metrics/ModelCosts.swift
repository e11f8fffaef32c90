import Foundation
import ThalwegEngine
import ThalwegNetworks
public import ThalwegTraining

/// What a model costs to use on this machine: figures to set bounds on, beside the one to optimize.
public struct ModelCosts: Codable, Sendable, Hashable {
    /// Of the network's outputs for one example, in milliseconds: the quickest of about a second's runs, since other work on the
    /// machine only ever adds to it.
    public var latencyMs: Double
    /// Examples a second, as many at a time as `predict` takes.
    public var examplesPerSecond: Double
    /// Of the weights and what runs them, at the fullest moment, for one example, in megabytes (10^6 bytes).
    public var memoryMb: Double
    /// Of the model's files, in megabytes.
    public var sizeMb: Double
    /// Numbers that were trained.
    public var parameters: Int
    public var threads: Int
}

extension TrainedModel {
    /// Measures the model, for about three seconds; no data are needed.
    ///
    /// - Parameter threads: those of the run when nil.
    /// - Throws: as `profile(_:batchSize:threads:)`.
    public func costs(threads: Int? = nil) throws -> ModelCosts {
        let one = try profile(.inference, batchSize: 1, threads: threads).plan
        let many = try profile(.inference, threads: threads)
        let weights = network.stateDictionary().reduce(0) { $0 + $1.tensor.elementCount * $1.tensor.dataType.size }
        let files = [folder.weights, folder.description].reduce(0) { sum, file in
            let size = try? FileManager.default.attributesOfItem(atPath: file.path)[.size] as? Int
            return sum + (size ?? 0)
        }
        return ModelCosts(
            latencyMs: one.runSeconds * 1e3, examplesPerSecond: Double(many.batchSize) / many.plan.runSeconds,
            memoryMb: Double(weights + one.arenaBytes) / 1e6, sizeMb: Double(files) / 1e6,
            parameters: description.parameters, threads: one.threads)
    }
}
