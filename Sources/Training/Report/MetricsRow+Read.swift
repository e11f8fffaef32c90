import Foundation

extension RunFolder {
    /// The rows of `metrics.csv` so far. A last row that is still being written is left out.
    ///
    /// - Throws: `TrainingError.notARun` when the file is missing or not of the form.
    public func metricsRows() throws -> [MetricsRow] {
        let bytes: Data
        do { bytes = try Data(contentsOf: metrics) } catch {
            throw TrainingError.notARun(path, problem: "metrics.csv is missing or cannot be read")
        }
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.hasPrefix(MetricsRow.header) else {
            throw TrainingError.notARun(path, problem: "metrics.csv is damaged or of another version")
        }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst()
        _ = lines.popLast()
        return try lines.enumerated().map { index, line in
            guard let row = MetricsRow(line: line) else {
                throw TrainingError.notARun(path, problem: "line \(index + 2) of metrics.csv is damaged")
            }
            return row
        }
    }
}

extension MetricsRow {
    fileprivate init?(line: Substring) {
        let cells = line.split(separator: ",", omittingEmptySubsequences: false)
        guard cells.count == 7, let step = Int(cells[0]), let epoch = Int(cells[1]), let rate = Double(cells[6]),
            cells[2...5].allSatisfy({ $0.isEmpty || Double($0) != nil })
        else { return nil }
        self.init(
            step: step, epoch: epoch, trainCost: Double(cells[2]), devCost: Double(cells[3]),
            trainMetric: Double(cells[4]), devMetric: Double(cells[5]), learningRate: rate)
    }
}
