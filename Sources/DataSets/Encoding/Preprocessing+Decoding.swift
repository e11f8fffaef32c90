internal import Foundation
internal import ThalwegFormats

extension Preprocessing {
    /// Reads what `encode(to:)` wrote.
    ///
    /// - Throws: `DecodingError` for missing or mistyped fields, `DataError` (kind `malformed`) where the numbers make no
    ///   sense together: a model's file may say anything, and nothing later checks again.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        target = try container.decode(TargetEncoding.self, forKey: .target)
        input = try container.decode(Inputs.self, forKey: .input)
        options = try container.decode(PreprocessingOptions.self, forKey: .options)
        targetScaling = try container.decode(TargetScaling.self, forKey: .targetScaling)
        schema = try container.decodeIfPresent(TableSchema.self, forKey: .schema)
        if let problem = problem {
            throw DataError(.malformed, "the model's preprocessing makes no sense: \(problem)")
        }
    }

    /// What is wrong, if anything.
    private var problem: String? {
        if !options.isScaleSound { return "the scale \(options.scale)" }
        if let problem = target.problem ?? targetScaling.problem(task: task, outputs: target.outputs) { return problem }
        switch input {
        case .columns(let features):
            return schemaProblem(features) ?? widthProblem(features)
                ?? features.lazy.compactMap { $0.problem(options) }.first
        case .features(let features):
            for feature in features {
                guard case .numeric = feature.encoding else { return "an array's feature is not numeric" }
            }
            return widthProblem(features) ?? features.lazy.compactMap { $0.problem(options) }.first
        case .array(let array): return array.problem(options)
        }
    }

    private func widthProblem(_ features: [Feature]) -> String? {
        features.contains { $0.width > 0 } ? nil : "no column is used as input"
    }

    /// Every column stands in the schema once, with the kind its encoding needs: later files are read by it.
    private func schemaProblem(_ features: [Feature]) -> String? {
        if Set(features.map(\.name)).count < features.count { return "two columns have the same name" }
        guard let schema else { return "the columns of the training data are not given" }
        let isNumeric = Dictionary(schema.columns.map { ($0.name, $0.isNumeric) }) { first, _ in first }
        if isNumeric.count < schema.columns.count { return "two columns of the training data have the same name" }
        for feature in features {
            guard let found = isNumeric[feature.name], feature.name != schema.target else {
                return "column '\(feature.name)' is none of the training data's"
            }
            switch feature.encoding {
            case .numeric where found, .categories where !found, .ignored: continue
            case .numeric, .categories: return "column '\(feature.name)' is of two kinds"
            }
        }
        return nil
    }
}

extension TargetEncoding {
    fileprivate var problem: String? {
        let expected = task == .regression ? 0...0 : task == .binary ? 2...2 : 2...(1 << 24)
        if !expected.contains(classes.count) { return "\(classes.count) classes for the task \(task.rawValue)" }
        if Set(classes).count < classes.count { return "two classes have the same name" }
        return (1...(1 << 24)).contains(outputs) ? nil : "\(outputs) outputs"
    }
}

extension Preprocessing.TargetScaling {
    fileprivate func problem(task: Task, outputs: Int) -> String? {
        let count = task == .regression ? outputs : 0
        guard mean.count == count, deviation.count == count else { return "the targets' scaling does not fit them" }
        return zip(mean, deviation).allSatisfy { isSpreadSound($0, $1) }
            ? nil : "the targets' scaling"
    }
}

/// Whether values around the center can be divided by the deviation: it is positive and not so small beside the center
/// that no two numbers near it could have it.
private func isSpreadSound(_ center: Double, _ deviation: Double) -> Bool {
    center.isFinite && deviation.isFinite && deviation > 0 && deviation > abs(center) * 1e-24
}

extension NumericEncoding {
    fileprivate func isSound(_ options: PreprocessingOptions) -> Bool {
        let isPlain = options.normalize != .standard || options.numericColumns == .plain
        guard ([scale, fill] + edges).allSatisfy({ $0.isFinite }), isSpreadSound(center, deviation),
            range.map({ $0.lowerBound.isFinite && $0.upperBound.isFinite }) ?? true,
            // Columns of very large numbers have a unit of their own.
            scale == options.scale || abs(scale / options.scale) > 1e100,
            edges.isEmpty || (4...33).contains(edges.count), zip(edges, edges.dropFirst()).allSatisfy({ $0 < $1 }),
            logarithmScale.map({ $0 > 0 && $0.isFinite }) ?? true,
            !isPlain || (edges.isEmpty && logarithmScale == nil)
        else { return false }
        if options.normalize == .none { return deviation == 1 && center == 0 }
        // The median and the ends of the training values lie within so many deviations.
        return ([fill] + edges).allSatisfy { abs(centered($0)) < 1e12 }
    }
}

extension Preprocessing.Feature {
    fileprivate func problem(_ options: PreprocessingOptions) -> String? {
        switch encoding {
        case .ignored: return nil
        case .numeric(let numeric):
            return numeric.isSound(options) ? nil : "the numbers of column '\(name)'"
        case .categories(let categories):
            let isSound =
                Set(categories.categories).count == categories.categories.count && categories.slots > 0
                && (categories.embeddingWidth.map {
                    (1...4096).contains($0) && categories.hasOther && categories.hasMissing
                }
                    ?? true)
            return isSound ? nil : "the categories of column '\(name)'"
        }
    }
}

extension ArrayEncoding {
    fileprivate func problem(_ options: PreprocessingOptions) -> String? {
        var product = 1
        for size in shape {
            let (next, overflow) = product.multipliedReportingOverflow(by: size)
            guard size > 0, !overflow, next <= 1 << 40 else { return "examples of shape \(shape)" }
            product = next
        }
        let isRangeSound = range.map { $0.lowerBound.isFinite && $0.upperBound.isFinite } ?? true
        return scale == options.scale && isSpreadSound(center, deviation) && isRangeSound
            ? nil : "the numbers of the inputs"
    }
}
