import Foundation
public import ThalwegDataSets
public import ThalwegTraining

extension TrainedModel {
    /// Every example of the run's training file, judged by a network that did not see it: as many as folds are trained with the run's
    /// settings, each without one fold.
    ///
    /// - Parameters:
    ///   - folds: at least 2, at most one an example.
    ///   - tell: called with the number of every fold, from 1, before its network is trained.
    ///   - isInterrupted: asked before every step; true ends it.
    /// - Returns: all examples in their order, and their outcomes.
    /// - Throws: as `ownData()`, `ConfigurationError` for more folds than examples, and
    ///   `TrainingError` when a fold cannot be learned, `DiagnosisInterrupted`.
    public func outOfFoldOutcomes(
        folds: Int = 5, threads: Int? = nil, tell: (Int) -> Void = { _ in },
        isInterrupted: @escaping () -> Bool = { false }
    ) throws -> (part: Part, outcomes: PredictedOutcomes) {
        precondition(folds >= 2, "\(folds) folds: one network must not see what another does")
        let examples = try ownData().loaded.train
        var configuration = try configuration()
        configuration.threads = threads ?? configuration.threads
        guard folds <= examples.count else {
            throw ConfigurationError(
                key: "folds", problem: "asks for \(grouped(folds)) folds of \(counted(examples.count, "example"))")
        }
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("thalweg-folds-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        var parts: [PredictedOutcomes] = []
        var rows: [Int] = []
        for fold in 0..<folds {
            tell(fold + 1)
            var options = Trainer.Options(run: folder.appendingPathComponent("\(fold)").path)
            options.isInterrupted = isInterrupted
            let data = try PreparedData(configuration, fold: (fold, folds))
            do { _ = try Trainer(configuration, data: data, options: options).run() } catch TrainingError.interrupted {
                throw DiagnosisInterrupted()
            }
            guard let held = try RunData(configuration, fold: (fold, folds)).partition.test else { continue }
            parts.append(try TrainedModel(run: options.run).outcomes(held, threads: threads))
            rows += held.rows
        }
        guard let all = PredictedOutcomes.joined(parts) else {
            throw TrainingError.notARun(self.folder.path, problem: "its data hold no examples")
        }
        let order = rows.indices.sorted { rows[$0] < rows[$1] }
        return (Part(examples: examples, rows: order.map { rows[$0] }), all.selecting(order))
    }
}
