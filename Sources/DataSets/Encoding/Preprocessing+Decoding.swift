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
        if let problem = target.problem ?? targetScaling.problem(task: task, outputs: target.outputs) { return problem }
        switch input {
        case .columns(let features):
            if Set(features.map(\.name)).count < features.count { return "two columns have the same name" }
            return features.lazy.compactMap(\.problem).first
        case .features(let features):
            for feature in features {
                guard case .numeric = feature.encoding else { return "an array's feature is not numeric" }
            }
            return features.lazy.compactMap(\.problem).first
        case .array(let array): return array.problem
        }
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
        return (mean + deviation).allSatisfy { $0.isFinite } && !deviation.contains(0)
            ? nil : "the targets' scaling is not finite"
    }
}

extension Preprocessing.Feature {
    fileprivate var problem: String? {
        switch encoding {
        case .ignored: return nil
        case .numeric(let numeric):
            let numbers = [numeric.scale, numeric.center, numeric.deviation, numeric.fill] + numeric.edges
            let isSound =
                numbers.allSatisfy { $0.isFinite } && numeric.scale != 0 && numeric.deviation != 0
                && numeric.logarithmScale.map { $0 > 0 } ?? true && numeric.edges.count != 1
                && zip(numeric.edges, numeric.edges.dropFirst()).allSatisfy { $0 < $1 }
            return isSound ? nil : "the numbers of column '\(name)'"
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
    fileprivate var problem: String? {
        var product = 1
        for size in shape {
            let (next, overflow) = product.multipliedReportingOverflow(by: size)
            guard size > 0, !overflow, next <= 1 << 40 else { return "examples of shape \(shape)" }
            product = next
        }
        let isSound = [scale, center, deviation].allSatisfy { $0.isFinite } && scale != 0 && deviation != 0
        return isSound ? nil : "the numbers of the inputs"
    }
}
