import Foundation
internal import ThalwegDataSets
internal import ThalwegFormats
internal import ThalwegTraining

/// Everything a diagnosis of a run starts from: what is in its folder, and its data divided as training had divided them.
struct RunEvidence {
    let folder: RunFolder
    let configuration: TrainingConfiguration
    let rows: [MetricsRow]
    /// nil for a run that has left none.
    let model: TrainedModel?
    /// nil where the data are gone or others than training saw.
    let data: PreparedData?
    /// Noticed while training.
    let findings: [Finding]
    private(set) var notes: [String] = []

    /// - Parameter own: the run's data, where they are at hand.
    /// - Throws: `TrainingError.notARun`, `ConfigurationError` for settings that cannot be read, `DataError` for damaged weights.
    init(run path: String, data own: PreparedData? = nil) throws {
        folder = RunFolder(path)
        configuration = try folder.settings()
        var notes: [String] = []
        func known<Value>(_ read: () throws -> [Value]) throws -> [Value] {
            do { return try read() } catch let error as TrainingError {
                guard case .file = error else { throw error }
                notes.append("\(error): it is left out")
                return []
            }
        }
        rows = try known(folder.metricsRows)
        do { model = try TrainedModel(run: path) } catch TrainingError.unfinished { model = nil }
        if let interruption = model?.interruption { notes.append(interruption) }
        var data: PreparedData?
        do {
            data = try own ?? PreparedData(configuration)
            if let model, data?.fingerprint != model.description.training.fingerprint {
                data = nil
                notes.append(
                    "the data have changed since this run was trained: it is judged by the figures in its model.json alone"
                )
            }
        } catch let error as DataError {
            notes.append("the run's data cannot be read (\(error.description)): it is judged by its own figures alone")
        }
        self.data = data
        findings = try known(folder.findings)
        self.notes = notes
    }

    var task: Task? { model?.description.task ?? data?.preprocessing.task ?? configuration.task }

    /// Why there is no model, in a sentence.
    var ending: String {
        let problem = (try? folder.readRecord())?.sessions.last?.problem
        switch folder.status {
        case .running: return "Training goes on: there is no model yet."
        case .failed: return "Training broke off" + (problem.map { ": \($0)." } ?? ".")
        case .interrupted, .killed, .finished, .stoppedEarly, nil:
            return "Training was interrupted before it left a model; go on with: \(folder.resumeCommand)"
        }
    }

    func metricText(_ value: Double) -> String {
        ThalwegTraining.metricText(value, name: task?.metricName ?? "")
    }

    var trainCount: Int { data?.train.count ?? model?.description.training.examples ?? 0 }
    var devCount: Int { data?.dev?.count ?? model?.description.training.dev?.count ?? 0 }
    var testCount: Int { data?.test?.count ?? model?.description.training.test?.count ?? 0 }

    var layers: [Int] { model?.description.architecture.hidden ?? configuration.layers ?? [] }

    /// Whether training ended before its planned epochs.
    var hasStoppedEarly: Bool {
        guard let done = model?.description.training.epochs, let planned = configuration.epochs else { return false }
        return done < planned
    }
}
