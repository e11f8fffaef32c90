/// How raw examples become the network's inputs and targets.
public struct PreprocessingOptions: Codable, Sendable, Hashable {
    public enum Normalization: String, Codable, Sendable, CaseIterable {
        /// Mean 0 and deviation 1 over the training rows; see `NumericColumns` for what else tables get.
        case standard
        /// From 0 (least training value) to 1 (largest).
        case minmax
        /// As they are.
        case none
    }

    public enum Categories: String, Codable, Sendable, CaseIterable {
        /// One-hot up to 64 categories, embedded beyond.
        case automatic
        case oneHot
        case embedded
    }

    /// What a number in a table (or in an array of few features) becomes, when `normalize` is `standard`.
    public enum NumericColumns: String, Codable, Sendable, CaseIterable {
        /// Its standardized value (of its signed logarithm where the column is heavily skewed) and a piecewise linear
        /// code: 16 bins at the training rows' quantiles (32 from 5,000 rows on), each telling how far the value has
        /// come through it. Fewer bins, or none, where the network's input would pass 2,048 numbers, or below 50 rows.
        /// Chosen on dev sets, by the loss of a dense network with the plain value and with this: California housing
        /// 0.214 and 0.185, adult census 0.298 and 0.297, clicks 0.489 and 0.475, diabetes 0.611 and 0.568, breast cancer
        /// 0.084 and 0.075, wine 0.102 and 0.084.
        case automatic
        /// Its standardized value alone.
        case plain
    }

    public var normalize: Normalization
    /// Every number is divided by this first.
    public var scale: Double
    public var categories: Categories
    public var numericColumns: NumericColumns
    /// Regression: targets with mean 0 and deviation 1 over the training rows.
    public var scalesTargets: Bool
    /// Regression: what is learned instead of the target; nil for the target itself.
    public var targetTransform: TargetTransform?
    /// The column that tells how much each example counts; it is no input.
    public var weightColumn: String?

    public init(
        normalize: Normalization = .standard, scale: Double = 1, categories: Categories = .automatic,
        numericColumns: NumericColumns = .automatic, scalesTargets: Bool = true,
        targetTransform: TargetTransform? = nil, weightColumn: String? = nil
    ) {
        self.normalize = normalize
        self.scale = scale
        self.categories = categories
        self.numericColumns = numericColumns
        self.scalesTargets = scalesTargets
        self.targetTransform = targetTransform
        self.weightColumn = weightColumn
    }

    /// Whether values can be divided by the scale: not zero, and within what keeps them in range.
    var isScaleSound: Bool { (1e-100...1e100).contains(abs(scale)) }
}
