internal import ThalwegFormats

/// How a delimited file is written, judged from its beginning.
struct CSVDialect {
    static let delimiters = [",", "\t", ";", "|"].map { Character($0).asciiValue! }
    private static let comma = UInt8(ascii: ",")

    let delimiter: UInt8
    /// Whether numbers are written `1,5` or `1.234,5`.
    let decimalComma: Bool

    /// The delimiter cuts the first records into the most consistent number of cells (at least two); it is no comma where
    /// another one leaves commas only inside numbers. `preferred` wins a tie; a comma when nothing cuts. A `given`
    /// delimiter is not judged.
    init(of bytes: UnsafeRawBufferPointer, given: UInt8?, preferred: UInt8?, file: String) {
        let sample = UnsafeRawBufferPointer(rebasing: bytes.prefix(1 << 18))
        let isWhole = sample.count == bytes.count
        delimiter = given ?? Self.delimiter(of: sample, isWhole: isWhole, preferred: preferred, file: file)
        decimalComma =
            delimiter != Self.comma && Self.survey(sample, delimiter, isWhole: isWhole, file: file).hasDecimalCommas
    }

    private static func delimiter(
        of sample: UnsafeRawBufferPointer, isWhole: Bool, preferred: UInt8?, file: String
    ) -> UInt8 {
        let order = (preferred.map { [$0] } ?? []) + delimiters.filter { $0 != preferred }
        var best = (delimiter: preferred ?? delimiters[0], agreement: 0.0, cells: 1)
        for delimiter in order {
            let survey = survey(sample, delimiter, isWhole: isWhole, mostRecords: 100, file: file)
            guard let (cells, agreeing) = mostCommon(survey.counts), cells > 1 else { continue }
            let agreement = Double(agreeing) / Double(survey.counts.count)
            let isBetter =
                agreement > best.agreement + 0.1 || (agreement > best.agreement - 0.1 && cells > best.cells)
                || (best.delimiter == comma && agreement > 0.9 && survey.hasOnlyDecimalCommas)
            if best.cells == 1 || isBetter { best = (delimiter, agreement, cells) }
        }
        return best.delimiter
    }

    /// What a delimiter makes of the first records.
    private struct Survey {
        /// The number of cells of each record.
        var counts: [Int] = []
        /// Cells with commas, after the first record; numbers with a decimal comma; numbers with a point.
        var commas = 0
        var commaNumbers = 0
        var pointNumbers = 0

        var hasOnlyDecimalCommas: Bool { commas > 0 && commas == commaNumbers && hasDecimalCommas }
        var hasDecimalCommas: Bool { commaNumbers > pointNumbers }

        mutating func take(_ cell: RawCell) {
            let bytes = UnsafeBufferPointer(start: cell.start, count: cell.count)
            let hasComma = bytes.contains(CSVDialect.comma)
            guard hasComma || bytes.contains(UInt8(ascii: ".")) else { return }
            if hasComma { commas += 1 }
            let hasCommaForm = cell.number(decimalComma: true) != nil
            if hasComma && hasCommaForm {
                commaNumbers += 1
            } else if !hasCommaForm, cell.number(decimalComma: false) != nil {
                pointNumbers += 1
            }
        }
    }

    private static func survey(
        _ sample: UnsafeRawBufferPointer, _ delimiter: UInt8, isWhole: Bool, mostRecords: Int = .max, file: String
    ) -> Survey {
        var scanner = CSVScanner(sample, delimiter: delimiter, file: file)
        var survey = Survey()
        var cells = 0
        while survey.counts.count < mostRecords, scanner.beginRecord() {
            var count = 0
            var ended = CellEnd.delimiter
            while ended == .delimiter {
                // A quote that does not fit this delimiter speaks against it: count the record as broken.
                guard let next = try? scanner.nextCell(column: count) else {
                    survey.counts.append(0)
                    return survey
                }
                ended = next.ended
                count += 1
                if !survey.counts.isEmpty { survey.take(next.cell) }
            }
            if ended == .file && !isWhole { break }
            survey.counts.append(count)
            cells += count
            if cells > 200_000 { break }
        }
        return survey
    }

    private static func mostCommon(_ counts: [Int]) -> (value: Int, times: Int)? {
        var times: [Int: Int] = [:]
        for count in counts { times[count, default: 0] += 1 }
        return times.max { ($0.value, $0.key) < ($1.value, $1.key) }.map { ($0.key, $0.value) }
    }
}
