/// Is told what happens in a training run: progress bars, run stores and reports listen here; the trainer knows none of them.
public protocol TrainingObserver: AnyObject {
    func trainingWillStart(_ plan: TrainingPlan)
    /// After steps, at most two hundred times a second, and after the last one.
    func trainingDidAdvance(_ status: TrainingStatus)
    /// A row went into `metrics.csv`.
    func trainingDidRecord(_ row: MetricsRow)
    /// Something the user should know, one line.
    func trainingDidWarn(_ message: String)
    /// Something holds the run back; its line was a warning before.
    func trainingDidFind(_ finding: Finding)
    /// A change was asked for and made, or refused, one line.
    func trainingDidAdjust(_ message: String)
    func trainingDidSaveCheckpoint(step: Int)
    func trainingDidFinish(_ result: TrainingResult)
}

extension TrainingObserver {
    public func trainingWillStart(_ plan: TrainingPlan) {}
    public func trainingDidAdvance(_ status: TrainingStatus) {}
    public func trainingDidRecord(_ row: MetricsRow) {}
    public func trainingDidWarn(_ message: String) {}
    public func trainingDidFind(_ finding: Finding) {}
    public func trainingDidAdjust(_ message: String) {}
    public func trainingDidSaveCheckpoint(step: Int) {}
    public func trainingDidFinish(_ result: TrainingResult) {}
}

/// What is about to be done.
public struct TrainingPlan: Sendable {
    public var configuration: TrainingConfiguration
    public var description: String
    public var trainCount: Int
    public var devCount: Int
    public var testCount: Int
    public var parameters: Int
    public var totalSteps: Int
    public var stepsPerEpoch: Int
    /// The step a resumed run starts from.
    public var firstStep: Int
    public var metricName: String
}

/// Where training stands.
public struct TrainingStatus: Sendable {
    /// Steps done.
    public var step: Int
    public var totalSteps: Int
    /// The epoch of the newest step, from 1.
    public var epoch: Int
    public var epochs: Int
    /// The mean over this epoch's steps so far (of this process).
    public var cost: Double
    /// Over this epoch's steps so far.
    public var metric: Double
    public var metricName: String
    public var devCost: Double?
    public var devMetric: Double?
    public var rate: Double
    /// Since this process started training.
    public var seconds: Double
    public var firstStep: Int

    package init(
        step: Int, totalSteps: Int, epoch: Int, epochs: Int, cost: Double, metric: Double, metricName: String,
        devCost: Double?, devMetric: Double?, rate: Double, seconds: Double, firstStep: Int
    ) {
        self.step = step
        self.totalSteps = totalSteps
        self.epoch = epoch
        self.epochs = epochs
        self.cost = cost
        self.metric = metric
        self.metricName = metricName
        self.devCost = devCost
        self.devMetric = devMetric
        self.rate = rate
        self.seconds = seconds
        self.firstStep = firstStep
    }
}

/// A row of `metrics.csv`: the costs before update `step + 1`.
public struct MetricsRow: Codable, Sendable, Equatable, LoggedRow {
    public var step: Int
    public var epoch: Int
    public var trainCost: Double?
    public var devCost: Double?
    public var trainMetric: Double?
    public var devMetric: Double?
    public var learningRate: Double

    public init(
        step: Int, epoch: Int, trainCost: Double? = nil, devCost: Double? = nil, trainMetric: Double? = nil,
        devMetric: Double? = nil, learningRate: Double
    ) {
        self.step = step
        self.epoch = epoch
        self.trainCost = trainCost
        self.devCost = devCost
        self.trainMetric = trainMetric
        self.devMetric = devMetric
        self.learningRate = learningRate
    }

    static let header = "step,epoch,train_cost,dev_cost,train_metric,dev_metric,learning_rate\n"

    func write(to text: inout [UInt8]) {
        text.append(step)
        text.append(UInt8(ascii: ","))
        text.append(epoch)
        text.appendCell(trainCost)
        text.appendCell(devCost)
        text.appendCell(trainMetric)
        text.appendCell(devMetric)
        text.appendCell(learningRate)
        text.append(UInt8(ascii: "\n"))
    }
}

/// What a run came to.
public struct TrainingResult: Sendable {
    /// Why training ended.
    public enum End: String, Codable, Sendable {
        /// All epochs or steps are done.
        case finished
        /// The dev cost no longer fell.
        case stoppedEarly = "stopped-early"
        /// Somebody asked for it.
        case stopped
    }

    public var run: String
    public var plan: TrainingPlan
    public var assessments: Assessments
    /// Why there is no cross-validation where there should be one.
    public var crossValidationProblem: String?
    public var end: End
    public var epochs: Int
    public var steps: Int
    /// The step of the weights that were kept.
    public var bestStep: Int
    public var seconds: Double
    public var model: ModelDescription
    public var notes: [String]
    /// What was noticed while training.
    public var findings: [Finding]

    public var train: Score { assessments.train.score }
    public var dev: Score? { assessments.dev?.score }
    public var test: Score? { assessments.test?.score }
}
