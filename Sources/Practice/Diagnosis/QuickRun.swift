import Foundation
internal import ThalwegTraining

/// A training whose folder nobody keeps.
enum QuickRun {
    /// - Throws: as `Trainer.init` and `Trainer.run()`.
    static func train(
        _ configuration: TrainingConfiguration, data: PreparedData, isInterrupted: @escaping () -> Bool
    ) throws -> TrainedModel {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("thalweg-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        var options = Trainer.Options(run: folder.path)
        options.isInterrupted = isInterrupted
        _ = try Trainer(configuration, data: data, options: options).run()
        return try TrainedModel(run: folder.path)
    }
}
