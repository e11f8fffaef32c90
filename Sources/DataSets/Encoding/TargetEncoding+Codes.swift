internal import Foundation
internal import ThalwegFormats

extension TargetEncoding {
    /// The class of each of `rows` (nil: all), from 0.
    ///
    /// - Throws: `DataError` for a missing label and for one that is none of the classes, naming line and column.
    func codes(_ targets: RawTargets, rows: [Int]?) throws -> (codes: [Int32], notes: [String]) {
        try targets.checkComplete(rows: rows)
        let labels = LabelMatch(classes)
        var notes: [String] = []
        switch targets.values {
        case .texts(let codes, let dictionary):
            let matches = dictionary.map { labels.match($0) }
            var used = [Bool](repeating: false, count: dictionary.count)
            let result = try select(rows, codes.count) { row in
                let code = Int(codes[row])
                guard let match = matches[code] else { throw unknown(dictionary[code], row: row, in: targets) }
                used[code] = true
                return Int32(match.index)
            }
            let respelled = dictionary.indices.filter { used[$0] && matches[$0]?.isExact == false }
            for code in respelled.prefix(5) {
                notes.append("label '\(dictionary[code])' is taken for '\(classes[matches[code]!.index])'")
            }
            if respelled.count > 5 { notes.append("\(respelled.count - 5) more labels are matched in the same way") }
            return (result, notes)
        case .numbers(let numbers, let outputs, _):
            guard outputs == 1 else {
                throw targets.error(.mismatch, row: nil, "\(outputs) numbers an example are no classes")
            }
            var known: [Double: Int32] = [:]
            let result = try select(rows, numbers.count) { row in
                let number = numbers[row] + 0
                if let index = known[number] { return index }
                guard let match = labels.match(number.shortText) else {
                    throw unknown(number.shortText, row: row, in: targets)
                }
                known[number] = Int32(match.index)
                return Int32(match.index)
            }
            return (result, notes)
        }
    }

    /// The numbers to predict of each of `rows`, row by row.
    func numbers(_ targets: RawTargets, rows: [Int]?) throws -> [Double] {
        try targets.checkComplete(rows: rows)
        guard case .numbers(let numbers, let outputs, _) = targets.values else {
            guard case .texts(let codes, let dictionary) = targets.values else {
                throw targets.error(.invalidValue, row: nil, "numbers are needed, the column holds texts")
            }
            throw targets.notNumbers(codes, dictionary)
        }
        guard outputs == self.outputs else {
            throw targets.error(
                .mismatch, row: nil, "\(outputs) numbers an example, the model predicts \(self.outputs)")
        }
        guard let rows else { return numbers }
        return outputs == 1
            ? rows.map { numbers[$0] } : rows.flatMap { numbers[($0 * outputs)..<(($0 + 1) * outputs)] }
    }

    private func select(_ rows: [Int]?, _ count: Int, _ body: (Int) throws -> Int32) rethrows -> [Int32] {
        if let rows { return try rows.map(body) }
        return try (0..<count).map(body)
    }

    private func unknown(_ label: String, row: Int, in targets: RawTargets) -> DataError {
        let known = classes.prefix(6).map { "'\($0)'" }.joined(separator: ", ")
        return targets.error(
            .unknownLabel, row: row,
            "'\(label.prefix(40))' is none of the training data's classes (\(known)\(classes.count > 6 ? ", …" : ""))")
    }
}
