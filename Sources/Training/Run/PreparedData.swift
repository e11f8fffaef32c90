public import ThalwegDataSets
public import ThalwegEngine
import ThalwegFormats

/// Data as the trainer wants it: tensors of training, dev and test examples, and how they were made.
public struct PreparedData: Sendable {
    /// Inputs and targets of one part.
    public struct Part: Sendable {
        public let x: Tensor
        public let y: Tensor
        /// How much each example counts, of mean 1; nil where all count the same.
        public let weights: [Double]?
        /// What a step takes: the targets, with the weights as the last column where there are some.
        let learned: Tensor
        public var count: Int { x.shape[0] }

        /// - Parameter weights: not negative, not all 0; their mean does not matter.
        public init(x: Tensor, y: Tensor, weights: [Double]? = nil) {
            self.x = x
            self.y = y
            self.weights = weights.map { weights in
                let mean = weights.reduce(0, +) / Double(max(weights.count, 1))
                return weights.map { mean > 0 ? $0 / mean : 1 }
            }
            learned = y.joined(weights: self.weights)
        }

        /// The examples at `rows`, in that order.
        public func selecting(_ rows: [Int]) -> Part {
            let places = Tensor(rows)
            let (x, y) = (x.gathered(at: places), y.gathered(at: places))
            evaluate([x, y])
            return Part(x: x, y: y, weights: weights.map { weights in rows.map { weights[$0] } })
        }
    }

    public var train: Part
    /// Examples of the training distribution that were held back, where the settings ask for it.
    public var trainDev: Part?
    public var dev: Part?
    public var test: Part?
    public var preprocessing: Preprocessing
    /// Of the training examples.
    public var targets: TargetStatistics
    /// How training, dev and test examples came about, in words.
    public var splitSummary: String
    /// Set where the test set would be too small to tell anything: then so many networks are trained for a figure.
    public var crossValidationFolds: Int?
    /// A digest of every byte read.
    public var fingerprint: String
    /// Digests of the files the parts come from.
    public var fingerprints: LoadedData.Fingerprints
    /// What was read for each part.
    public var sources: [DataPartSource]
    /// Said to the user, one line each: what was found out or decided.
    public var notes: [String]
    /// What is wrong with the data.
    public var findings: [Finding]
    /// What reports show mistakes of.
    public var judged: JudgedExamples

    /// Loads, splits and encodes what `configuration` names. Statistics come from the training examples alone.
    ///
    /// - Parameter fold: for cross-validation: one of so many folds of the training file is the test set.
    /// - Throws: `DataError` for anything wrong with the files, `ConfigurationError` when no data are named.
    public init(_ configuration: TrainingConfiguration, fold: (index: Int, of: Int)? = nil) throws {
        let read = try RunData(configuration, fold: fold)
        let (loaded, partition, source) = (read.loaded, read.partition, read.source)
        let weightColumn = try configuration.weightColumn.map { name in
            try naming(source) { try partition.train.examples.weightColumn(named: name) }
        }
        let options = PreprocessingOptions(
            normalize: configuration.normalize, scale: configuration.scale ?? 1,
            categories: configuration.categories.automaticOr, numericColumns: configuration.bins ? .automatic : .plain,
            scalesTargets: configuration.normalizeTarget, targetTransform: configuration.targetTransform,
            weightColumn: weightColumn)
        guard options.targetTransform == nil || partition.task == .regression else {
            throw ConfigurationError(
                key: "target-transform", problem: "is for regressions; the task is \(partition.task.rawValue)")
        }
        let (preprocessing, fitted) = try naming(source) {
            try Preprocessing.fit(
                partition.train.examples, rows: partition.train.rows, task: partition.task, options: options)
        }
        var notes = loaded.notes + partition.notes
        for note in fitted where !notes.contains(note) { notes.append(note) }

        func encode(_ part: ThalwegDataSets.Part, from file: String?) throws -> Part {
            try naming(file ?? source) {
                let x = try preprocessing.inputs(part.examples, rows: part.rows, dataType: configuration.dataType)
                try preprocessing.checkRange(of: x, part.examples, rows: part.rows)
                let (y, matched) = try preprocessing.targets(
                    part.examples, rows: part.rows, dataType: configuration.dataType)
                for note in matched where !notes.contains(note) { notes.append(note) }
                let weights = try preprocessing.weights(part.examples, rows: part.rows)
                if weightColumn != nil, weights == nil {
                    throw DataError(.missingColumn, column: weightColumn, "no column of this name to weigh examples by")
                }
                return Part(x: x, y: y, weights: weights)
            }
        }
        train = try encode(partition.train, from: nil)
        trainDev = try read.trainDev.map { try encode($0, from: nil) }
        dev = try partition.dev.map { try encode($0, from: configuration.dev) }
        test = try partition.test.map { try encode($0, from: configuration.test) }
        self.preprocessing = preprocessing
        targets = TargetStatistics(train, preprocessing: preprocessing)
        judged = read.judged
        fingerprint = loaded.fingerprint
        fingerprints = loaded.fingerprints
        sources = loaded.sources
        splitSummary = Self.summary(configuration, loaded, partition)
        let isTestGiven = loaded.test != nil || configuration.split != nil
        if fold == nil, !isTestGiven, partition.test?.count ?? 0 < Assessment.fewest {
            let folds = CrossValidation.folds(loaded.train.count)
            crossValidationFolds = folds
            notes.append(
                "only \(loaded.train.count) examples: after training, \(folds) more networks are trained, each judged by "
                    + "the examples it did not see (cross-validation)")
        }
        self.notes = notes
        findings = []
        guard let review = partition.review else { return }
        let scales = configuration.normalize == .none ? preprocessing.inputScales(train.x) : []
        findings =
            DataFindings(
                review: review, scales: scales, targets: targets, classes: preprocessing.classes,
                configuration: configuration
            ).all + targetFindings(partition, configuration)
    }

    private func targetFindings(_ partition: Partition, _ configuration: TrainingConfiguration) -> [Finding] {
        guard preprocessing.task == .regression, preprocessing.outputWidth == 1 else { return [] }
        let named: [(String, ThalwegDataSets.Part?)] = [
            ("training", partition.train), ("dev", partition.dev), ("test", partition.test),
        ]
        let parts = named.compactMap { name, raw -> TargetReview.Part? in
            guard let raw, let values = try? preprocessing.rawTargets(raw.examples, rows: raw.rows) else { return nil }
            return TargetReview.Part(name: name, values: values) { place in
                let row = raw.rows[place]
                guard case .table(let table) = raw.examples else { return "\(name) example \(row + 1)" }
                return "\(table.source) line \(table.lines[row])"
            }
        }
        return TargetReview(
            target: preprocessing.targetName, parts: parts, loss: configuration.regressionLoss,
            transform: configuration.targetTransform
        ).findings
    }

    private static func summary(
        _ configuration: TrainingConfiguration, _ loaded: LoadedData, _ partition: Partition
    ) -> String {
        var words: [String] = []
        let taken = [
            loaded.dev == nil && partition.dev != nil ? "dev" : nil,
            loaded.test == nil && partition.test != nil ? "test" : nil,
        ].compactMap { $0 }
        if !taken.isEmpty {
            words.append(
                "\(taken.joined(separator: " and ")) drawn at random"
                    + (partition.task == .regression ? "" : ", classes in proportion"))
        }
        for (name, part, file) in [
            ("dev", loaded.dev, configuration.dev), ("test", loaded.test, configuration.test),
        ] where part != nil {
            words.append("\(name) from \(file ?? "the same data")")
        }
        if let share = configuration.trainDev, share > 0 {
            words.append("train-dev: \(percentText(share)) of the training examples")
        }
        return words.isEmpty ? "all for training" : words.joined(separator: "; ")
    }
}

extension TrainingConfiguration {
    /// A number of full-batch steps is an exact recipe: no dev set is taken from the training examples unless asked for.
    var takesDev: Bool {
        if let split { return split[1] > 0 }
        return !(batchSize == .full && steps != nil) || (earlyStopping ?? 0) > 0
    }
}

extension CategoryEncoding {
    fileprivate var automaticOr: PreprocessingOptions.Categories {
        switch self {
        case .auto: .automatic
        case .oneHot: .oneHot
        case .embedded: .embedded
        }
    }
}
