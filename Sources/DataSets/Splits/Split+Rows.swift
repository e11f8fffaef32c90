internal import ThalwegEngine
internal import ThalwegFormats

extension Split {
    /// Divides `count` rows.
    ///
    /// - Parameters:
    ///   - labels: The class of each row, from 0, for a stratified split; nil for regression.
    ///   - groups: The group of each row, from 0.
    ///   - order: The time of each row; the split is then not random and `labels` is not used.
    /// - Throws: `DataError` when no training row would be left, and when a share of the split comes to no row.
    public func rows(
        count: Int, labels: [Int32]? = nil, groups: [Int32]? = nil, order: [Double]? = nil,
        takesDev: Bool? = nil, takesTest: Bool? = nil
    ) throws -> SplitRows {
        let (takesDev, takesTest) = (takesDev ?? self.takesDev, takesTest ?? self.takesTest)
        var (dev, test) = counts(count, takesDev: takesDev, takesTest: takesTest)
        if case .fractions = sizes {
            guard dev + test < count || count < 2 else {
                throw DataError(
                    .empty,
                    "the split takes \(dev) dev and \(test) test of \(counted(count, "example")) and leaves none to train on"
                )
            }
        }
        if dev + test >= count {
            // So few rows: everything trains, as far as the wish for parts allows.
            guard count > 0 else { throw DataError(.empty, "no examples to split") }
            (dev, test) = (min(dev, (count - 1) / 2), min(test, (count - 1) / 2))
        }
        var rows: SplitRows
        if let order {
            let sorted = (0..<count).sorted { (order[$0], $0) < (order[$1], $1) }
            rows = SplitRows(
                train: Array(sorted[..<(count - dev - test)]),
                dev: Array(sorted[(count - dev - test)..<(count - test)]), test: Array(sorted[(count - test)...]))
        } else if let groups {
            rows = grouped(groups, dev: dev, test: test)
        } else if isStratified, let labels {
            rows = stratified(labels, dev: dev, test: test)
        } else {
            let shuffled = Shuffle.permutation(count, key: RandomKey(seed: seed))
            let rest = shuffled[test...].rotated(by: dev, times: devFold)
            rows = SplitRows(
                train: Array(rest[dev...]), dev: Array(rest[..<dev]), test: Array(shuffled[..<test]))
        }
        guard !rows.train.isEmpty else { throw DataError(.empty, "the split leaves no training example") }
        if case .fractions(_, let devShare, let testShare) = sizes {
            for (name, share, found, isTaken) in [
                ("dev", devShare, rows.dev, takesDev), ("test", testShare, rows.test, takesTest),
            ]
            where isTaken && share > 0 && found.isEmpty {
                let reason =
                    order != nil
                    ? ""
                    : groups != nil
                        ? ": groups stay whole" : labels != nil && isStratified ? ": every class has to train" : ""
                throw DataError(
                    .empty,
                    "the split's share for \(name), \(share), comes to none of \(counted(count, "example"))\(reason)")
            }
        }
        rows.train.sort()
        rows.dev.sort()
        rows.test.sort()
        return rows
    }

    /// Every class gives its share to dev and test; what rounding leaves goes to the classes with the largest remainder.
    private func stratified(_ labels: [Int32], dev: Int, test: Int) -> SplitRows {
        let classCount = Int(labels.max() ?? -1) + 1
        var members = [[Int]](repeating: [], count: classCount)
        for (row, label) in labels.enumerated() { members[Int(label)].append(row) }
        let key = RandomKey(seed: seed)
        members = members.enumerated().map { label, rows in
            Shuffle.permutation(rows.count, key: key.split(label)).map { rows[$0] }
        }
        let sizes = members.map(\.count)
        let testSizes = Self.shares(of: test, among: sizes)
        let devSizes = Self.shares(of: dev, among: zip(sizes, testSizes).map { $0 - $1 })
        var rows = SplitRows()
        for (label, rest) in members.enumerated() {
            // A class always trains.
            let forTest = min(testSizes[label], rest.count - 1)
            let forDev = min(devSizes[label], rest.count - 1 - max(forTest, 0))
            let others = rest.dropFirst(max(forTest, 0)).rotated(by: max(forDev, 0), times: devFold)
            rows.test += rest.prefix(max(forTest, 0))
            rows.dev += others.prefix(max(forDev, 0))
            rows.train += others.dropFirst(max(forDev, 0))
        }
        return rows
    }

    /// `total` divided in proportion to `sizes`, by largest remainders.
    private static func shares(of total: Int, among sizes: [Int]) -> [Int] {
        let sum = sizes.reduce(0, +)
        guard sum > 0 else { return sizes }
        let exact = sizes.map { Double(total) * Double($0) / Double(sum) }
        var shares = exact.map { Int($0) }
        let order = sizes.indices.sorted {
            let (a, b) = (exact[$0] - Double(shares[$0]), exact[$1] - Double(shares[$1]))
            return a != b ? a > b : $0 < $1
        }
        for index in order.prefix(max(total - shares.reduce(0, +), 0)) { shares[index] += 1 }
        return shares
    }

    /// Whole groups, in random order: into test until it is full, then dev, then training.
    private func grouped(_ groups: [Int32], dev: Int, test: Int) -> SplitRows {
        var members = [[Int]](repeating: [], count: Int(groups.max() ?? -1) + 1)
        for (row, group) in groups.enumerated() { members[Int(group)].append(row) }
        var rows = SplitRows()
        let order = Shuffle.permutation(members.count, key: RandomKey(seed: seed))
        for (place, group) in order.enumerated() {
            // The last group always trains.
            let isLast = place == order.count - 1
            let size = members[group].count
            if !isLast, rows.test.count < test, rows.test.count + size <= test + test / 2 + 1 {
                rows.test += members[group]
            } else if !isLast, rows.dev.count < dev, rows.dev.count + size <= dev + dev / 2 + 1 {
                rows.dev += members[group]
            } else {
                rows.train += members[group]
            }
        }
        return rows
    }
}

extension ArraySlice {
    /// The elements from place `size * times` on, then those before it; around the end as often as need be.
    fileprivate func rotated(by size: Int, times: Int) -> [Element] {
        guard !isEmpty, size > 0 else { return Array(self) }
        let (product, _) = size.multipliedReportingOverflow(by: times)
        let start = startIndex + Int(UInt(bitPattern: product) % UInt(count))
        return Array(self[start...] + self[..<start])
    }
}

/// Random orders that depend on the key alone (the standard library does not promise the same shuffle for ever).
enum Shuffle {
    /// 0 to `count` - 1 in random order (Fisher and Yates).
    static func permutation(_ count: Int, key: RandomKey) -> [Int] {
        var source = RandomSource(key: key)
        var order = Array(0..<count)
        order.withUnsafeMutableBufferPointer { order in
            for last in stride(from: count - 1, to: 0, by: -1) {
                // The high half of a 128-bit product: uniform but for 2^-64 * count.
                let pick = Int(source.next().multipliedFullWidth(by: UInt64(last) + 1).high)
                order.swapAt(last, pick)
            }
        }
        return order
    }
}

/// The order in which an epoch visits the training examples: a function of seed and epoch alone, so that a resumed run
/// continues with the same batches.
public struct BatchOrder: Codable, Sendable, Hashable {
    public var count: Int
    public var seed: UInt64
    /// Without shuffling every epoch goes from front to back.
    public var isShuffled: Bool

    public init(count: Int, seed: UInt64, isShuffled: Bool = true) {
        self.count = count
        self.seed = seed
        self.isShuffled = isShuffled
    }

    /// Every number from 0 to `count` - 1 once.
    public func order(epoch: Int) -> [Int] {
        guard isShuffled else { return Array(0..<count) }
        return Shuffle.permutation(count, key: RandomKey(seed: seed ^ 0x6261_7463_6865_7321).split(epoch))
    }
}
