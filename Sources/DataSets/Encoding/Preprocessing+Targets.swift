public import ThalwegEngine
internal import ThalwegFormats

extension Preprocessing {
    /// The targets of the examples: regression transformed and scaled `[rows, outputs]`, binary 0 or 1 `[rows, 1]`, both of `dataType`;
    /// multiclass the class's place, int64 `[rows]`.
    ///
    /// Labels that differ from the training data's by case, spaces or punctuation at the ends are matched, with a note.
    ///
    /// - Throws: `DataError` when there are no targets, one is missing, or a label is none of the classes.
    public func targets(
        _ examples: Examples, rows: [Int]? = nil, dataType: DataType = .float32
    ) throws -> (Tensor, notes: [String]) {
        precondition(dataType.isFloatingPoint, "targets are floating-point numbers, not \(dataType.rawValue)")
        guard let targets = RawTargets(examples) else {
            throw noTargets(examples)
        }
        switch task {
        case .multiclass:
            let (codes, notes) = try target.codes(targets, rows: rows)
            return (Tensor(codes.map(Int64.init)), notes)
        case .binary:
            let (codes, notes) = try target.codes(targets, rows: rows)
            return (Self.tensor(codes.map(Double.init), outputs: 1, dataType), notes)
        case .regression:
            var numbers = try target.numbers(targets, rows: rows, transform: options.targetTransform)
            let outputs = target.outputs
            for index in numbers.indices {
                numbers[index] =
                    (numbers[index] - targetScaling.mean[index % outputs]) / targetScaling.deviation[index % outputs]
            }
            return (Self.tensor(numbers, outputs: outputs, dataType), [])
        }
    }

    /// The targets in their own unit (regression), row by row; class places otherwise.
    ///
    /// - Throws: As `targets(_:rows:dataType:)`.
    public func rawTargets(_ examples: Examples, rows: [Int]? = nil) throws -> [Double] {
        guard let targets = RawTargets(examples) else {
            throw noTargets(examples)
        }
        return task == .regression
            ? try target.numbers(targets, rows: rows) : try target.codes(targets, rows: rows).codes.map(Double.init)
    }

    private func noTargets(_ examples: Examples) -> DataError {
        var file: String?
        if case .table(let table) = examples { file = table.source }
        return DataError(.missingColumn, file: file, column: targetName, "there are no targets to compare with")
    }

    private static func tensor(_ numbers: [Double], outputs: Int, _ dataType: DataType) -> Tensor {
        let shape: Shape = [numbers.count / outputs, outputs]
        switch dataType {
        case .float64: return Tensor(numbers, shape: shape)
        case .float32: return Tensor(numbers.map(Float.init), shape: shape)
        case .float16, .bfloat16, .int32, .int64, .uint8, .bool:
            return Tensor(numbers.map(Float.init), shape: shape).cast(to: dataType)
        }
    }
}
