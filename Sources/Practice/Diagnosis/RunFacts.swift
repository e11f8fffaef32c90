import Foundation
public import ThalwegTraining

/// What the advice for a run depends on, beside its errors.
public struct RunFacts: Sendable {
    /// With every choice filled in, as a run folder keeps it.
    public var configuration: TrainingConfiguration
    /// The run folder, as in commands: without a slash at its end, and with a name that others can be made of.
    public let run: String
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
    /// Numbers that the network learns from; 0 where it is not known.
    var inputs = 0
    /// Whether a search trained it.
    var isOfSearch = false
    /// What the diagnosis was asked with: options of the command that asks again.
    var options: [String] = []

    public init(
        configuration: TrainingConfiguration, run: String, train: Int, dev: Int = 0, test: Int = 0,
        isClassification: Bool, devError: Double? = nil, curve: CurveReading? = nil,
        learningCurve: LearningCurve? = nil,
        hasStoppedEarly: Bool = false
    ) {
        self.configuration = configuration
        self.run = Self.nameable(run)
        self.train = train
        self.dev = dev
        self.test = test
        self.isClassification = isClassification
        self.devError = devError
        self.curve = curve
        self.learningCurve = learningCurve
        self.hasStoppedEarly = hasStoppedEarly
    }

    private static func nameable(_ run: String) -> String {
        let url = URL(fileURLWithPath: run)
        let path = run.hasSuffix(".") ? url.standardizedFileURL.path : url.relativePath
        return path.hasPrefix("-") ? "./" + path : path
    }

    var layers: [Int] { configuration.layers ?? [] }

    /// Whether dev examples come from a file of their own.
    var hasOwnDev: Bool { configuration.dev != nil }
}
