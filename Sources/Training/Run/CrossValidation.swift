import Foundation
import ThalwegDataSets
import ThalwegEngine

/// The figure of a recipe where there are too few examples for a test set: as many networks as folds, each trained without one
/// fold and judged by it, all answers put together.
public struct CrossValidation: Codable, Sendable, Hashable {
    public var folds: Int
    public var assessment: Assessment

    /// Folds for so many examples: 5, or each example on its own.
    static func folds(_ count: Int) -> Int { min(5, count) }

    /// Trains and judges the networks, in a folder that is removed afterwards.
    ///
    /// - Throws: `TrainingError`, `DataError` or `ConfigurationError` when a fold cannot be learned from.
    static func run(
        _ configuration: TrainingConfiguration, folds: Int, folder: URL, isInterrupted: @escaping () -> Bool
    ) throws -> CrossValidation {
        defer { try? FileManager.default.removeItem(at: folder) }
        var outcomes = Outcomes()
        var classes: [String] = []
        for fold in 0..<folds {
            try? FileManager.default.removeItem(at: folder)
            let data = try PreparedData(configuration, fold: (fold, folds))
            var options = Trainer.Options(run: folder.path)
            options.isInterrupted = isInterrupted
            let trainer = try Trainer(configuration, data: data, options: options)
            _ = try trainer.run()
            guard let held = data.test else { continue }
            classes = data.preprocessing.classes
            outcomes += trainer.evaluator.outcomes(
                held, preprocessing: data.preprocessing, targets: data.targets,
                threshold: trainer.chosenThreshold()?.probability)
        }
        return CrossValidation(
            folds: folds, assessment: outcomes.assessment(classes: classes, hasBaseline: true))
    }
}
