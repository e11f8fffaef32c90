public import ThalwegDataSets
import ThalwegEngine
import ThalwegFormats

/// The examples of a run as they were read and divided, before they are encoded.
public struct RunData: Sendable {
    public var loaded: LoadedData
    public var partition: Partition
    /// Examples of the training distribution that were held back, where the settings ask for it.
    public var trainDev: Part?
    /// The name of the data, as the settings have it.
    public var source: String

    /// Loads and divides what `configuration` names.
    ///
    /// - Parameters:
    ///   - fold: for cross-validation: one of so many folds of the training file is the test set.
    ///   - check: looks at what was read before it is divided.
    /// - Throws: `DataError` for anything wrong with the files, `ConfigurationError` when no data are named.
    public init(
        _ configuration: TrainingConfiguration, fold: (index: Int, of: Int)? = nil,
        check: (LoadedData) throws -> Void = { _ in }
    ) throws {
        guard let source = configuration.data else {
            throw ConfigurationError(
                key: "data", problem: "is missing: name digits, a CSV or TSV file, a folder of IDX files, or an .npz")
        }
        self.source = source
        loaded = try DataSource.load(
            source,
            options: LoadOptions(target: configuration.target, dev: configuration.dev, test: configuration.test))
        try check(loaded)
        let split = Split(
            sizes: configuration.split.map { .fractions(train: $0[0], dev: $0[1], test: $0[2]) } ?? .automatic,
            seed: UInt64(configuration.splitSeed ?? configuration.seed), takesDev: configuration.takesDev,
            takesTest: loaded.test == nil, devFold: configuration.devFold ?? 0)
        partition =
            if let fold {
                try split.partition(loaded, task: configuration.task, fold: fold.index, of: fold.of)
            } else {
                try split.partition(loaded, task: configuration.task)
            }
        trainDev = try configuration.holdBack(from: &partition.train)
    }

    /// The parts that hold examples, in the order of reports.
    public var parts: [(name: EvaluationLog.Part, part: Part)] {
        [(.train, partition.train)] + (partition.dev.map { [(.dev, $0)] } ?? [])
            + (partition.test.map { [(.test, $0)] } ?? [])
    }
}

extension TrainingConfiguration {
    /// Takes the train-dev examples, drawn by seed, out of the training examples.
    ///
    /// - Throws: `ConfigurationError` where the share of so many is none or all of them.
    fileprivate func holdBack(from train: inout Part) throws -> Part? {
        guard let share = trainDev, share > 0 else { return nil }
        let count = Int((share * Double(train.count)).rounded())
        guard count > 0, count < train.count else {
            throw ConfigurationError(
                key: "train-dev",
                problem: "is \(numberText(share)): of \(counted(train.count, "training example")) that is "
                    + (count == 0 ? "none" : "all, which leaves none to train on"))
        }
        var random = RandomSource(key: RandomKey(seed: UInt64(splitSeed ?? seed)).split(0x7464))
        let order = train.rows.shuffled(using: &random)
        train.rows = order.dropFirst(count).sorted()
        return Part(examples: train.examples, rows: order.prefix(count).sorted())
    }
}

extension TrainedModel {
    /// The run's settings.
    ///
    /// - Throws: as `RunFolder.settings()`.
    public func configuration() throws -> TrainingConfiguration { try folder.settings() }

    /// The run's own training, dev and test examples, read and divided as for its training.
    ///
    /// - Throws: `DataError` when the data are gone or have changed since, `ConfigurationError` for settings that cannot be read.
    public func ownData() throws -> RunData {
        let configuration = try configuration()
        return try RunData(configuration) { loaded in
            guard loaded.fingerprint == description.training.fingerprint else {
                throw DataError(
                    .mismatch, file: configuration.data ?? "",
                    "the data have changed since \(folder.path) was trained on them")
            }
        }
    }
}
