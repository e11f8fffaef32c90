import Foundation
public import ThalwegDataSets
import ThalwegEngine
public import ThalwegTraining

/// What a column did for an answer: how it changes when the column's value is replaced by the usual one.
public struct Influence: Sendable, Codable, Hashable {
    public var column: String
    /// The value, as text.
    public var value: String
    /// The probability of the answered class, or the predicted number (of several, the first), minus the same with the column's
    /// median or most frequent value in place of its own. Positive: the value speaks for the answer.
    public var effect: Double
}

extension TrainedModel {
    /// For each of `rows` the columns that mattered most, the strongest first; none for images and other wide arrays.
    ///
    /// Columns are replaced one at a time by their median (numbers) or most frequent value (categories) among `examples`; columns
    /// that change nothing are left out. Two columns that say the same hide each other.
    ///
    /// - Parameter top: columns an example at most.
    /// - Throws: `DataError` when the examples do not fit the model.
    public func influences(
        _ examples: Examples, rows: [Int], top: Int = 3, threads: Int? = nil
    ) throws -> [[Influence]] {
        guard !rows.isEmpty else { return [] }
        let altered: AlteredExamples? =
            switch examples {
            case .table(let table): AlteredExamples(table, rows: rows)
            case .arrays(let inputs, _): AlteredExamples(inputs, rows: rows)
            }
        guard let altered else { return rows.map { _ in [] } }
        // Asked first: which class, or which number, is looked at.
        let answers = try predict(examples, rows: rows, threads: threads).predictions
        let places = Dictionary(uniqueKeysWithValues: description.classes.enumerated().map { ($1, $0) })
        func value(_ prediction: Predictions.Prediction, for row: Int) -> Double {
            switch (prediction, answers[row]) {
            case (.label(_, let probabilities), .label(let answer, _)): probabilities[places[answer] ?? 0]
            case (.numbers(let numbers), _): numbers[0]
            case (.label, .numbers): 0
            }
        }
        var all = rows.map { _ in [Influence]() }
        for column in altered.names.indices {
            let replaced = try predict(altered.replacing(column), threads: threads).predictions
            for row in rows.indices {
                let effect = value(answers[row], for: row) - value(replaced[row], for: row)
                guard abs(effect) > 1e-6 * max(abs(value(answers[row], for: row)), 1e-6) else { continue }
                all[row].append(
                    Influence(column: altered.names[column], value: altered.text(column, row), effect: effect))
            }
        }
        return all.map { Array($0.sorted { abs($0.effect) > abs($1.effect) }.prefix(top)) }
    }
}

/// A few examples whose columns can be set to their usual values.
private struct AlteredExamples {
    let names: [String]
    private enum Content {
        case table(Table, usual: [Double?], codes: [Int32?], columns: [Int])
        /// Row by row, and the median of each feature.
        case features([Double], usual: [Double], shape: Shape)
    }
    private let content: Content

    init(_ table: Table, rows: [Int]) {
        let columns = table.columns.indices.filter { $0 != table.target }
        names = columns.map { table.columns[$0].name }
        var usual: [Double?] = []
        var codes: [Int32?] = []
        for index in columns {
            switch table.columns[index].values {
            case .numbers(let numbers):
                usual.append(quantile(numbers.filter(\.isFinite), 0.5))
                codes.append(nil)
            case .categories(let all, let dictionary):
                var counts = [Int](repeating: 0, count: dictionary.count)
                for code in all where code >= 0 { counts[Int(code)] += 1 }
                usual.append(nil)
                codes.append(counts.indices.max { (counts[$0], $1) < (counts[$1], $0) }.map { Int32($0) })
            }
        }
        content = .table(table.selecting(rows), usual: usual, codes: codes, columns: columns)
    }

    /// nil for arrays whose features mean nothing each on its own.
    init?(_ inputs: Tensor, rows: [Int]) {
        let count = inputs.shape[0]
        let size = inputs.elementCount / max(count, 1)
        guard inputs.rank <= 2, size <= 64 else { return nil }
        names = (0..<size).map { "feature \($0 + 1)" }
        var columns = [[Double]](repeating: [], count: size)
        ArrayReader.rows(of: inputs, nil) { row in for place in 0..<size { columns[place].append(row[place]) } }
        content = .features(
            rows.flatMap { row in columns.map { $0[row] } }, usual: columns.map { quantile($0, 0.5) ?? 0 },
            shape: [rows.count, size])
    }

    /// The examples with one of the columns set to its usual value.
    func replacing(_ column: Int) -> Examples {
        switch content {
        case .table(var table, let usual, let codes, let columns):
            let index = columns[column]
            switch table.columns[index].values {
            case .numbers(let numbers):
                table.columns[index].values = .numbers(numbers.map { _ in usual[column] ?? .nan })
            case .categories(let all, let dictionary):
                table.columns[index].values = .categories(
                    codes: all.map { _ in codes[column] ?? -1 }, dictionary: dictionary)
            }
            return .table(table)
        case .features(var numbers, let usual, let shape):
            for row in 0..<shape[0] { numbers[row * shape[1] + column] = usual[column] }
            return .arrays(inputs: Tensor(numbers, shape: shape), targets: nil)
        }
    }

    func text(_ column: Int, _ row: Int) -> String {
        switch content {
        case .table(let table, _, _, let columns): table.columns[columns[column]].text(row)
        case .features(let numbers, _, let shape): numberText(numbers[row * shape[1] + column])
        }
    }
}

extension Column {
    /// A cell as people read it.
    func text(_ row: Int) -> String {
        switch values {
        case .numbers(let numbers): numbers[row].isNaN ? "missing" : numberText(numbers[row])
        case .categories(let codes, let dictionary): codes[row] < 0 ? "missing" : dictionary[Int(codes[row])]
        }
    }
}
