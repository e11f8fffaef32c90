public import ThalwegEngine
internal import ThalwegFormats

/// Examples as they were read, before any statistics touch them.
public enum Examples: Sendable {
    /// Typed columns; the table knows which one is the target.
    case table(Table)
    /// One example a row. `inputs` may have any rank (images keep their axes); `targets` has as many rows: labels
    /// (`[n]` or `[n, 1]`, or one-hot rows of integers) or numbers (`[n]` or `[n, outputs]`).
    case arrays(inputs: Tensor, targets: Tensor?)

    /// The number of examples.
    public var count: Int {
        switch self {
        case .table(let table): table.rowCount
        case .arrays(let inputs, _): inputs.shape.first ?? 0
        }
    }

    /// Whether there is something to compare predictions with.
    public var hasTargets: Bool {
        switch self {
        case .table(let table): table.target != nil
        case .arrays(_, let targets): targets != nil
        }
    }
}

/// What a data argument stands for.
public struct LoadedData: Sendable {
    public var train: Examples
    /// Given apart from the training data; otherwise taken from it by `Split`.
    public var dev: Examples?
    public var test: Examples?
    /// The argument as the user gave it.
    public var name: String
    /// A digest of every byte read: the same data give the same 32 hexadecimal digits.
    public var fingerprint: String
    /// Digests of the files the parts come from: to know them again.
    public var fingerprints: Fingerprints
    /// Said to the user, one line each: what was found out or decided.
    public var notes: [String]

    public init(
        train: Examples, dev: Examples? = nil, test: Examples? = nil, name: String, fingerprint: String,
        fingerprints: Fingerprints? = nil, notes: [String] = []
    ) {
        self.train = train
        self.dev = dev
        self.test = test
        self.name = name
        self.fingerprint = fingerprint
        self.fingerprints = fingerprints ?? Fingerprints(train: fingerprint)
        self.notes = notes
    }
}

extension LoadedData {
    /// The digest of the file each part comes from; nil for a part that was not given.
    public struct Fingerprints: Codable, Sendable, Hashable {
        public var train: String
        public var dev: String?
        public var test: String?

        public init(train: String, dev: String? = nil, test: String? = nil) {
            self.train = train
            self.dev = dev
            self.test = test
        }
    }
}

/// What is to be learned.
public enum Task: String, Codable, Sendable, Hashable, CaseIterable {
    /// Numbers.
    case regression
    /// One of two classes.
    case binary
    /// One of three classes or more.
    case multiclass
}

/// How a data argument is to be read.
public struct LoadOptions: Sendable {
    /// The column to predict: a name, or its place from 1 where columns have no names. nil: the last column.
    public var target: String?
    /// Files (or folders, archives) with examples for the dev and the test set.
    public var dev: String?
    public var test: String?
    /// The columns of the model's training data: set it when reading data for a trained model (`Preprocessing.schema`).
    /// The target may then be missing.
    public var schema: TableSchema?

    public init(
        target: String? = nil, dev: String? = nil, test: String? = nil, schema: TableSchema? = nil
    ) {
        self.target = target
        self.dev = dev
        self.test = test
        self.schema = schema
    }
}
