public import ThalwegEngine

/// Turns raw examples into the network's inputs and targets, always in the same way: fitted on training rows only,
/// stored in `model.json`, applied to every later input (dev, test, prediction).
public struct Preprocessing: Codable, Sendable, Hashable {
    /// An embedding the network must have for one of the last input columns.
    public struct Embedding: Codable, Sendable, Hashable {
        /// The column's name.
        public var name: String
        /// Rows of the table: row 0 stands for rare and new categories, row 1 for missing cells.
        public var cardinality: Int
        /// Numbers of a vector.
        public var width: Int

        public init(name: String, cardinality: Int, width: Int) {
            self.name = name
            self.cardinality = cardinality
            self.width = width
        }
    }

    /// The mean and deviation the targets (transformed, where the options say so) were scaled by; one of each per output. Regression only, else empty.
    public struct TargetScaling: Codable, Sendable, Hashable {
        public var mean: [Double]
        public var deviation: [Double]

        public init(mean: [Double], deviation: [Double]) {
            self.mean = mean
            self.deviation = deviation
        }
    }

    /// What one column becomes.
    enum Encoding: Codable, Sendable, Hashable {
        case numeric(encoding: NumericEncoding)
        case categories(encoding: CategoryEncoding)
        /// Not used: why.
        case ignored(reason: String)
    }

    struct Feature: Codable, Sendable, Hashable {
        var name: String
        var encoding: Encoding
    }

    /// How inputs are read: column by column, or all alike.
    enum Inputs: Codable, Sendable, Hashable {
        /// Columns of a table.
        case columns(features: [Feature])
        /// Features of an array `[n, features]`, each on its own.
        case features(features: [Feature])
        case array(encoding: ArrayEncoding)
    }

    var target: TargetEncoding
    var input: Inputs
    public internal(set) var options: PreprocessingOptions
    public internal(set) var targetScaling: TargetScaling
    /// The table's columns, for reading later files; nil for arrays.
    public internal(set) var schema: TableSchema?

    enum CodingKeys: String, CodingKey {
        case target, input, options, targetScaling, schema
    }

    /// What the model learns.
    public var task: Task { target.task }
    /// Classes in the order of the network's outputs; for `binary` the second is the positive one. Empty for
    /// regression.
    public var classes: [String] { target.classes }
    /// The name of the column that is predicted; nil for arrays.
    public var targetName: String? { target.name }

    /// Outputs the network must have: one for binary, one a class for multiclass, one a number for regression.
    public var outputWidth: Int {
        switch task {
        case .regression: target.outputs
        case .binary: 1
        case .multiclass: classes.count
        }
    }

    /// Numbers of an example, embedded categories (the last `embeddings.count`) included.
    public var inputWidth: Int {
        switch input {
        case .columns(let features), .features(let features): features.reduce(0) { $0 + $1.width }
        case .array(let array): array.shape.reduce(1, *)
        }
    }

    /// Embeddings for the last input columns, in their order.
    public var embeddings: [Embedding] {
        switch input {
        case .columns(let features), .features(let features): features.compactMap(\.embedding)
        case .array: []
        }
    }

    /// The shape of one example as it was given (`[28, 28]`, `[64, 64, 3]`); `[inputWidth]` for tables.
    public var exampleShape: Shape {
        switch input {
        case .columns, .features: [inputWidth]
        case .array(let array): Shape(array.shape)
        }
    }

    /// A name for each number of the input, such as `age`, `age bin 3`, `city=Paris`; for arrays `feature 1` and so on.
    public var inputNames: [String] {
        switch input {
        case .columns(let features), .features(let features):
            features.filter { !$0.isEmbedded }.flatMap(\.names) + features.filter(\.isEmbedded).flatMap(\.names)
        case .array: (1...max(inputWidth, 1)).map { "feature \($0)" }
        }
    }

    /// Regression outputs (row by row) back in the unit of the data.
    public func unscaled(_ outputs: [Double]) -> [Double] {
        guard !targetScaling.mean.isEmpty else { return outputs }
        let count = targetScaling.mean.count
        return outputs.enumerated().map { index, value in
            let number = value * targetScaling.deviation[index % count] + targetScaling.mean[index % count]
            return options.targetTransform?.inverse(number) ?? number
        }
    }
}

extension Preprocessing.Feature {
    var width: Int {
        switch encoding {
        case .numeric(let numeric): numeric.width
        case .categories(let categories): categories.width
        case .ignored: 0
        }
    }

    var isEmbedded: Bool { embedding != nil }

    var embedding: Preprocessing.Embedding? {
        guard case .categories(let categories) = encoding, let width = categories.embeddingWidth else { return nil }
        return .init(name: name, cardinality: categories.slots, width: width)
    }

    var names: [String] {
        switch encoding {
        case .numeric(let numeric):
            let bins = (0..<numeric.bins).map { "\(name) bin \($0 + 1)" }
            return [name] + bins + (numeric.hasIndicator ? ["\(name) missing"] : [])
        case .categories(let categories):
            if categories.isEmbedded { return [name] }
            return (categories.hasOther ? ["\(name)=other"] : []) + (categories.hasMissing ? ["\(name)=missing"] : [])
                + categories.categories.map { "\(name)=\($0)" }
        case .ignored: return []
        }
    }
}
