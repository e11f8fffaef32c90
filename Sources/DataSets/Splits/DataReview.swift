internal import ThalwegEngine

/// Examples that stand twice: within the training set, or in two parts, where they make an evaluation look better than it is.
public struct DataReview: Codable, Sendable, Hashable {
    /// Examples of a part whose inputs are those of a training example.
    public struct Overlap: Codable, Sendable, Hashable {
        /// `dev` or `test`.
        public var part: String
        public var count: Int
        /// Those among them whose target is also that of such a training example.
        public var withEqualTarget: Int
        /// Examples of the part.
        public var total: Int
    }

    public var overlaps: [Overlap] = []
    /// Training examples whose inputs and target are those of an earlier one.
    public var duplicates = 0
    /// Training examples whose inputs are those of no earlier one.
    public var distinct = 0
    /// Training examples.
    public var total = 0

    init(_ partition: Partition) {
        let inputs = Self.inputDigests(partition.train)
        let targets = Self.targetDigests(partition.train)
        total = inputs.count
        let train = Set(inputs)
        distinct = train.count
        let whole = zip(inputs, targets).map { Self.mix($0, $1) }
        let pairs = Set(whole)
        duplicates = whole.count - pairs.count
        for (name, part) in [("dev", partition.dev), ("test", partition.test)] {
            guard let part else { continue }
            let own = Self.inputDigests(part)
            let count = own.count { train.contains($0) }
            guard count > 0 else { continue }
            let equal = zip(own, Self.targetDigests(part)).count { pairs.contains(Self.mix($0, $1)) }
            overlaps.append(Overlap(part: name, count: count, withEqualTarget: equal, total: part.count))
        }
    }

    /// A line for each part with examples of the training set.
    var notes: [String] {
        overlaps.map {
            "\(grouped($0.count)) of \(grouped($0.total)) \($0.part) examples have the same inputs as a training example (duplicates)"
        }
    }

    /// A digest of each row's inputs. Equal rows have equal digests in every table with the same columns.
    private static func inputDigests(_ part: Part) -> [UInt64] {
        switch part.examples {
        case .table(let table):
            var digests = [UInt64](repeating: 0x9E37_79B9_7F4A_7C15, count: part.rows.count)
            for (index, column) in table.columns.enumerated() where index != table.target {
                add(column.values, part.rows, to: &digests)
            }
            return digests
        case .arrays(let inputs, _): return digests(of: inputs, part.rows)
        }
    }

    private static func targetDigests(_ part: Part) -> [UInt64] {
        switch part.examples {
        case .table(let table):
            var digests = [UInt64](repeating: 0, count: part.rows.count)
            if let target = table.target { add(table.columns[target].values, part.rows, to: &digests) }
            return digests
        case .arrays(_, let targets):
            return targets.map { digests(of: $0, part.rows) } ?? [UInt64](repeating: 0, count: part.rows.count)
        }
    }

    private static func add(_ values: Column.Values, _ rows: [Int], to digests: inout [UInt64]) {
        switch values {
        case .numbers(let numbers):
            for (place, row) in rows.enumerated() {
                let number = numbers[row]
                digests[place] = mix(digests[place], number.isNaN ? 1 : (number + 0).bitPattern)
            }
        case .categories(let codes, let dictionary):
            let texts = dictionary.map { text in
                var text = text
                return text.withUTF8 { Fingerprint.xxh64(UnsafeRawBufferPointer($0), seed: 7) }
            }
            for (place, row) in rows.enumerated() {
                digests[place] = mix(digests[place], codes[row] < 0 ? 1 : texts[Int(codes[row])])
            }
        }
    }

    private static func digests(of array: Tensor, _ rows: [Int]) -> [UInt64] {
        array.withBytes { bytes in
            let size = bytes.count / max(array.shape[0], 1)
            return rows.map { row in
                Fingerprint.xxh64(
                    UnsafeRawBufferPointer(rebasing: bytes[(row * size)..<((row + 1) * size)]), seed: 7)
            }
        }
    }

    private static func mix(_ digest: UInt64, _ value: UInt64) -> UInt64 {
        let (high, low) = (digest ^ value ^ 0x2D35_8DCC_AA6C_78A5).multipliedFullWidth(by: 0x8BB8_4B93_962E_ACC9)
        return (high ^ low) &+ value
    }
}
