internal import ThalwegEngine
internal import ThalwegTraining

/// Examples of one set whose inputs and target stand in the training set as well.
public struct DuplicatedRows: Codable, Sendable, Hashable {
    /// `dev` or `test`.
    public var part: String
    public var duplicated: Int
    public var examples: Int
    /// The same among the training examples themselves: what is natural in data of few columns.
    public var natural: Double

    public var share: Double { Double(duplicated) / Double(max(examples, 1)) }

    /// More than twice as many as natural, one in a hundred examples and beyond chance.
    public var isLeakage: Bool {
        let low = MeasuredError.counts(wrong: duplicated, of: max(examples, 1)).interval(confidence: 0.99).low
        return share > 0.01 && duplicated > 1 && low > 2 * natural
    }

    init(_ part: PreparedData.Part, name: String, train: PreparedData.Part) {
        let seen = Self.digests(train)
        let own = Self.digests(part)
        let counts = seen.reduce(into: [UInt64: Int]()) { $0[$1, default: 0] += 1 }
        self.part = name
        examples = own.count
        duplicated = own.count { counts[$0] != nil }
        natural = Double(seen.count { counts[$0] ?? 0 > 1 }) / Double(max(seen.count, 1))
    }

    /// A number for each row of inputs and targets (FNV-1a over their 64-bit words).
    private static func digests(_ part: PreparedData.Part) -> [UInt64] {
        var digests = [UInt64](repeating: 0xCBF2_9CE4_8422_2325, count: part.count)
        // Piece by piece: all images as numbers of 64 bits would fill the memory.
        for start in stride(from: 0, to: part.count, by: 4096) {
            let rows = start..<min(start + 4096, part.count)
            for tensor in [part.x, part.y] {
                let numbers = tensor[rows].doubles()
                let width = numbers.count / rows.count
                numbers.withUnsafeBufferPointer { numbers in
                    for row in rows {
                        var digest = digests[row]
                        for place in (row - start) * width..<(row - start + 1) * width {
                            digest = (digest ^ (numbers[place] + 0).bitPattern) &* 0x0000_0100_0000_01B3
                            digest ^= digest >> 29
                        }
                        digests[row] = digest
                    }
                }
            }
        }
        return digests
    }
}
