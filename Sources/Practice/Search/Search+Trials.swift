import Foundation
import ThalwegDataSets
import ThalwegFormats
import ThalwegTraining

extension Search {
    /// The records so far, in the order in which trainings ended.
    public var records: [TrialRecord] { journal.records }

    /// Trials that are proposed in all.
    public var proposals: Int { (try? plan.proposals()) ?? plan.trials }

    /// Does all jobs, so many at a time; each ends in the journal.
    func run(_ jobs: [TrialJob]) throws {
        var waiting = jobs[...]
        defer { if !running.isEmpty { stopAll() } }
        while !waiting.isEmpty || !running.isEmpty {
            if execution.isInterrupted() {
                stopAll()
                throw SearchError.interrupted(folder.path, finished: journal.records.count)
            }
            while running.count < max(execution.parallel, 1), let job = waiting.popFirst() { try start(job) }
            guard try settle() == 0 else { continue }
            for process in running where options.timeLimit.map({ process.seconds > $0 }) ?? false {
                process.terminate(.tookTooLong)
            }
            try pruneWorst()
            usleep(5_000)
        }
    }

    /// Takes the processes that have ended into the journal.
    @discardableResult
    private func settle() throws -> Int {
        let ended = running.filter { $0.poll() }
        running.removeAll { process in ended.contains { $0 === process } }
        for process in ended {
            guard var record = record(process) else { continue }
            record.elapsed = elapsed
            try journal.append(record)
            observer?.trialDidEnd(record, in: self)
        }
        return ended.count
    }

    /// Asks all processes to save and end, and waits for them.
    private func stopAll() {
        for process in running { process.terminate(.interrupted) }
        while !running.isEmpty {
            do { try settle() } catch { running.removeAll { $0.poll() } }
            usleep(5_000)
        }
    }

    private func start(_ job: TrialJob) throws {
        let run = folder.url.appendingPathComponent(job.folder)
        let total = plan.base.threads ?? ProcessInfo.processInfo.activeProcessorCount
        let threads = max(total / max(execution.parallel, 1), 1)
        var words = words(run: run, threads: threads) + ["--without-test", "--no-report"]
        words += job.parameters.sorted { $0.key < $1.key }.flatMap { ["--set", "\($0)=\($1.text)"] }
        if let epochs = job.epochs {
            // Patience is that of the whole training, however short the present part of it is.
            let whole = plan.base.setting(job.parameters).resolved(for: data)
            words += ["--set", "epochs=\(epochs)", "--set", "early-stopping=\(whole.earlyStopping ?? 0)"]
        }
        words += (job.course ?? [:]).sorted { $0.key < $1.key }.flatMap { ["--set", "\($0)=\($1.text)"] }
        if job.fold > 0 {
            words += ["--set", "dev-fold=\((plan.base.devFold ?? 0) + job.fold)"]
            words += ["--set", "seed=\(plan.base.seed + job.fold)"]
        }
        running.append(
            try TrialProcess(
                job, executable: execution.executable, arguments: words, run: run,
                isInterrupted: execution.isInterrupted))
    }

    func words(run: URL, threads: Int?) -> [String] {
        let isThere = FileManager.default.fileExists(atPath: run.path)
        return ["train", "--config", folder.settings.path, "--out", run.path, "--quiet", "--parent", "\(getpid())"]
            + (threads.map { ["--threads", "\($0)"] } ?? []) + (isThere ? ["--resume"] : [])
    }

    /// How a training ended; nil when it will be gone on with.
    private func record(_ process: TrialProcess) -> TrialRecord? {
        let job = process.job
        guard process.end == .exited(0) else {
            switch process.stop?.reason {
            case .interrupted: return nil
            case .pruned: return pruned(job)
            case .tookTooLong:
                return TrialRecord(
                    job, status: .failed, reason: "took longer than \(numberText(options.timeLimit ?? 0)) s")
            case nil: return TrialRecord(job, status: .failed, reason: process.failure)
            }
        }
        do { return try finished(job, RunFolder(process.run.path)) } catch {
            return TrialRecord(job, status: .failed, reason: "\(error)")
        }
    }

    private func finished(_ job: TrialJob, _ run: RunFolder) throws -> TrialRecord {
        let model = try run.read(ModelDescription.self, from: run.description)
        guard let assessments = model.training.assessments, let dev = assessments.dev else {
            throw TrainingError.notARun(run.path, problem: "it was not judged by dev examples")
        }
        var record = TrialRecord(job, status: .finished)
        record.metrics = SearchObjective.metrics(dev, task: model.task)
        for (name, value) in SearchObjective.metrics(assessments.train, task: model.task) {
            record.metrics["train_" + name] = value
        }
        record.metrics["parameters"] = Double(model.parameters)
        record.metrics["size_mb"] = ModelCosts.size(of: run)
        if job.fold == 0, plan.constraints.contains(where: { ModelCosts.measuredNames.contains($0.metric) }) {
            record.metrics.merge(try TrainedModel(run: run.path).costs().metrics) { $1 }
        }
        try measure(run, &record)
        record.objective = record.metrics[plan.objective.name]
        record.epochs = model.training.epochs
        record.steps = model.training.steps
        record.seconds = model.training.seconds
        guard record.objective != nil else {
            record.status = .failed
            record.reason = "\(plan.objective.name) of the dev examples is not finite"
            return record
        }
        return record
    }

    /// Metrics that are asked for and that training does not tell.
    private func measure(_ run: RunFolder, _ record: inout TrialRecord) throws {
        let tieBreaker = record.fold > 0 ? plan.tieBreaker : nil
        let wanted = Set([plan.objective.name] + plan.constraints.map(\.metric) + (tieBreaker.map { [$0] } ?? []))
            .subtracting(record.metrics.keys).subtracting(ModelCosts.names)
        guard !wanted.isEmpty, let part = try devPart(fold: record.fold) else { return }
        let outcomes = try TrainedModel(run: run.path).outcomes(part)
        for name in wanted { record.metrics[name] = try Metric.named(name)(outcomes) }
        record.metrics = record.metrics.filter { $1.isFinite }
    }

    /// The dev examples of a training; read once.
    private func devPart(fold: Int) throws -> Part? {
        if let part = devParts[fold] { return part }
        var configuration = plan.base
        if fold > 0 { configuration.devFold = (configuration.devFold ?? 0) + fold }
        let part = try RunData(configuration).partition.dev
        devParts[fold] = part
        return part
    }

    private func pruned(_ job: TrialJob) -> TrialRecord {
        var record = TrialRecord(job, status: .pruned)
        let rows = (try? RunFolder(folder.url.appendingPathComponent(job.folder).path).metricsRows()) ?? []
        record.epochs = rows.last?.epoch
        record.steps = rows.last?.step
        record.reason = "worse than half of the trials at epoch \(rows.last?.epoch ?? 0)"
        return record
    }
}
