import Foundation
internal import ThalwegTraining

/// `RunDiagnosis.Options.isInterrupted` was true.
public struct DiagnosisInterrupted: Error, CustomStringConvertible {
    public var description: String { "interrupted: nothing was written" }
}

/// A training whose folder nobody keeps.
enum QuickRun {
    /// - Throws: as `Trainer.init` and `Trainer.run()`; `DiagnosisInterrupted` where that was asked for.
    static func train(
        _ configuration: TrainingConfiguration, data: PreparedData, isInterrupted: @escaping () -> Bool
    ) throws -> TrainedModel {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("thalweg-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        var options = Trainer.Options(run: folder.path)
        options.isInterrupted = isInterrupted
        do { _ = try Trainer(configuration, data: data, options: options).run() } catch TrainingError.interrupted {
            throw DiagnosisInterrupted()
        }
        return try TrainedModel(run: folder.path)
    }
}
