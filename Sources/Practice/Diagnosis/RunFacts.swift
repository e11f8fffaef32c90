public import ThalwegTraining

/// What the advice for a run depends on, beside its errors.
public struct RunFacts: Sendable {
    /// With every choice filled in, as a run folder keeps it.
    public var configuration: TrainingConfiguration
    /// The run folder, as in commands.
    public var run: String
    public var train: Int
    public var dev: Int
    public var test: Int
    public var isClassification: Bool
    /// The present error on dev examples.
    public var devError: Double?
    public var curve: CurveReading?
    public var learningCurve: LearningCurve?
    /// Whether training ended before its planned epochs.
    public var hasStoppedEarly: Bool

    public init(
        configuration: TrainingConfiguration, run: String, train: Int, dev: Int = 0, test: Int = 0,
        isClassification: Bool, devError: Double? = nil, curve: CurveReading? = nil,
        learningCurve: LearningCurve? = nil,
        hasStoppedEarly: Bool = false
    ) {
        self.configuration = configuration
        self.run = run
        self.train = train
        self.dev = dev
        self.test = test
        self.isClassification = isClassification
        self.devError = devError
        self.curve = curve
        self.learningCurve = learningCurve
        self.hasStoppedEarly = hasStoppedEarly
    }

    var layers: [Int] { configuration.layers ?? [] }

    /// Whether dev examples come from a file of their own.
    var hasOwnDev: Bool { configuration.dev != nil }
}
