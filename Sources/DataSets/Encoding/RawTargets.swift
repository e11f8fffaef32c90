internal import ThalwegEngine
internal import ThalwegFormats

/// Targets as they were read, and where each came from for messages.
struct RawTargets {
    enum Values {
        /// Texts: indices into a dictionary, -1 missing.
        case texts(codes: [Int32], dictionary: [String])
        /// `outputs` numbers a row, NaN missing.
        case numbers([Double], outputs: Int, isInteger: Bool)
    }

    let values: Values
    /// The column; nil for arrays.
    let name: String?
    private let source: String?
    private let lines: [Int]?
    /// The texts of cells that are no numbers, by line.
    private let oddCells: [Int: String]

    init?(_ examples: Examples) {
        switch examples {
        case .table(let table):
            guard let target = table.target else { return nil }
            let column = table.columns[target]
            name = column.name
            source = table.source
            lines = table.lines
            oddCells = Dictionary(column.oddCells.map { ($0.line, $0.text) }) { first, _ in first }
            switch column.values {
            case .numbers(let numbers): values = .numbers(numbers, outputs: 1, isInteger: false)
            case .categories(let codes, let dictionary): values = .texts(codes: codes, dictionary: dictionary)
            }
        case .arrays(_, let targets):
            guard let targets else { return nil }
            name = nil
            source = nil
            lines = nil
            oddCells = [:]
            let outputs = targets.rank == 2 ? targets.shape[1] : 1
            let isInteger = targets.dataType.isInteger || targets.dataType == .bool
            let numbers = targets.doubles()
            if outputs > 1, let labels = Self.labels(oneHot: numbers, outputs) {
                values = .numbers(labels, outputs: 1, isInteger: true)
            } else {
                values = .numbers(numbers, outputs: outputs, isInteger: isInteger)
            }
        }
    }

    var count: Int {
        switch values {
        case .texts(let codes, _): codes.count
        case .numbers(let numbers, let outputs, _): numbers.count / max(outputs, 1)
        }
    }

    /// The place of the one in every row, if every row is zeros and a one.
    private static func labels(oneHot numbers: [Double], _ outputs: Int) -> [Double]? {
        var labels: [Double] = []
        labels.reserveCapacity(numbers.count / outputs)
        for start in stride(from: 0, to: numbers.count, by: outputs) {
            var label: Int?
            for place in 0..<outputs {
                switch numbers[start + place] {
                case 0: continue
                case 1 where label == nil: label = place
                default: return nil
                }
            }
            guard let label else { return nil }
            labels.append(Double(label))
        }
        return labels
    }

    /// An error at a row (from 0).
    func error(_ kind: DataError.Kind, row: Int?, _ problem: String) -> DataError {
        if let name {
            return DataError(kind, file: source, line: row.map { lines![$0] }, column: name, problem)
        }
        return DataError(kind, tensor: "targets", row.map { "example \($0 + 1): \(problem)" } ?? problem)
    }

    /// That numbers are needed, at the first cell that is none.
    func notNumbers(_ codes: [Int32], _ dictionary: [String]) -> DataError {
        let isText = dictionary.map { !NumberParser.isNumber($0) }
        let row = codes.firstIndex { $0 >= 0 && isText[Int($0)] } ?? codes.firstIndex { $0 >= 0 }
        let text = row.map { dictionary[Int(codes[$0])] } ?? ""
        return error(.invalidValue, row: row, "regression needs numbers, found '\(text.prefix(40))'")
    }

    /// Refuses missing and infinite values in `rows`.
    func checkComplete(rows: [Int]?) throws {
        func check(_ row: Int) throws {
            switch values {
            case .texts(let codes, _):
                if codes[row] < 0 { throw error(.missingValue, row: row, "the value to predict is missing") }
            case .numbers(let numbers, let outputs, _):
                if let text = lines.flatMap({ oddCells[$0[row]] }) {
                    throw error(
                        .invalidValue, row: row, "the value to predict is no number: '\(text)' (nearly all others are)")
                }
                for number in numbers[(row * outputs)..<((row + 1) * outputs)] where !number.isFinite {
                    throw number.isNaN
                        ? error(.missingValue, row: row, "the value to predict is missing (or NaN)")
                        : error(.invalidValue, row: row, "the value to predict is infinite")
                }
            }
        }
        if let rows { for row in rows { try check(row) } } else { for row in 0..<count { try check(row) } }
    }
}

extension Double {
    /// `3` rather than `3.0`.
    var shortText: String {
        if self == rounded(), abs(self) < 1e15 { return String(Int(self)) }
        return "\(self)"
    }
}
