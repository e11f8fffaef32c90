import Foundation
import ThalwegDataSets
import ThalwegFormats
import ThalwegNetworks
import ThalwegTraining

extension Search {
    /// How the winner is trained for good: settings by key, over those that every trial starts from.
    struct FinalTraining {
        var settings: [String: SearchValue]
        /// With every choice filled in.
        var configuration: TrainingConfiguration
        /// Whether dev examples are among those learned from.
        var learnsFromDev = false
        var rehearsal: SearchRehearsal?
    }

    /// The winner's settings; where dev examples were drawn from the data, they go back to the training examples: dev
    /// sets have done their work once the settings are chosen. Then nothing tells when to stop: training takes as long
    /// as it takes to learn as much as the trials had when their dev costs were lowest (`finalCourse`), or, where a rehearsal
    /// of that is worse, ends where further dev sets stopped the trials (`cutCourse`).
    ///
    /// A dev set is kept where a file holds it, where it chooses a threshold, where the data are so few that
    /// cross-validation judges them, where the winner was tried on no other dev set, and where the options say so.
    func finalTraining(_ winner: TrialRecord) throws -> FinalTraining {
        let trial = plan.base.setting(winner.parameters)
        let resolved = trial.resolved(for: data)
        var training = FinalTraining(settings: winner.parameters, configuration: resolved)
        guard !options.keepsDev, trial.dev == nil, trial.falseNegativeCost == nil, data.crossValidationFolds == nil,
            let drawn = try? RunData(trial), drawn.loaded.dev == nil, let planned = resolved.epochs,
            let ends = bestEpochs(winner, planned: planned)
        else { return training }
        let course = finalCourse(resolved, planned: planned, ends: ends)
        // A dev set that stops nothing is not missed.
        if resolved.earlyStopping ?? 1 > 0 { training.rehearsal = try rehearsal(winner, course) }
        training.learnsFromDev = true
        training.settings["split"] = .text(drawn.splitWithoutDev)
        let all = try PreparedData(plan.base.setting(training.settings.merging(course) { $1 }))
        if training.rehearsal?.isAsGood ?? true {
            training.settings.merge(course) { $1 }
        } else {
            let stepsPerEpoch = resolved.stepsPerEpoch(examples: all.train.count)
            training.settings.merge(cutCourse(resolved, planned: planned, ends: ends, stepsPerEpoch: stepsPerEpoch)) {
                $1
            }
        }
        // What follows from the number of examples stays what it was in the trials.
        let settings = plan.base.setting(training.settings)
        for key in settings.resolved(for: all).keys(differingFrom: resolved)
        where training.settings[key] == nil && !["epochs", "steps"].contains(key) {
            training.settings[key] = resolved.searchValue(of: key)
        }
        training.configuration = plan.base.setting(training.settings).resolved(for: all)
        return training
    }

    /// A whole training that learns as much, by the sum of its rates, as the median trial had when its dev cost was lowest.
    private func finalCourse(
        _ resolved: TrainingConfiguration, planned: Int, ends: [Int]
    ) -> [String: SearchValue] {
        let schedule = resolved.schedule.flatMap { try? Schedule(parsing: $0) } ?? .constant
        let epochs = ends.map { schedule.epochs(learningAsMuchAs: $0, of: planned) }.roundedMedian
        var course: [String: SearchValue] = ["early-stopping": .integer(0)]
        if let steps = resolved.steps {
            course["steps"] = .integer(max(steps * epochs / planned, 1))
        } else {
            course["epochs"] = .integer(epochs)
        }
        return course
    }

    /// The training of the trials, ended at the median of the epochs at which their dev costs were lowest.
    private func cutCourse(
        _ resolved: TrainingConfiguration, planned: Int, ends: [Int], stepsPerEpoch: Int
    ) -> [String: SearchValue] {
        let end = max(ends.roundedMedian, 1)
        let stop = resolved.steps.map { max($0 * end / planned, 1) } ?? end * stepsPerEpoch
        let adjustments = plan.base.adjustments.filter { $0.step < stop } + [Adjustment(step: stop, .stop)]
        var course: [String: SearchValue] = [
            "early-stopping": .integer(0), "adjustments": .text(adjustments.map(\.description).joined(separator: ",")),
        ]
        if resolved.steps == nil { course["epochs"] = .integer(planned) }
        return course
    }

    /// Trains the winner by that course on the training examples of each further dev set; what has ended is not repeated.
    private func rehearsal(_ winner: TrialRecord, _ course: [String: SearchValue]) throws -> SearchRehearsal {
        let jobs = (1...plan.folds).map { fold in
            var job = TrialJob(trial: winner.trial, parameters: winner.parameters)
            job.fold = fold
            job.course = course
            return job
        }
        let ended = Set(journal.records.map(\.key))
        try run(jobs.filter { !ended.contains($0.key) })
        return SearchRehearsal(
            jobs.map { job in
                let trainings = journal.records.filter {
                    $0.trial == job.trial && $0.fold == job.fold && $0.status == .finished
                }
                return SearchRehearsal.Fold(
                    stopped: trainings.last { $0.judgesFinalist }.map(devLosses) ?? [],
                    rehearsed: trainings.last { $0.key == job.key }?.metrics["loss"])
            })
    }

    /// The dev losses of a training that its dev set stopped, epoch by epoch: the log's costs, without penalties as
    /// large as they were in the best epoch, whose weights it ended with.
    private func devLosses(_ record: TrialRecord) -> [Double] {
        let rows = try? RunFolder(folder.url.appendingPathComponent(record.folder).path).metricsRows()
        let costs = (rows ?? []).compactMap(\.devCost)
        guard let lowest = costs.min(), let loss = record.metrics["loss"] else { return [] }
        return costs.map { $0 - lowest + loss }
    }

    /// The epochs at which the dev costs of the winner's trainings on further dev sets were lowest, in order; all epochs
    /// where nothing stops early. nil without further dev sets: a single one tells too little.
    private func bestEpochs(_ winner: TrialRecord, planned: Int) -> [Int]? {
        let ends = journal.records
            .filter { $0.trial == winner.trial && $0.judgesFinalist && $0.status == .finished }
            .compactMap { record -> Int? in
                let rows = try? RunFolder(folder.url.appendingPathComponent(record.folder).path).metricsRows()
                let costs = (rows ?? []).compactMap { row in row.devCost.map { (cost: $0, epoch: row.epoch) } }
                guard let best = costs.min(by: { $0.cost < $1.cost }) else { return nil }
                return (plan.base.earlyStopping ?? 1) > 0 ? best.epoch : costs.last?.epoch ?? planned
            }
            .sorted()
        return ends.count > 1 ? ends : nil
    }

    /// Trains the winner with all threads, to be judged by the test examples. What stands there already is kept if it
    /// is the same.
    func train(_ training: FinalTraining, of winner: SearchStanding) throws -> ModelDescription {
        let run = folder.best
        var uses = earlierUses
        if run.exists {
            var found = TrainingConfiguration()
            let isSame =
                (try? found.read(contentsOf: run.configuration)) != nil
                && found.differences(from: training.configuration, ignoring: ["threads"]).isEmpty
            let model = try? TrainedModel(run: run.path)
            if isSame, let model, model.interruption == nil { return try counting(uses, in: model.description) }
            if !isSame {
                // The winner of a shorter search had its turn with the test examples.
                uses += model?.testUses ?? 0
                try writeAtomically(usesFile) { try $0.write("\(uses)\n") }
                try? FileManager.default.removeItem(at: run.url)
            }
        }
        observer?.searchWillTrainBest(winner)
        let arguments =
            words(run: run.url, threads: plan.base.threads)
            + training.settings.sorted { $0.key < $1.key }.flatMap { ["--set", "\($0)=\($1.text)"] }
        let process = try TrialProcess(
            TrialJob((0, training.settings)), executable: execution.executable, arguments: arguments, run: run.url,
            isInterrupted: execution.isInterrupted)
        while !process.poll() {
            if execution.isInterrupted() { process.terminate(.interrupted) }
            usleep(5_000)
        }
        guard process.end == .exited(0) else {
            if process.stop != nil {
                throw SearchError.interrupted(folder.path, finished: journal.records.count)
            }
            throw SearchError.winnerFailed(folder.path, reason: process.failure)
        }
        return try counting(uses, in: run.read(ModelDescription.self, from: run.description))
    }

    /// How often winners that `best` no longer holds were judged by the test examples; there until the new one counts them.
    private var usesFile: URL { folder.url.appendingPathComponent(".test-uses") }
    private var earlierUses: Int {
        (try? String(contentsOf: usesFile, encoding: .utf8)).flatMap { Int($0.prefix { $0 != "\n" }) } ?? 0
    }

    /// Adds earlier uses of the test examples, once: a new winner alone has fewer.
    private func counting(_ uses: Int, in model: ModelDescription) throws -> ModelDescription {
        var model = model
        if let own = model.training.testUses, own <= uses {
            model.training.testUses = own + uses
            try folder.best.write(model, to: folder.best.description)
        }
        try? FileManager.default.removeItem(at: usesFile)
        return model
    }
}

extension [Int] {
    /// Of sorted numbers, at least one; the greater half of an even count's middle.
    fileprivate var roundedMedian: Int { (self[(count - 1) / 2] + self[count / 2] + 1) / 2 }
}

extension Schedule {
    /// The sum of the rates of the first `count` of `epochs` epochs, where the base rate is 1.
    private func sum(_ count: Int, of epochs: Int) -> Double {
        // Schedules that change with the step are taken in the middle of an epoch.
        (0..<count).reduce(0) { sum, epoch in
            sum + rate(base: 1, at: Progress(epoch: epoch, step: 4 * epoch + 2, stepsPerEpoch: 4, epochs: epochs))
        }
    }

    /// The fewest epochs whose rates, over a whole course of this schedule, sum to those of the first `count` of `epochs`
    /// epochs: `count` for a constant rate, more where the rate falls to zero at the end of the course.
    package func epochs(learningAsMuchAs count: Int, of epochs: Int) -> Int {
        let wanted = sum(min(count, epochs), of: epochs) * (1 - 1e-9)
        var (low, high) = (1, max(epochs, 1))
        while low < high {
            let middle = (low + high) / 2
            if sum(middle, of: middle) < wanted { low = middle + 1 } else { high = middle }
        }
        return low
    }
}

extension RunData {
    /// Shares that set the same test examples apart and no dev examples, as `split` takes them.
    package var splitWithoutDev: String {
        let count = loaded.train.count
        guard loaded.test == nil, let test = partition.test?.count, test > 0 else { return "1,0,0" }
        // As few digits as give this number of examples.
        for digits in 1...15 {
            let scale = pow(10, Double(digits))
            let share = (Double(test) / Double(count) * scale).rounded() / scale
            if share < 1, Int((Double(count) * share).rounded()) == test {
                return "\(((1 - share) * scale).rounded() / scale),0,\(share)"
            }
        }
        return "\(1 - Double(test) / Double(count)),0,\(Double(test) / Double(count))"
    }
}
