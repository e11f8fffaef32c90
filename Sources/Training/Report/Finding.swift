/// Something about a run, its data or its settings that holds it back: what it is, how one knows, and what to do next.
public struct Finding: Codable, Sendable, Hashable {
    public enum Kind: String, Codable, Sendable, CaseIterable {
        // Told by the errors of the parts.
        case avoidableBias = "avoidable-bias"
        case variance
        case dataMismatch = "data-mismatch"
        case devOverfitting = "dev-overfitting"
        // Told by the course of training.
        case vanishingGradients = "vanishing-gradients"
        case explodingGradients = "exploding-gradients"
        case symmetricWeights = "symmetric-weights"
        case deadUnits = "dead-units"
        case saturation
        case rateTooHigh = "rate-too-high"
        case rateTooLow = "rate-too-low"
        case plateau
        // Told by the network.
        case narrowLayer = "narrow-layer"
        // Told by the data.
        case leakage
        case duplicates
        case classImbalance = "class-imbalance"
        case unscaledInputs = "unscaled-inputs"
        case labelErrors = "label-errors"
        case outliers
        case sentinelValues = "sentinel-values"
        case skewedTarget = "skewed-target"
    }

    /// One thing to do.
    public struct Action: Codable, Sendable, Hashable {
        /// In words, with the numbers it rests on.
        public var advice: String
        /// Settings to change, as `--set` takes them; empty where the advice is none of settings.
        public var settings: [Setting]

        public struct Setting: Codable, Sendable, Hashable {
            public var key: String
            public var value: String

            public init(_ key: String, _ value: String) {
                self.key = key
                self.value = value
            }
        }

        public init(_ advice: String, settings: [Setting] = []) {
            self.advice = advice
            self.settings = settings
        }

        package static let findRate = Action("measure which rates fit, with --find-rate")
    }

    public var kind: Kind
    /// How one knows, in a sentence with the numbers.
    public var evidence: String
    /// What to do, the first first.
    public var actions: [Action]
    /// The layer or column at fault.
    public var place: String?
    /// The step at which it was noticed.
    public var step: Int?

    public init(_ kind: Kind, _ evidence: String, actions: [Action] = [], place: String? = nil, step: Int? = nil) {
        self.kind = kind
        self.evidence = evidence
        self.actions = actions
        self.place = place
        self.step = step
    }
}
