internal import ThalwegFormats

/// How a delimited file is written, judged from its beginning.
struct CSVDialect {
    static let delimiters = [",", "\t", ";", "|"].map { Character($0).asciiValue! }

    /// The delimiter that cuts the first records into the most consistent number of cells (at least two). `preferred`
    /// wins a tie; a comma when nothing cuts.
    static func delimiter(of bytes: UnsafeRawBufferPointer, preferred: UInt8?, file: String) -> UInt8 {
        let sample = UnsafeRawBufferPointer(rebasing: bytes.prefix(1 << 18))
        let order = (preferred.map { [$0] } ?? []) + delimiters.filter { $0 != preferred }
        var best = (delimiter: preferred ?? delimiters[0], agreement: 0.0, cells: 1)
        for delimiter in order {
            let counts = cellCounts(sample, delimiter, whole: sample.count == bytes.count, file: file)
            guard let (cells, agreeing) = mostCommon(counts), cells > 1 else { continue }
            let agreement = Double(agreeing) / Double(counts.count)
            let isBetter =
                agreement > best.agreement + 0.1 || (agreement > best.agreement - 0.1 && cells > best.cells)
            if best.cells == 1 || isBetter { best = (delimiter, agreement, cells) }
        }
        return best.delimiter
    }

    /// The number of cells of each of the first records.
    private static func cellCounts(
        _ sample: UnsafeRawBufferPointer, _ delimiter: UInt8, whole: Bool, file: String
    ) -> [Int] {
        var scanner = CSVScanner(sample, delimiter: delimiter, file: file)
        var counts: [Int] = []
        var cells = 0
        while counts.count < 100, scanner.beginRecord() {
            var count = 0
            var ended = CellEnd.delimiter
            while ended == .delimiter {
                // A quote that does not fit this delimiter speaks against it: count the record as broken.
                guard let next = try? scanner.nextCell(column: count) else { return counts + [0] }
                ended = next.ended
                count += 1
            }
            if ended == .file && !whole { break }
            counts.append(count)
            cells += count
            if cells > 200_000 { break }
        }
        return counts
    }

    private static func mostCommon(_ counts: [Int]) -> (value: Int, times: Int)? {
        var times: [Int: Int] = [:]
        for count in counts { times[count, default: 0] += 1 }
        return times.max { ($0.value, $0.key) < ($1.value, $1.key) }.map { ($0.key, $0.value) }
    }
}
