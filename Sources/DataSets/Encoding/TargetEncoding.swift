internal import Foundation
internal import ThalwegEngine
internal import ThalwegFormats

/// What is predicted, and how it becomes numbers.
///
/// Texts are classes. Numbers are classes when they are whole, at most 20 different ones, and either two or on average
/// ten rows or more for each; integer arrays (labels of image sets) up to 1,000 different ones from 0 or 1 up without
/// large gaps. All else is regression. Classes are in ascending order: for two, the second is the positive one.
struct TargetEncoding: Codable, Sendable, Hashable {
    var task: Task
    /// Names of the classes; empty for regression.
    var classes: [String]
    /// The column; nil for arrays.
    var name: String?
    /// Numbers to predict for an example (regression).
    var outputs: Int

    /// - Throws: `DataError` when targets are missing or infinite, when there is one class only, and when `task` does
    ///   not fit the values.
    static func detect(_ targets: RawTargets, task: Task?) throws -> (TargetEncoding, notes: [String]) {
        try targets.checkComplete(rows: nil)
        switch targets.values {
        case .texts(let codes, let dictionary):
            return try detect(targets, codes: codes, dictionary: dictionary, task: task)
        case .numbers(let numbers, let outputs, let isInteger):
            return try detect(targets, numbers: numbers, outputs: outputs, isInteger: isInteger, task: task)
        }
    }

    private static func detect(
        _ targets: RawTargets, codes: [Int32], dictionary: [String], task: Task?
    ) throws -> (TargetEncoding, notes: [String]) {
        var rowOf = [Int?](repeating: nil, count: dictionary.count)
        for (row, code) in codes.enumerated() where rowOf[Int(code)] == nil { rowOf[Int(code)] = row }
        let classes = dictionary.indices.filter { rowOf[$0] != nil }.map { dictionary[$0] }.sorted()
        if task == .regression {
            throw targets.notNumbers(codes, dictionary)
        }
        if task == nil, let slip = slip(codes, dictionary) {
            throw targets.error(
                .invalidValue, row: slip.row,
                "'\(slip.text.prefix(40))' is no number, nearly all others are (for a class say --task multiclass)")
        }
        if classes.count > 100, classes.count * 2 > codes.count {
            throw targets.error(
                .invalidValue, row: nil,
                "\(classes.count) different texts in \(codes.count) rows are no classes; name the column to predict")
        }
        return try withClasses(classes, targets, task: task)
    }

    /// The first text where at most one value in twenty is no number.
    private static func slip(_ codes: [Int32], _ dictionary: [String]) -> (row: Int, text: String)? {
        let isText = dictionary.map { !NumberParser.isNumber($0) }
        let texts = codes.count { $0 >= 0 && isText[Int($0)] }
        guard texts > 0, texts * 20 <= codes.count, let row = codes.firstIndex(where: { $0 >= 0 && isText[Int($0)] })
        else { return nil }
        return (row, dictionary[Int(codes[row])])
    }

    private static func detect(
        _ targets: RawTargets, numbers: [Double], outputs: Int, isInteger: Bool, task: Task?
    ) throws -> (TargetEncoding, notes: [String]) {
        if outputs > 1 {
            if let task, task != .regression {
                throw targets.error(.mismatch, row: nil, "\(outputs) numbers an example are no classes")
            }
            return (TargetEncoding(task: .regression, classes: [], name: targets.name, outputs: outputs), [])
        }
        let limit = task == nil ? (isInteger ? 1000 : 20) : 100_000
        let distinct = distinctValues(numbers, limit: limit)
        if task == .regression || (task == nil && !areClasses(distinct, rows: numbers.count, isInteger: isInteger)) {
            guard distinct.map({ $0.count > 1 }) ?? true else {
                throw targets.error(
                    .oneClass, row: nil, "all values to predict are \(numbers.first?.shortText ?? "the same")")
            }
            var notes: [String] = []
            if task == nil, let distinct, distinct.count <= 100, distinct.allSatisfy({ $0 == $0.rounded() }) {
                notes.append(
                    "task: regression (\(distinct.count) different whole numbers); for classes say --task multiclass")
            }
            return (TargetEncoding(task: .regression, classes: [], name: targets.name, outputs: 1), notes)
        }
        guard let distinct else {
            throw targets.error(.invalidValue, row: nil, "more than \(limit) different numbers are no classes")
        }
        return try withClasses(distinct.sorted().map(\.shortText), targets, task: task)
    }

    private static func areClasses(_ distinct: Set<Double>?, rows: Int, isInteger: Bool) -> Bool {
        guard let distinct, distinct.allSatisfy({ $0 == $0.rounded() }) else { return false }
        if distinct.count <= 2 { return true }
        if isInteger, let least = distinct.min(), let largest = distinct.max() {
            return (least == 0 || least == 1) && largest - least < Double(distinct.count * 2)
        }
        return rows >= distinct.count * 10
    }

    /// nil when there are more than `limit`.
    private static func distinctValues(_ numbers: [Double], limit: Int) -> Set<Double>? {
        var distinct: Set<Double> = []
        for number in numbers where distinct.insert(number + 0).inserted && distinct.count > limit { return nil }
        return distinct
    }

    private static func withClasses(
        _ classes: [String], _ targets: RawTargets, task: Task?
    ) throws -> (TargetEncoding, notes: [String]) {
        guard classes.count > 1 else {
            throw targets.error(
                .oneClass, row: nil,
                "only one class ('\((classes.first ?? "").prefix(40))'): at least two are needed to learn from")
        }
        if task == .binary && classes.count > 2 {
            throw targets.error(
                .mismatch, row: nil, "\(classes.count) classes, but the task binary needs two; say multiclass")
        }
        let found: Task = task ?? (classes.count == 2 ? .binary : .multiclass)
        return (TargetEncoding(task: found, classes: classes, name: targets.name, outputs: 1), [])
    }
}
