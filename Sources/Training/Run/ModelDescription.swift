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
    }
}

/// Thalweg's version.
public enum ThalwegVersion {
    public static let text = "0.1.0"
}
