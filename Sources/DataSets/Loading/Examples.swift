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

    /// Columns of a table, numbers of an example otherwise.
    var columnCount: Int {
        switch self {
        case .table(let table): table.columns.count
        case .arrays(let inputs, _): inputs.shape.dropFirst().reduce(1, *)
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
    /// What was read for training, dev and test, to say later which of them changed.
    public var sources: [DataPartSource] = []
    /// Said to the user, one line each: what was found out or decided.
    public var notes: [String]

    public init(
        train: Examples, dev: Examples? = nil, test: Examples? = nil, name: String, fingerprint: String,
        notes: [String] = []
    ) {
        self.train = train
        self.dev = dev
        self.test = test
        self.name = name
        self.fingerprint = fingerprint
        self.notes = notes
    }
}

extension LoadedData {
    /// Digests of the files the parts come from, to know them again; nil for a part that was not given.
    public struct Fingerprints: Codable, Sendable, Hashable {
        public var train: String
        public var dev: String?
        public var test: String?
    }

    public var fingerprints: Fingerprints {
        func digest(_ role: String) -> String? { sources.first { $0.role == role }?.fingerprint }
        let own = digest("data") ?? fingerprint
        return Fingerprints(
            train: own, dev: digest("dev") ?? dev.map { _ in own }, test: digest("test") ?? test.map { _ in own })
    }
}

/// A file, folder or name that was read, and what it held.
public struct DataPartSource: Codable, Sendable, Hashable {
    /// `data`, `dev` or `test`, as the setting that names it.
    public var role: String
    /// The argument as the user gave it.
    public var name: String
    /// A digest of its bytes.
    public var fingerprint: String
    public var examples: Int
    /// Columns of a table, numbers of an example otherwise.
    public var columns: Int

    /// How it differs from what was read `before`; nil when it does not.
    public func change(from before: DataPartSource) -> String? {
        guard fingerprint != before.fingerprint else { return nil }
        var details: [String] = []
        if examples != before.examples { details.append("\(examples) examples instead of \(before.examples)") }
        if columns != before.columns { details.append("\(columns) columns instead of \(before.columns)") }
        if details.isEmpty { details = ["other content in the same \(examples) examples"] }
        return "\(Self.title(role)) in \(name) have changed: " + details.joined(separator: " and ")
    }

    /// How `sources` differ from what was read `before`, a phrase each.
    public static func changes(_ sources: [DataPartSource], from before: [DataPartSource]) -> [String] {
        ["data", "dev", "test"].compactMap { role in
            let (now, then) = (sources.first { $0.role == role }, before.first { $0.role == role })
            switch (now, then) {
            case (let now?, let then?): return now.change(from: then)
            case (let now?, nil): return "\(title(role)) in \(now.name) were not there"
            case (nil, let then?): return "\(title(role)) in \(then.name) are missing"
            case (nil, nil): return nil
            }
        }
    }

    private static func title(_ role: String) -> String { role == "data" ? "the data" : "the \(role) examples" }
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
