import Foundation
import ThalwegDataSets
import ThalwegEngine
import ThalwegFormats
import ThalwegNetworks

/// Trains a dense network into a run folder: the loop behind `thalweg train`.
///
/// A run is a function of configuration and data: the same seed gives the same bits on any number of threads, and a run that was
/// killed and resumed ends as one that was not.
public final class Trainer {
    public struct Options {
        /// The run folder.
        public var run: String
        /// Goes on from the folder's checkpoint.
        public var resumes = false
        /// Whether the finished model is judged by the test set (or by cross-validation). The trials of a search leave it alone.
        public var judgesByTest = true
        public var failpoint = Failpoint.none
        /// Asked before every step: true saves a checkpoint and ends.
        public var isInterrupted: () -> Bool = { false }

        public init(run: String) { self.run = run }
    }

    let folder: RunFolder
    let options: Options
    var configuration: TrainingConfiguration
    let data: PreparedData
    let observers: [any TrainingObserver]
    let network: DenseNetwork
    let objective: Objective
    let step: TrainingStep
    let evaluator: Evaluator
    let order: BatchOrder
    let givenOrder: GivenOrder?
    let augmentation: BatchAugmentation?
    let store: CheckpointStore
    let stepsPerEpoch: Int
    var totalSteps: Int
    /// Whether the rows of `metrics.csv` hold the costs that the steps themselves tell.
    let usesStepCost: Bool

    var log: RowLog<MetricsRow>?
    let watch: RunWatch
    var state: CheckpointState
    var best: [(name: String, tensor: Tensor)] = []
    var currentOrder: (epoch: Int, rows: [Int])?
    var lastCheckpoint = ContinuousClock.now
    /// When to look whether a checkpoint is due, whether somebody asks for a change, and to tell observers.
    var pace = Pace()
    var started = ContinuousClock.now
    var earlierSeconds = 0.0
    var latestDev: Score?
    var trainingSample: PreparedData.Part?
    var firstStep = 0
    let desk: AdjustmentDesk
    var lastDeskVisit: ContinuousClock.Instant?
    /// Changes of the configuration's that were made in this process.
    var adjusted = 0
    var isStopped = false
    /// Sums over the present epoch's steps, for those who watch.
    var epochSums = (cost: 0.0, measure: 0.0, examples: 0)

    /// - Parameters:
    ///   - configuration: settings; what is left open is chosen for `data`.
    ///   - observers: told what happens.
    /// - Throws: `ConfigurationError` for settings that do not fit together, `DataError` for initial weights that cannot be read.
    public init(
        _ configuration: TrainingConfiguration, data: PreparedData, options: Options,
        observers: [any TrainingObserver] = []
    ) throws {
        self.configuration = Defaults.resolve(configuration, for: data)
        self.data = data
        self.options = options
        self.observers = observers
        folder = RunFolder(options.run)
        desk = AdjustmentDesk(folder)
        store = CheckpointStore(run: folder, failpoint: options.failpoint)
        let settings = self.configuration
        let examples = data.train.count
        network = try DenseNetwork(settings, data: data)
        objective = try Objective(settings, data: data)
        step = try TrainingStep(network, settings, objective: objective, examples: examples)
        evaluator = Evaluator(
            network, objective: objective, regularization: step.rule.regularization, examples: examples,
            threads: settings.threads)
        stepsPerEpoch = settings.stepsPerEpoch(examples: examples)
        totalSteps = settings.plannedSteps(epochs: settings.epochs ?? 1, examples: examples)
        usesStepCost = stepsPerEpoch == 1 || settings.logEveryStep
        order = BatchOrder(count: examples, seed: UInt64(settings.seed), isShuffled: stepsPerEpoch > 1)
        augmentation = try settings.batchAugmentation(data.preprocessing)
        givenOrder = try settings.givenOrder(
            examples: examples, epochs: (totalSteps + stepsPerEpoch - 1) / stepsPerEpoch)
        state = CheckpointState(
            step: 0, epoch: 0, batch: 0, configuration: settings, fingerprint: data.fingerprint, metricsLength: 0,
            stopping: EarlyStopping(patience: data.dev == nil ? 0 : settings.earlyStopping ?? 0),
            rate: LearningRate(
                base: settings.learningRate ?? 0.001,
                schedule: try settings.schedule.map { try Schedule(parsing: $0) } ?? .constant),
            seconds: 0, tensors: "")
        watch = RunWatch(
            settings, folder: folder, network: network, levels: CostLevels(data.targets, configuration: settings),
            totalSteps: totalSteps, rowsTellSteps: usesStepCost)
        state.sources = data.sources
        state.orderFingerprint = givenOrder?.fingerprint
    }

    /// Trains to the end.
    ///
    /// - Throws: `TrainingError` (a cost that is not finite, an interruption, a run that cannot be resumed), `DataError` when the
    ///   run folder cannot be written.
    public func run() throws -> TrainingResult {
        if options.resumes {
            guard folder.exists else { throw TrainingError.notARun(folder.path, problem: "it does not exist") }
        } else {
            guard !folder.exists else { throw TrainingError.runExists(folder.path) }
        }
        try folder.create()
        let lock = try RunLock(folder)
        if options.resumes { try resume() }
        let session = try RunSession(
            folder, lock: lock, data: configuration.data ?? "", fingerprint: data.fingerprint, seed: configuration.seed,
            threads: configuration.threads)
        do {
            let result = try train()
            try closeDesk()
            try session.end(result.end == .finished ? .finished : .stoppedEarly)
            return result
        } catch {
            var isInterrupted = false
            if case TrainingError.interrupted = error { isInterrupted = true }
            try? session.end(isInterrupted ? .interrupted : .failed, problem: isInterrupted ? nil : "\(error)")
            throw error
        }
    }

    private func train() throws -> TrainingResult {
        try writeConfiguration()
        started = .now
        lastCheckpoint = .now
        if log == nil { log = try RowLog(folder.metrics, keeping: nil) }
        try watch.start(keeping: state.step == 0 ? nil : state.watchLength ?? 0)
        watch.report = { [unowned self] in tell($0) }
        let plan = plan
        for observer in observers { observer.trainingWillStart(plan) }
        if state.step == 0 { try begin() }
        do { try takeSteps() } catch {
            try watch.save()
            throw error
        }
        return try finish(plan)
    }

    private func takeSteps() throws {
        try adjust(takesRequests: true)
        while !isDone {
            if options.isInterrupted() {
                try saveCheckpoint()
                throw TrainingError.interrupted(step: state.step, run: folder.path)
            }
            let looksUp = pace.isDue()
            try advance(tells: looksUp)
            if isCheckpointDue(asksClock: looksUp) { try saveCheckpoint() }
            try adjust(takesRequests: looksUp)
        }
    }

    var isDone: Bool { state.step >= totalSteps || state.stopping.shouldStop || isStopped }

    func plannedSteps(epochs: Int) -> Int { configuration.plannedSteps(epochs: epochs, examples: data.train.count) }

    func writeConfiguration() throws {
        try writeAtomically(folder.configuration) {
            try $0.write(configuration.toml(extensions: state.extensions ?? []))
        }
    }

    var seconds: Double { earlierSeconds + (ContinuousClock.now - started).seconds }

    private var plan: TrainingPlan {
        TrainingPlan(
            configuration: configuration, description: network.line, trainCount: data.train.count,
            devCount: data.dev?.count ?? 0, testCount: data.test?.count ?? 0, parameters: network.parameterCount,
            totalSteps: totalSteps, stepsPerEpoch: stepsPerEpoch, firstStep: state.step,
            metricName: objective.metricName)
    }

    private func tell(_ finding: Finding) {
        for observer in observers {
            observer.trainingDidWarn(finding.line)
            observer.trainingDidFind(finding)
        }
    }

    private func isCheckpointDue(asksClock: Bool) -> Bool {
        if let steps = configuration.checkpointSteps, state.step % steps == 0 { return true }
        guard asksClock else { return false }
        // The first after a second, then at twice the time: little is lost early, and little time later.
        let interval = min(configuration.checkpointSeconds, max(1, (lastCheckpoint - started).seconds))
        return (ContinuousClock.now - lastCheckpoint).seconds >= interval
    }
}

extension Duration {
    var seconds: Double {
        let (whole, fraction) = components
        return Double(whole) + Double(fraction) * 1e-18
    }
}

extension TrainingConfiguration {
    /// The random changes that the setting `augment` asks for.
    ///
    /// - Throws: `ConfigurationError` where they do not fit the data or the other settings.
    func batchAugmentation(_ preprocessing: Preprocessing) throws -> BatchAugmentation? {
        guard let augment else { return nil }
        let augmentation = try ImageAugmentation(parsing: augment)
        let isMixing = augmentation.operations.contains { if case .mixup = $0 { true } else { false } }
        guard !isMixing || classWeights == nil else {
            throw ConfigurationError(
                key: "augment", problem: "cannot mix examples (mixup) whose classes have weights (class-weights)")
        }
        do {
            return try BatchAugmentation(
                augmentation, preprocessing: preprocessing, seed: UInt64(seed), threads: threads)
        } catch let error as DataError {
            throw ConfigurationError(key: "augment", problem: "does not fit the data: \(error.problem)")
        }
    }

    /// Steps in all, where so many epochs are planned.
    func plannedSteps(epochs: Int, examples: Int) -> Int {
        min(epochs.multipliedOrMax(by: stepsPerEpoch(examples: examples)), steps ?? .max)
    }
}

extension Int {
    fileprivate func multipliedOrMax(by other: Int) -> Int {
        let (product, overflow) = multipliedReportingOverflow(by: other)
        return overflow ? .max : product
    }
}
