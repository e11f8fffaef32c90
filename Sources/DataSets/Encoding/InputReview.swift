internal import ThalwegEngine
internal import ThalwegFormats

/// What in examples differs from what a model was trained on, column by column: cells that are missing, categories never
/// seen, numbers far outside the training range.
public struct InputReview: Codable, Sendable, Hashable {
    public struct Column: Codable, Sendable, Hashable {
        /// The column's name; `inputs` for arrays whose numbers share one scale.
        public var name: String
        /// Cells without a value.
        public var missing = 0
        /// Cells with a category that has no place of its own in the network: training never saw it, or too rarely.
        public var unseen = 0
        /// The first of those categories.
        public var unseenCategories: [String] = []
        /// Numbers further outside the training range than half its width.
        public var far = 0
        /// The one that is furthest outside.
        public var furthest: Double?
        /// The training range: least and largest value.
        public var range: [Double]?

        var isRemarkable: Bool { missing > 0 || unseen > 0 || far > 0 }
    }

    /// Examples that were looked at.
    public var examples: Int
    /// Only columns with something to tell.
    public var columns: [Column]

    /// A line for each kind of difference; none where everything is as in training.
    public var notes: [String] {
        func line(_ head: String, _ part: (Column) -> String?) -> String? {
            let parts = columns.compactMap(part)
            guard !parts.isEmpty else { return nil }
            let more = parts.count > 6 ? " and \(parts.count - 6) more columns" : ""
            return "\(head): " + parts.prefix(6).joined(separator: ", ") + more
        }
        return [
            line("missing cells") {
                $0.missing == 0 ? nil : "'\($0.name)' \(grouped($0.missing))" + ($0.missing == examples ? " (all)" : "")
            },
            line("categories that training never saw, or too rarely to learn") { column in
                guard column.unseen > 0 else { return nil }
                let shown = column.unseenCategories.prefix(3).map { "'\($0.prefix(20))'" }.joined(separator: ", ")
                return
                    "'\(column.name)' \(grouped(column.unseen)) (\(shown)\(column.unseenCategories.count > 3 ? ", …" : ""))"
            },
            line("numbers far outside the training range") { column in
                guard column.far > 0, let furthest = column.furthest, let range = column.range else { return nil }
                return "'\(column.name)' \(grouped(column.far)) (such as \(furthest.shortText); "
                    + "training had \(range[0].shortText) to \(range[1].shortText))"
            },
        ].compactMap { $0 }
    }
}

extension Preprocessing {
    /// Compares the inputs of examples with those of the training rows. Columns that the model does not use are left out.
    public func review(_ examples: Examples) -> InputReview {
        var columns: [InputReview.Column] = []
        switch (input, examples) {
        case (.columns(let features), .table(let table)):
            for feature in features {
                guard let column = table.column(named: feature.name) else { continue }
                switch (feature.encoding, column.values) {
                case (.numeric(let numeric), .numbers(let numbers)):
                    columns.append(numeric.review(numbers, name: feature.name))
                case (.categories(let categories), .categories(let codes, let dictionary)):
                    columns.append(categories.review(codes, dictionary, name: feature.name))
                case (.categories(let categories), .numbers(let numbers)):
                    columns.append(categories.review(numbers, name: feature.name))
                case (.numeric, .categories), (.ignored, _): continue
                }
            }
        case (.features(let features), .arrays(let inputs, _)):
            var values = [[Double]](repeating: [], count: features.count)
            ArrayReader.rows(of: inputs, nil) { row in
                for place in values.indices where place < row.count { values[place].append(row[place]) }
            }
            for (feature, numbers) in zip(features, values) {
                guard case .numeric(let numeric) = feature.encoding else { continue }
                columns.append(numeric.review(numbers, name: feature.name))
            }
        case (.array(let array), .arrays(let inputs, _)):
            var watch = RangeWatch(name: "inputs", range: array.range, scale: array.scale)
            ArrayReader.rows(of: inputs, nil) { row in
                for value in row { watch.observe(value) }
            }
            columns.append(watch.column)
        case (.columns, .arrays), (.features, .table), (.array, .table): break
        }
        return InputReview(examples: examples.count, columns: columns.filter(\.isRemarkable))
    }
}

/// Counts missing numbers and those far outside a range.
private struct RangeWatch {
    private(set) var column: InputReview.Column
    private let near: ClosedRange<Double>
    private let middle: Double

    /// - Parameter range: in units of values divided by `scale`.
    init(name: String, range: ClosedRange<Double>?, scale: Double) {
        column = InputReview.Column(name: name)
        let ends = range.map { [$0.lowerBound * scale, $0.upperBound * scale].sorted() }
        let reach = ends.map { ($0[1] - $0[0]) / 2 } ?? .infinity
        guard let ends, reach.isFinite else {
            (near, middle) = (-.infinity ... .infinity, 0)
            return
        }
        column.range = ends
        near = (ends[0] - reach)...(ends[1] + reach)
        middle = ends[0] + reach
    }

    mutating func observe(_ value: Double) {
        guard value.isFinite else { return column.missing += 1 }
        guard !near.contains(value) else { return }
        column.far += 1
        if abs(value - middle) > column.furthest.map({ abs($0 - middle) }) ?? -1 { column.furthest = value }
    }
}

extension NumericEncoding {
    fileprivate func review(_ numbers: [Double], name: String) -> InputReview.Column {
        var watch = RangeWatch(name: name, range: range, scale: scale)
        for number in numbers { watch.observe(number) }
        return watch.column
    }
}

extension CategoryEncoding {
    fileprivate func review(_ codes: [Int32], _ dictionary: [String], name: String) -> InputReview.Column {
        let known = Set(categories)
        let isUnseen = dictionary.map { !known.contains($0) }
        var column = InputReview.Column(name: name)
        var listed: Set<Int32> = []
        for code in codes {
            if code < 0 {
                column.missing += 1
            } else if isUnseen[Int(code)] {
                column.unseen += 1
                guard listed.count < 10, listed.insert(code).inserted else { continue }
                column.unseenCategories.append(dictionary[Int(code)])
            }
        }
        return column
    }

    /// Categories that happen to look like numbers.
    fileprivate func review(_ numbers: [Double], name: String) -> InputReview.Column {
        let different = Set(numbers.filter { !$0.isNaN }.map { $0 + 0 }).sorted()
        let codes = Dictionary(uniqueKeysWithValues: different.enumerated().map { ($1, Int32($0)) })
        return review(
            numbers.map { $0.isNaN ? -1 : codes[$0 + 0] ?? -1 }, different.map(\.shortText), name: name)
    }
}
