internal import ThalwegEngine
internal import ThalwegFormats

extension Preprocessing {
    /// How much each of the examples counts, by the weight column; nil for a model without one, and for examples that lack it.
    ///
    /// - Throws: `DataError` for a weight that is missing, negative or infinite, and where all are 0.
    public func weights(_ examples: Examples, rows: [Int]? = nil) throws -> [Double]? {
        guard let name = options.weightColumn, case .table(let table) = examples,
            let column = table.column(named: name)
        else { return nil }
        return try table.weights(column, rows: rows)
    }
}

extension Examples {
    /// The column that `name` means, for the weights of these examples.
    ///
    /// - Throws: `DataError` for arrays, where there is no such column, and where it is the one to predict.
    public func weightColumn(named name: String) throws -> String {
        guard case .table(let table) = self else {
            throw DataError(.unsupported, column: name, "only tables have columns to weigh examples by")
        }
        let names = table.columns.map(\.name)
        guard let found = NameMatch(names).match(name) else {
            let nearest = nearestName(to: name, among: names)
            throw DataError(
                .missingColumn, file: table.source, column: name,
                "no column of this name to weigh examples by" + (nearest.map { "; did you mean '\($0)'?" } ?? ""))
        }
        guard table.target.map({ names[$0] }) != found else {
            throw DataError(
                .mismatch, file: table.source, column: found, "it is the column to predict and cannot hold the weights")
        }
        return found
    }
}

extension Table {
    fileprivate func weights(_ column: Column, rows: [Int]?) throws -> [Double] {
        func error(_ kind: DataError.Kind, _ row: Int?, _ problem: String) -> DataError {
            DataError(kind, file: source, line: row.map { lines[$0] }, column: column.name, problem)
        }
        guard case .numbers(let numbers) = column.values else {
            throw error(.invalidValue, nil, "weights of examples must be numbers")
        }
        let rows = rows ?? Array(0..<rowCount)
        var total = 0.0
        for row in rows {
            let weight = numbers[row]
            if weight.isNaN { throw error(.missingValue, row, "the weight of the example is missing") }
            guard weight >= 0, weight.isFinite else {
                throw error(.invalidValue, row, "a weight must be 0 or more and finite, not \(weight.shortText)")
            }
            total += weight
        }
        guard total > 0, total.isFinite else {
            throw error(.invalidValue, nil, total > 0 ? "the weights are too large" : "all weights are 0")
        }
        return rows.map { numbers[$0] }
    }
}
