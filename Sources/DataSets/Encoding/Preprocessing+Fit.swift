internal import ThalwegEngine
internal import ThalwegFormats

extension Preprocessing {
    /// Finds task, classes and statistics.
    ///
    /// Classes are those of all `train` examples; every mean, deviation, quantile and count comes from `rows` alone.
    ///
    /// - Parameters:
    ///   - train: The examples the training rows are from.
    ///   - rows: The training rows; nil for all.
    ///   - task: What to learn; nil to judge by the targets.
    /// - Returns: The preprocessing, and what the user should know (columns not used, missing values, …).
    /// - Throws: `DataError` when the targets cannot be learned from or no input column can be used.
    public static func fit(
        _ train: Examples, rows: [Int]? = nil, task: Task? = nil, options: PreprocessingOptions = .init()
    ) throws -> (Preprocessing, notes: [String]) {
        guard options.isScaleSound else {
            throw DataError(
                .invalidValue, "the scale \(options.scale) must be a number other than 0, between ±1e-100 and ±1e100")
        }
        guard let targets = RawTargets(train) else {
            throw DataError(.missingColumn, "there is nothing to predict: the data hold no targets")
        }
        let rows = rows ?? Array(0..<train.count)
        guard !rows.isEmpty else { throw DataError(.empty, "no training examples") }
        let (target, targetNotes) = try TargetEncoding.detect(targets, task: task)
        var notes = targetNotes
        var schema: TableSchema?
        let input: Inputs
        switch train {
        case .table(let table):
            schema = table.schema
            input = try .columns(features: fitColumns(table, rows: rows, options: options, notes: &notes))
        case .arrays(let inputs, _):
            if ArrayEncoding.applies(to: inputs) {
                input = .array(encoding: ArrayEncoding(fitting: inputs, rows: rows, options: options))
            } else {
                input = .features(features: fitFeatures(inputs, rows: rows, options: options))
            }
        }
        var scaling = TargetScaling(mean: [], deviation: [])
        if target.task == .regression {
            let numbers = try target.numbers(targets, rows: rows, transform: options.targetTransform)
            for output in 0..<target.outputs {
                let column = stride(from: output, to: numbers.count, by: target.outputs).map { numbers[$0] }
                let (mean, deviation) = NumericEncoding.moments(column)
                let isSound = options.scalesTargets && deviation > 0 && deviation.isFinite && mean.isFinite
                scaling.mean.append(isSound ? mean : 0)
                scaling.deviation.append(isSound ? deviation : 1)
            }
        }
        let result = Preprocessing(
            target: target, input: input, options: options, targetScaling: scaling, schema: schema)
        guard result.inputWidth > 0 else {
            guard case .table(let table) = train else { throw DataError(.empty, "the examples have no features") }
            throw DataError(
                .empty, file: table.source, "no column can be used as input: " + notes.joined(separator: "; "))
        }
        return (result, notes)
    }

    /// Bins for each of `columns` numeric columns: see `PreprocessingOptions.NumericColumns`.
    static func bins(columns: Int, rows: Int) -> Int {
        guard columns > 0, rows >= 50 else { return 0 }
        let wanted = rows >= 5000 ? 32 : 16
        let possible = min(wanted, 2048 / columns)
        return possible >= 4 ? possible : 0
    }

    private static func fitFeatures(_ inputs: Tensor, rows: [Int], options: PreprocessingOptions) -> [Feature] {
        let size = inputs.shape.dropFirst().reduce(1, *)
        var columns = [[Double]](repeating: [], count: size)
        ArrayReader.rows(of: inputs, rows) { row in
            for place in 0..<size { columns[place].append(row[place]) }
        }
        let bins = bins(columns: size, rows: rows.count)
        return columns.enumerated().map { index, values in
            let name = "feature \(index + 1)"
            guard let numeric = NumericEncoding(fitting: values, options: options, bins: bins) else {
                // An array keeps its width: a constant feature enters as it is, from zero.
                return Feature(
                    name: name,
                    encoding: .numeric(
                        encoding: .constant(options.normalize == .none ? 0 : values.first ?? 0, options.scale)))
            }
            return Feature(name: name, encoding: .numeric(encoding: numeric))
        }
    }
}

extension NumericEncoding {
    /// A feature without spread in the training rows: shown as its difference from `value`.
    static func constant(_ value: Double, _ scale: Double) -> NumericEncoding {
        let value = value.isFinite ? value / scale : 0
        return NumericEncoding(constant: value, scale: scale)
    }

    private init(constant: Double, scale: Double) {
        self.scale = scale
        center = constant
        deviation = 1
        fill = constant
        hasIndicator = false
        edges = []
        range = constant...constant
    }
}
