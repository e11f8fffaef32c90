internal import ThalwegEngine
internal import ThalwegFormats

extension Split {
    /// Divides `count` rows into `folds` parts whose sizes differ by one at most (by one a class, where classes keep their
    /// proportions): random by seed, every row in one of them.
    ///
    /// - Parameter labels: The class of each row, from 0; nil for regression.
    public func folds(_ folds: Int, count: Int, labels: [Int32]? = nil) -> [[Int]] {
        precondition(folds > 0, "at least one fold is needed, not \(folds)")
        var order = Shuffle.permutation(count, key: RandomKey(seed: seed ^ 0x666F_6C64_7321))
        if isStratified, let labels {
            // Stable: within a class the order stays random. Dealt out in turn, every fold gets its share.
            order = order.enumerated().sorted { (labels[$0.element], $0.offset) < (labels[$1.element], $1.offset) }
                .map(\.element)
        }
        var parts = [[Int]](repeating: [], count: folds)
        for (place, row) in order.enumerated() { parts[place % folds].append(row) }
        return parts.map { $0.sorted() }
    }

    /// The data with one of `folds` folds as the test set and a dev set, if one is taken, out of the others.
    ///
    /// - Throws: As `partition(_:task:)`.
    public func partition(_ data: LoadedData, task: Task? = nil, fold: Int, of folds: Int) throws -> Partition {
        var alone = data
        (alone.dev, alone.test) = (nil, nil)
        var partition = try self.partition(alone, task: task)
        var labels: [Int32]?
        if partition.task != .regression, let targets = RawTargets(data.train) {
            labels = try TargetEncoding.detect(targets, task: task).0.codes(targets, rows: nil).codes
        }
        let held = self.folds(folds, count: data.train.count, labels: labels)[fold]
        let isHeld = Set(held)
        let others = (0..<data.train.count).filter { !isHeld.contains($0) }
        let rest = try rows(
            count: others.count, labels: labels.map { labels in others.map { labels[$0] } },
            takesDev: takesDev && data.dev == nil, takesTest: false)
        partition.train.rows = rest.train.map { others[$0] }
        partition.dev =
            data.dev.map { Part(examples: $0) }
            ?? (rest.dev.isEmpty ? nil : Part(examples: data.train, rows: rest.dev.map { others[$0] }))
        partition.test = Part(examples: data.train, rows: held)
        partition.review = nil
        return partition
    }
}
