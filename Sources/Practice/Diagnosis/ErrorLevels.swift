/// The errors of one model from human level to test: what a diagnosis starts from.
///
///     let levels = ErrorLevels(
///         bayes: .known(0.01), train: .counts(wrong: 800, of: 10_000), dev: .counts(wrong: 1_000, of: 10_000))
///     print(levels.diagnosis.sentences)
public struct ErrorLevels: Sendable, Hashable {
    /// The error of the best possible model, between two figures.
    public struct Bayes: Sendable, Hashable {
        public enum Source: String, Codable, Sendable {
            /// Told by the user: the error of people, or of the best known system.
            case given
            /// Estimated from nearest neighbors.
            case estimated
            /// Nothing is known but that it lies between 0 and the error on new examples.
            case unknown
        }

        public var low: MeasuredError
        public var high: MeasuredError
        public var source: Source
        /// How the ends were found, in words.
        public var method: String
        /// The training error less `high`, where one model was compared with another on the same examples: what they find hard alike
        /// cancels out, which makes the interval narrower than from both errors.
        public var paired: MeasuredError?

        public init(
            low: MeasuredError, high: MeasuredError, source: Source, method: String = "", paired: MeasuredError? = nil
        ) {
            self.low = low
            self.high = high
            self.source = source
            self.method = method
            self.paired = paired
        }

        public static func known(_ error: Double) -> Bayes {
            Bayes(low: .exact(error), high: .exact(error), source: .given)
        }
    }

    public var bayes: Bayes
    public var train: MeasuredError
    /// Of examples from the training examples' distribution that training did not see.
    public var trainDev: MeasuredError?
    public var dev: MeasuredError?
    public var test: MeasuredError?
    public var unit: Unit
    /// The smallest gap that matters: this share of the unit's `scale` ...
    public var absolute: Double
    /// ... and this share of the larger of the two errors.
    public var relative: Double

    /// What the errors are measured in.
    public enum Unit: Codable, Sendable, Hashable {
        /// The share of wrong answers.
        case share
        /// Any other error. `baseline`: that of the model that knows nothing but the mean, or whatever else counts as useless.
        case number(baseline: Double)

        public var scale: Double {
            switch self {
            case .share: 1
            case .number(let baseline): baseline
            }
        }
    }

    /// - Parameter bayes: when nil, unknown: between 0 and the error on new examples of the training distribution.
    public init(
        bayes: Bayes? = nil, train: MeasuredError, trainDev: MeasuredError? = nil, dev: MeasuredError? = nil,
        test: MeasuredError? = nil, unit: Unit = .share, absolute: Double = 0.01, relative: Double = 0.1
    ) {
        self.bayes =
            bayes ?? Bayes(low: .exact(0), high: trainDev ?? dev ?? train, source: .unknown)
        self.train = train
        self.trainDev = trainDev
        self.dev = dev
        self.test = test
        self.unit = unit
        self.absolute = absolute
        self.relative = relative
    }

    public var diagnosis: Diagnosis { Diagnosis(self) }

    /// The questions these figures can answer, with the two sets each compares.
    var comparisons: [(question: Gap.Question, from: (String, MeasuredError), to: (String, MeasuredError))] {
        var all: [(question: Gap.Question, from: (String, MeasuredError), to: (String, MeasuredError))] = []
        if let trainDev {
            all.append((.variance, ("train", train), ("train-dev", trainDev)))
            if let dev { all.append((.dataMismatch, ("train-dev", trainDev), ("dev", dev))) }
        } else if let dev {
            all.append((.variance, ("train", train), ("dev", dev)))
        }
        if let dev, let test { all.append((.devOverfitting, ("dev", dev), ("test", test))) }
        return all
    }
}
