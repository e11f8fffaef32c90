import Foundation
public import ThalwegDataSets
internal import ThalwegFormats
public import ThalwegTraining

/// The diagnosis of a run folder: its errors, its curves, its data and what was noticed while training, put together; the most important
/// first, with what to do next.
public struct RunDiagnosis: Codable, Sendable {
    public struct Options {
        /// The error of people, in the unit of the run's error; estimated when nil.
        public var humanError: Double?
        /// Whether it was told as a percentage, which only a share of wrong answers can be.
        public var isHumanErrorShare = false
        /// A file of examples from the training examples' distribution that training did not see.
        public var trainDev: String?
        /// What the error is; the share of wrong answers or the root mean squared error when nil.
        public var metric: Metric?
        /// Trains on parts of the training examples to tell what more of them would bring.
        public var measuresLearningCurve = false
        public var isInterrupted: () -> Bool = { false }
        /// Told of every longer piece of work.
        public var tell: (String) -> Void = { _ in }

        public init() {}
    }

    /// Something found, with what to do against it.
    public struct Verdict: Codable, Sendable {
        public var finding: Finding
        /// Whether something is wrong that should not be; bias and variance are where every model's error comes from.
        public var isFault: Bool
        public var remedies: [Remedy]

        /// Whether it is where a part of the error comes from: `Diagnosis` tells it.
        var isGap: Bool { Gap.Question(rawValue: finding.kind.rawValue) != nil }
    }

    public var run: String
    public var task: ThalwegDataSets.Task?
    /// `error` for the share of wrong answers, else the metric's name.
    public var metric: String
    /// nil for a run that left no model.
    public var errors: Diagnosis?
    /// The most important first.
    public var verdicts: [Verdict]
    /// What to try next: of the first verdict where there is one, else what is most likely to help.
    public var next: [Remedy]
    public var curve: CurveReading?
    public var learningCurve: LearningCurve?
    public var twoSampleTests: [String: TwoSampleTest]
    /// Columns that differ between training and dev (or test) examples.
    public var shifts: [String: [ColumnShift]]
    public var duplicates: [DuplicatedRows]
    /// nil for regressions, and where the data are gone.
    public var labelDoubt: LabelDoubt?
    /// What else should be known of the model, a sentence each.
    public var remarks: [String]
    /// What stood in the way of the diagnosis, a phrase each.
    public var notes: [String]

    /// What `diagnosis.json` in a run folder keeps; nil where there is none.
    ///
    /// - Throws: `TrainingError.file` where it is damaged.
    static func kept(in folder: RunFolder) throws -> RunDiagnosis? {
        let file = file(in: folder)
        guard FileManager.default.fileExists(atPath: file.path) else { return nil }
        return try folder.read(RunDiagnosis.self, from: file, keys: .convertFromSnakeCase)
    }

    private static func file(in folder: RunFolder) -> URL { folder.url.appendingPathComponent("diagnosis.json") }

    /// The first thing to do that is a training.
    public var first: Remedy? { next.first { !$0.settings.isEmpty } }

    public var findings: [Finding] { verdicts.map(\.finding) }

    /// Writes `diagnosis.json` into the run folder.
    ///
    /// - Throws: `DataError` when it cannot be written.
    public func write() throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        let bytes = try encoder.encode(self)
        try writeAtomically(Self.file(in: RunFolder(run))) { writer in
            try bytes.withUnsafeBytes { try writer.write($0) }
            try writer.write("\n")
        }
    }
}
