public import ThalwegDataSets
public import ThalwegEngine
import ThalwegNetworks

/// Every setting of a training run.
///
/// An optional property that is nil is chosen automatically when the data is known (`Defaults`); the configuration that a
/// run folder keeps has every choice filled in and reproduces the run. Settings have one name everywhere: the key in
/// `config.toml`, in `--set key=value` and, for the common ones, the option `--key`.
public struct TrainingConfiguration: Codable, Sendable, Equatable {
    // MARK: Data

    /// `digits`, a CSV or TSV file, a folder with IDX files, or an `.npz`.
    public var data: String?
    /// The column to predict; the last one when nil.
    public var target: String?
    /// The column that tells how much each example counts.
    public var weightColumn: String?
    /// What to predict; told from the target when nil.
    public var task: Task?
    /// A file of examples to judge by while training.
    public var dev: String?
    /// A file of examples to judge by once, at the end.
    public var test: String?
    /// The shares of training, dev and test examples; by size when nil.
    public var split: [Double]?
    /// The share of the training examples that neither trains nor chooses: beside dev examples from elsewhere it tells a lack of
    /// generalization from a difference of the data. None when nil.
    public var trainDev: Double?
    /// Start of the random numbers that draw dev and test set; `seed` when nil.
    public var splitSeed: Int?
    /// Which part of the examples outside the test set is the dev set, from 0: the same settings judged by other examples.
    /// The first when nil.
    public var devFold: Int?
    /// How inputs are brought to one scale.
    public var normalize = PreprocessingOptions.Normalization.standard
    /// Inputs are divided by this before anything else.
    public var scale: Double?
    /// How categories enter the network.
    public var categories = CategoryEncoding.auto
    /// Whether numeric columns get, beside their value, how far it has come through each of a few bins.
    public var bins = true
    /// Whether a regression's targets are brought to mean 0 and deviation 1.
    public var normalizeTarget = true
    /// What a regression learns instead of its target; the target itself when nil.
    public var targetTransform: TargetTransform?

    // MARK: Network

    /// Units of each hidden layer; empty for none (logistic, softmax or linear regression).
    public var layers: [Int]?
    /// As `relu` or `leaky_relu(slope=0.1)`.
    public var activation = "relu"
    /// The rule initial weights follow, as `he` or `normal(scale=0.01)`; by the activation when nil.
    public var initializer: String?
    /// Multiplies the initial weights.
    public var initialScale: Double?
    /// A `.safetensors` or `.npz` file with the initial weights, named as in the model's state dictionary.
    public var initialWeights: String?
    /// The probability to keep a unit, for all hidden layers or each of them; 1 is no dropout.
    public var keepProbability: [Double]?
    public var batchNorm = false
    public var batchNormPlacement = NormalizationPlacement.before
    public var layerNorm = false

    // MARK: Optimizer

    /// As `adam` or `adam(beta1=0.9, beta2=0.999)`.
    public var optimizer = OptimizerChoice(Adam()).description
    public var learningRate: Double?
    /// How the rate changes, as `cosine(warmup=0.1)`.
    public var schedule: String?

    // MARK: Training

    /// Examples in a step; all of them up to 2,000 examples, else a power of two, when nil.
    public var batchSize: BatchSize?
    /// An `.npy` file of integers `[epochs, examples]`: the order in which each epoch goes through the training examples
    /// (numbered from 0). Drawn from the seed when nil.
    public var batchOrder: String?
    public var epochs: Int?
    /// Ends training after this many steps, whatever `epochs` says.
    public var steps: Int?
    public var l1 = 0.0
    public var l2 = 0.0
    /// The largest Euclidean norm of the weights into a unit.
    public var maxNorm: Double?
    /// Random changes to training images, as `rotate(degrees=10), shift(pixels=2)`.
    public var augment: String?
    /// Bounds on gradients, as `value(limit=5)` or `norm(limit=1)`.
    public var clip: String?
    public var labelSmoothing = 0.0
    /// How much the losses of each class count; all the same when nil.
    public var classWeights: ClassWeights?
    /// Of two classes: what a positive example taken for a negative one costs, where the reverse costs 1. The probability from which
    /// the model answers the positive class is then chosen on the dev set; it is a half when nil.
    public var falseNegativeCost: Double?
    /// Loss of a regression.
    public var regressionLoss = RegressionLoss.squared
    /// Epochs without a better dev cost before training stops; 0 never stops early.
    public var earlyStopping: Int?

    // MARK: Run

    public var seed = 1
    /// Threads to compute with; all cores when nil. Results do not depend on it.
    public var threads: Int?
    public var dataType = DataType.float32
    /// Of the matrix products of a training step.
    public var precision = ProductPrecision.full
    public var logEveryStep = false
    /// Whether `watch.csv` tells how the layers stand.
    public var watch = false
    /// Changes made while training, in the order of their steps.
    public var adjustments: [Adjustment] = []
    /// Seconds between checkpoints.
    public var checkpointSeconds = 30.0
    /// Steps between checkpoints, beside those by time; none when nil.
    public var checkpointSteps: Int?

    public init() {}
}

public enum CategoryEncoding: String, Codable, Sendable, CaseIterable {
    /// One-hot for few categories, embedded for many.
    case auto
    case oneHot = "one-hot"
    case embedded
}

public enum NormalizationPlacement: String, Codable, Sendable, CaseIterable {
    /// Between the linear map and the activation.
    case before
    case after
}

public enum RegressionLoss: String, Codable, Sendable, CaseIterable {
    case squared, absolute, huber
}

/// Examples in a step.
public enum BatchSize: Codable, Sendable, Equatable {
    /// All training examples.
    case full
    case count(Int)
}
