import Foundation
import ThalwegDataSets
import ThalwegFormats
public import ThalwegTraining

/// Searches settings by training with them, each trial in a process of its own: the loop behind `thalweg tune`.
///
/// A search is a function of its options, its space and the data: how many trials run at a time, and whether it was
/// killed and resumed, changes nothing but its time. No trial sees the test examples; all share one split.
public final class Search {
    /// How trials are run.
    public struct Execution {
        /// The program whose verb `train` trains.
        public var executable: String
        /// Trials at a time; each gets its share of the threads.
        public var parallel = 1
        /// Asked all the time: true ends the trials, which save checkpoints, and the search.
        public var isInterrupted: () -> Bool = { false }

        public init(executable: String) { self.executable = executable }
    }

    public let folder: SearchFolder
    public let options: SearchOptions
    public let plan: SearchPlan
    let execution: Execution
    let data: PreparedData
    let observer: (any SearchObserver)?
    let lock: FileLock
    let journal: SearchJournal
    var running: [TrialProcess] = []
    var lastPruning = ContinuousClock.now
    /// Dev metrics of finished trials, epoch by epoch, for pruning.
    var curves: [[Double]] = []
    var devParts: [Int: Part] = [:]
    private let started = ContinuousClock.now
    /// Seconds that earlier sessions took until their last training ended.
    private let earlier: Double

    /// Begins a search in a new folder.
    ///
    /// - Parameters:
    ///   - space: what is searched; `SearchSpace.standard` when nil.
    ///   - base: what every trial starts from; `fixed` are the keys of settings that are not searched.
    ///   - read: those of settings that come from a file: not searched, either, unless they would be chosen just so.
    /// - Throws: `SearchError.exists`, `ConfigurationError` for options that make no sense, `DataError` for data that
    ///   cannot be read.
    public convenience init(
        creating path: String, options: SearchOptions, space: SearchSpace?, base: TrainingConfiguration,
        fixed: Set<String>, read: Set<String> = [], execution: Execution, observer: (any SearchObserver)? = nil
    ) throws {
        let folder = SearchFolder(path)
        guard !folder.exists else { throw SearchError.exists(path) }
        var base = base
        // The same examples are set apart whatever the seed of a training.
        base.splitSeed = base.splitSeed ?? base.seed
        let data = try PreparedData(base)
        let fixed = fixed.union(read.subtracting(base.leaveToChoose(read, for: data)))
        let space = try space ?? .standard(for: data, base: base, fixed: fixed)
        if let both = space.parameters.first(where: { fixed.contains($0.key) || $0.owner.map(fixed.contains) ?? false })
        {
            throw ConfigurationError(file: space.file, key: both.key, problem: "is searched and given a value, too")
        }
        let plan = try Self.plan(options, space: space, base: base, data: data)
        try folder.create()
        let lock = try folder.locked()
        try writeAtomically(folder.settings) { try $0.write(base.toml) }
        try writeAtomically(folder.search) {
            try $0.write(options.toml(space: space, fingerprint: data.fingerprint))
        }
        try self.init(folder, lock, options, plan, data, execution, observer)
    }

    /// Goes on with a search that was interrupted or killed.
    ///
    /// - Parameter trials: another number of them; only a random search can be extended.
    /// - Throws: `SearchError` for a folder that is none or is in use, `ConfigurationError`, `DataError`.
    public convenience init(
        resuming path: String, trials: Int? = nil, execution: Execution, observer: (any SearchObserver)? = nil
    ) throws {
        let folder = SearchFolder(path)
        guard FileManager.default.fileExists(atPath: folder.search.path) else {
            throw SearchError.notASearch(path, problem: folder.exists ? "it has no search.toml" : "it does not exist")
        }
        let lock = try folder.locked()
        var base = TrainingConfiguration()
        try base.read(contentsOf: folder.settings)
        var (options, space, fingerprint) = try SearchOptions.read(folder.search, base: base)
        if let trials, trials != options.trials {
            let before = options.trials ?? SearchOptions.usualTrials
            guard options.strategy == .random else {
                throw ConfigurationError(
                    problem: "--trials: only a random search can be extended; this one is \(options.strategy.rawValue) "
                        + "with \(before) trials")
            }
            guard trials > before else {
                throw ConfigurationError(
                    problem: "--trials: this search has \(before) trials already; more can be asked for, not \(trials)")
            }
            options.trials = trials
        }
        let data = try PreparedData(base)
        guard fingerprint == data.fingerprint else {
            throw SearchError.changed(path, problem: "the data have changed since it was begun")
        }
        let plan = try Self.plan(options, space: space, base: base, data: data)
        try writeAtomically(folder.search) {
            try $0.write(options.toml(space: space, fingerprint: data.fingerprint))
        }
        try self.init(folder, lock, options, plan, data, execution, observer)
    }

    private init(
        _ folder: SearchFolder, _ lock: FileLock, _ options: SearchOptions, _ plan: SearchPlan, _ data: PreparedData,
        _ execution: Execution, _ observer: (any SearchObserver)?
    ) throws {
        self.folder = folder
        self.lock = lock
        self.options = options
        self.plan = plan
        self.data = data
        self.execution = execution
        self.observer = observer
        try folder.create()
        journal = try SearchJournal(folder.journal)
        earlier = journal.records.last?.elapsed ?? 0
    }

    /// Seconds of this session and of those before.
    var elapsed: Double { earlier + (ContinuousClock.now - started) / .seconds(1) }

    /// What is odd about the data, whatever the settings.
    public var findings: [Finding] { data.findings }

    /// What is said of data that are too few to choose by; nil where they are not.
    public var caution: String? {
        guard let dev = data.dev, dev.count < Assessment.fewest else { return nil }
        return
            "\(counted(data.train.count, "training example")) and \(counted(dev.count, "dev example")) are too few to "
            + "choose settings by: what comes out best may well be so by luck."
    }

    private static func plan(
        _ options: SearchOptions, space: SearchSpace, base: TrainingConfiguration, data: PreparedData
    ) throws -> SearchPlan {
        guard data.dev != nil else {
            throw ConfigurationError(
                problem: "a search judges by dev examples, and there are none: give --dev FILE, or a --split with some")
        }
        let task = data.preprocessing.task
        if options.strategy == .halving, base.steps != nil {
            throw ConfigurationError(key: "steps", problem: "is set, but halving trains by epochs")
        }
        var plan = SearchPlan(
            strategy: options.strategy, trials: options.trials ?? SearchOptions.usualTrials, seed: UInt64(options.seed),
            finalists: options.finalists, space: space, objective: try SearchObjective(options.objective, task: task),
            base: base
        ) { parameters in
            base.setting(parameters).resolved(for: data).epochs ?? 1
        }
        if base.dev == nil, let dev = data.dev {
            // With the usual dev set, every example outside the test set has its turn.
            let parts = Double(data.train.count + dev.count) / Double(dev.count)
            plan.folds = min(max(Int(parts.rounded()) - 1, SearchPlan.fewestFolds), SearchPlan.mostFolds)
        }
        plan.tieBreaker = Metric.fitting(task).first { $0.name == "log-loss" }?.name
        plan.constraints = try options.constraints.map { try SearchConstraint($0, task: task) }
        for name in [plan.objective.name] + plan.constraints.map(\.metric) {
            try (try? Metric.named(name))?.requireClass(of: data.preprocessing.classes)
        }
        let settings = base.resolved(for: data)
        for parameter in space.parameters { plan.defaults[parameter.key] = settings.searchValue(of: parameter.key) }
        if options.strategy == .grid {
            let count = try plan.proposals()
            if let trials = options.trials, count > trials {
                throw ConfigurationError(
                    problem:
                        "the grid has \(count) trials, more than the \(trials) asked for; search fewer parameters or "
                        + "give them fewer points")
            }
        }
        return plan
    }

    /// Runs what is still to be done, trains the winner again and judges it by the test examples.
    ///
    /// - Throws: `SearchError.interrupted`, `SearchError.allFailed`, `DataError` when the folder cannot be written.
    public func run() throws -> SearchResult {
        observer?.searchWillStart(self)
        while true {
            let jobs = try plan.jobs(after: journal.records)
            guard !jobs.isEmpty else { break }
            try run(jobs)
        }
        let standings = plan.standings(journal.records)
        guard let winner = standings.first, winner.record.status == .finished else {
            throw SearchError.allFailed(folder.path, reason: journal.records.first?.reason ?? "no trial")
        }
        let training = try finalTraining(winner.record)
        let seconds = elapsed
        let best = try train(training, of: winner)
        let result = SearchResult(
            folder: folder, plan: plan, records: journal.records, standings: standings, best: best,
            settings: training.settings, caution: caution, learnedFromDev: training.learnsFromDev,
            rehearsal: training.rehearsal,
            costs: try? TrainedModel(run: folder.best.path).costs(),
            seconds: seconds + best.training.seconds)
        let page = SearchPage(result).page.text
        try writeAtomically(folder.page) { try $0.write(page) }
        return result
    }
}

/// Is told how a search goes on.
public protocol SearchObserver: AnyObject {
    func searchWillStart(_ search: Search)
    func trialDidEnd(_ record: TrialRecord, in search: Search)
    func searchWillTrainBest(_ winner: SearchStanding)
}

extension TrainingConfiguration {
    /// With a trial's settings; those that do not fit are left out.
    func setting(_ parameters: [String: SearchValue]) -> TrainingConfiguration {
        var result = self
        // Choices before their numbers.
        for key in parameters.keys.sorted() { try? result.set(key, to: parameters[key]?.text ?? "") }
        return result
    }
}
