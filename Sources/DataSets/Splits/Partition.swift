internal import ThalwegEngine
internal import ThalwegFormats

/// Examples with the rows that belong to one part.
public struct Part: Sendable {
    public var examples: Examples
    public var rows: [Int]

    public init(examples: Examples, rows: [Int]? = nil) {
        self.examples = examples
        self.rows = rows ?? Array(0..<examples.count)
    }

    public var count: Int { rows.count }
}

/// The three parts of a data set. Training and dev (and test, unless it was given apart) share their examples and differ
/// in rows.
public struct Partition: Sendable {
    public var train: Part
    public var dev: Part?
    public var test: Part?
    /// What is to be learned, judged from all training examples or as asked.
    public var task: Task
    /// Sizes, and examples that stand in two parts.
    public var notes: [String]
    /// Examples that stand twice.
    public internal(set) var review: DataReview?
}

extension Split {
    /// Divides what was loaded. Parts that were given apart stay as they are.
    ///
    /// - Throws: `DataError` when the targets cannot be learned from (missing, one class, no fit for `task`), a group or
    ///   time column is missing, or too few examples are there.
    public func partition(_ data: LoadedData, task: Task? = nil) throws -> Partition {
        guard let targets = RawTargets(data.train) else {
            throw DataError(.missingColumn, file: data.name, "there is nothing to predict: the data hold no targets")
        }
        let count = data.train.count
        guard count > 1 else {
            throw DataError(
                .empty, file: data.name, "\(count) \(count == 1 ? "example is" : "examples are") too few to learn from")
        }
        return try naming(data.name) {
            let (encoding, detected) = try TargetEncoding.detect(targets, task: task)
            let labels = encoding.task == .regression ? nil : try encoding.codes(targets, rows: nil).codes
            let rows = try rows(
                count: count, labels: labels, groups: groupColumn.map { try groups($0, data.train) },
                order: timeColumn.map { try times($0, data.train) }, takesDev: takesDev && data.dev == nil,
                takesTest: takesTest && data.test == nil)
            var partition = Partition(
                train: Part(examples: data.train, rows: rows.train),
                dev: data.dev.map { Part(examples: $0) }
                    ?? (rows.dev.isEmpty ? nil : Part(examples: data.train, rows: rows.dev)),
                test: data.test.map { Part(examples: $0) }
                    ?? (rows.test.isEmpty ? nil : Part(examples: data.train, rows: rows.test)),
                task: encoding.task, notes: detected)
            let review = DataReview(partition)
            partition.notes += review.notes
            partition.review = review
            return partition
        }
    }

    private func groups(_ name: String, _ examples: Examples) throws -> [Int32] {
        let (column, _) = try column(name, examples, use: "group")
        switch column.values {
        case .numbers(let numbers):
            var known: [Double: Int32] = [:]
            return numbers.map { number in
                // A missing group is a group of its own.
                let key = number.isNaN ? .infinity : number + 0
                if let group = known[key] { return group }
                known[key] = Int32(known.count)
                return Int32(known.count - 1)
            }
        case .categories(let codes, let dictionary):
            return codes.map { $0 < 0 ? Int32(dictionary.count) : $0 }
        }
    }

    private func times(_ name: String, _ examples: Examples) throws -> [Double] {
        let (column, table) = try column(name, examples, use: "time")
        switch column.values {
        case .numbers(let numbers):
            if let row = numbers.firstIndex(where: \.isNaN) {
                throw DataError(
                    .missingValue, file: table.source, line: table.lines[row], column: column.name,
                    "the time is missing")
            }
            return numbers
        case .categories(let codes, let dictionary):
            if let row = codes.firstIndex(where: { $0 < 0 }) {
                throw DataError(
                    .missingValue, file: table.source, line: table.lines[row], column: column.name,
                    "the time is missing")
            }
            // Texts in their own order: ISO dates sort by time.
            var rank = [Double](repeating: 0, count: dictionary.count)
            for (place, code) in dictionary.indices.sorted(by: { dictionary[$0] < dictionary[$1] }).enumerated() {
                rank[code] = Double(place)
            }
            return codes.map { rank[Int($0)] }
        }
    }

    private func column(_ name: String, _ examples: Examples, use: String) throws -> (Column, Table) {
        guard case .table(let table) = examples else {
            throw DataError(.unsupported, column: name, "only tables have columns to \(use) by")
        }
        guard let column = table.column(named: name) else {
            let nearest = nearestName(to: name, among: table.columns.map(\.name))
            throw DataError(
                .missingColumn, file: table.source, column: name,
                "no column of this name to \(use) by" + (nearest.map { "; did you mean '\($0)'?" } ?? ""))
        }
        return (column, table)
    }
}
