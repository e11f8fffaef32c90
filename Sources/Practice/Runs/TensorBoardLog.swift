import Foundation
import ThalwegDataSets
import ThalwegFormats
public import ThalwegTraining

/// Writes what `metrics.csv` gets as event files, too, so that TensorBoard shows the run.
///
/// The run's folder `tensorboard` has a folder for each part (train, dev, test) with the same tags, which TensorBoard draws over
/// each other. A log that cannot be written ends with a note; the run goes on.
public final class TensorBoardLog: TrainingObserver {
    private let folder: URL
    private let tell: (String) -> Void
    private var files: [String: EventFile] = [:]
    private var metricName = "metric"
    private var firstStep: Int?
    private var flushed = ContinuousClock.now
    private var isBroken = false

    /// - Parameters:
    ///   - run: the run folder.
    ///   - tell: takes a line for the user.
    public init(_ run: RunFolder, tell: @escaping (String) -> Void) {
        folder = run.url.appendingPathComponent("tensorboard")
        self.tell = tell
    }

    public func trainingWillStart(_ plan: TrainingPlan) {
        metricName = plan.metricName
        firstStep = plan.firstStep > 0 ? plan.firstStep : nil
    }

    public func trainingDidRecord(_ row: MetricsRow) {
        attempt {
            try write(
                "train", row.step,
                [("cost", row.trainCost), (metricName, row.trainMetric), ("learning_rate", row.learningRate)])
            try write("dev", row.step, [("cost", row.devCost), (metricName, row.devMetric)])
            guard ContinuousClock.now - flushed > .seconds(1) else { return }
            try flush()
        }
    }

    public func trainingDidSaveCheckpoint(step: Int) { attempt(flush) }

    public func trainingDidFinish(_ result: TrainingResult) {
        attempt {
            if let test = result.test {
                try write("test", result.steps, [("cost", test.cost), (metricName, test.metric)])
            }
            try flush()
        }
    }

    private func write(_ part: String, _ step: Int, _ values: [(String, Double?)]) throws {
        let scalars = values.compactMap { tag, value in value.map { EventFile.Scalar(tag, Float($0)) } }
        guard !scalars.isEmpty else { return }
        let file = try files[part] ?? EventFile(in: folder.appendingPathComponent(part), restartingAt: firstStep)
        files[part] = file
        try file.append(step: step, scalars)
    }

    private func flush() throws {
        for file in files.values { try file.flush() }
        flushed = .now
    }

    private func attempt(_ work: () throws -> Void) {
        guard !isBroken else { return }
        do { try work() } catch {
            isBroken = true
            tell("no more is written for TensorBoard: \(error)")
        }
    }
}
