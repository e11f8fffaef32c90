public import ThalwegDataSets

/// What `model.json` holds: everything beside the weights that a model needs to work.
public struct ModelDescription: Codable, Sendable {
    /// The version of this file's form.
    public var format = 1
    /// The version of Thalweg that trained the model.
    public var thalweg: String
    public var architecture: DenseNetwork.Architecture
    public var preprocessing: Preprocessing
    public var task: Task
    /// Classes in the order of the outputs; empty for regression.
    public var classes: [String]
    public var regressionLoss: RegressionLoss
    /// Factors on the losses of the classes in training; nil where all count the same.
    public var classWeights: [Double]?
    /// From which probability on the second of two classes is answered; a half when nil.
    public var threshold: DecisionThreshold?
    /// Of the training examples, for the baseline; models of earlier versions lack it.
    public var targets: TargetStatistics?
    /// The number of values in the state dictionary that are trained.
    public var parameters: Int
    public var training: Training

    /// How the weights came about.
    public struct Training: Codable, Sendable {
        public var data: String
        public var fingerprint: String
        public var examples: Int
        public var epochs: Int
        public var steps: Int
        public var seconds: Double
        public var seed: Int
        public var train: Score?
        public var dev: Score?
        public var test: Score?
        /// The same figures with what they are worth; models of earlier versions lack what follows.
        public var assessments: Assessments?
        /// Digests of the files the parts came from.
        public var fingerprints: LoadedData.Fingerprints?
        /// How often training reported on the test set: once, and once more for every time it was resumed to another end.
        public var testUses: Int?
    }
}

/// How a model does on each part of its data.
public struct Assessments: Codable, Sendable, Hashable {
    public var train: Assessment
    public var dev: Assessment?
    public var test: Assessment?
    public var crossValidation: CrossValidation?

    /// The figure that counts: of the examples that training saw least of.
    public var judge: (name: String, assessment: Assessment) {
        if let crossValidation { return ("cross-validation", crossValidation.assessment) }
        return test.map { ("test", $0) } ?? dev.map { ("dev", $0) } ?? ("train", train)
    }
}

/// Thalweg's version.
public enum ThalwegVersion {
    public static let text = "0.1.0"
}
