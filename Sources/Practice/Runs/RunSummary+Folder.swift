import Foundation
import ThalwegDataSets
import ThalwegTraining

extension RunSummary {
    /// Reads the run folder at `path`.
    ///
    /// - Throws: `TrainingError.notARun` when there is none.
    public init(contentsOf path: String) throws {
        let folder = RunFolder(path)
        guard folder.isRun else {
            throw TrainingError.notARun(path, problem: folder.strangeness ?? "nothing in it says so")
        }
        self.init(folder, path: path)
    }

    /// Reads a run folder. Whatever is missing or damaged is left out: a list of runs must not fail for one of them.
    ///
    /// - Parameters:
    ///   - path: as the summary shall name it.
    ///   - search: the search folder it lies in.
    init(_ folder: RunFolder, path: String, search: String? = nil) {
        self.init(path: path, search: search)
        var configuration = TrainingConfiguration()
        if (try? configuration.read(contentsOf: folder.configuration)) != nil {
            settings = Dictionary(configuration.values, uniquingKeysWith: { $1 })
            data = configuration.data
            seed = configuration.seed
            task = configuration.task?.rawValue
            metric = configuration.task?.metricName
        }
        if let record = try? folder.readRecord() { take(record, folder) }
        if let model = ModelFigures(folder) {
            take(model)
        } else if let row = folder.lastMetricsRow {
            let name = metric ?? "metric"
            figures = [
                "train_cost": row.trainCost, "dev_cost": row.devCost, "train_\(name)": row.trainMetric,
                "dev_\(name)": row.devMetric, "rate": row.learningRate,
            ].compactMapValues { $0 }.filter(\.value.isFinite)
            epochs = row.epoch
            steps = row.step
        }
        let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.url.path)) ?? []
        artifacts = names.filter { !$0.hasPrefix(".") && $0 != "lock" }.sorted()
    }

    private mutating func take(_ record: RunRecord, _ folder: RunFolder) {
        fingerprint = record.fingerprint
        seed = record.seed
        data = data ?? record.data
        started = record.sessions.first?.started
        guard let last = record.sessions.last else { return }
        status = folder.status
        problem = last.problem
        ended = last.ended
        command = last.commandLine
        commandFolder = last.folder
        git = last.git
        environment = last.environment
    }

    private mutating func take(_ model: ModelFigures) {
        // A run of an early version that has a model got to its end.
        status = status ?? .finished
        task = model.task.rawValue
        metric = model.task.metricName
        parameters = model.parameters
        let architecture = model.architecture
        network = ([architecture.inputs] + architecture.hidden + [architecture.outputs]).map(String.init)
            .joined(separator: "-")
        let training = model.training
        data = training.data
        fingerprint = training.fingerprint
        (epochs, steps, seconds) = (training.epochs, training.steps, training.seconds)
        var parts = [("train", training.train), ("dev", training.dev), ("test", training.test)]
        parts.append(("folds", training.assessments?.crossValidation?.assessment.score))
        for case let (name, score?) in parts {
            figures["\(name)_\(model.task.metricName)"] = score.metric
            figures["\(name)_loss"] = score.loss
            figures["\(name)_examples"] = Double(score.count)
        }
        for case let (name, part?) in [
            ("train", training.assessments?.train), ("dev", training.assessments?.dev),
            ("test", training.assessments?.test),
        ] {
            figures["\(name)_balanced_accuracy"] = part.balancedAccuracy
            figures["\(name)_baseline"] = part.baseline
        }
        figures = figures.filter(\.value.isFinite)
    }
}

/// The part of `model.json` that a list needs.
private struct ModelFigures: Decodable {
    struct Architecture: Decodable {
        var inputs: Int
        var hidden: [Int]
        var outputs: Int
    }

    var task: ThalwegDataSets.Task
    var parameters: Int
    var architecture: Architecture
    var training: ModelDescription.Training

    init?(_ folder: RunFolder) {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        guard let bytes = try? Data(contentsOf: folder.description),
            let read = try? decoder.decode(ModelFigures.self, from: bytes)
        else { return nil }
        self = read
    }
}
