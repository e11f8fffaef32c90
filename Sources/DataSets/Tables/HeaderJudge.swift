/// Decides whether a file's first record names the columns.
///
/// Every column votes. Where the rest of the column is numbers, a first cell that is none speaks for a header, a number
/// against. Where the rest is text, a first cell that occurs again below speaks against; one that does not, though the
/// values below repeat, speaks for. Columns of distinct texts abstain. Numbers that count the columns are names. A tie is
/// decided by whether the first record could be names at all: distinct, not missing, not numbers.
struct HeaderJudge {
    private(set) var isHeader = false
    /// Columns whose sample holds texts and no number (without the header's cell).
    private(set) var textColumns: [Bool]

    init(first: [RawCell], sample: [[RawCell]], decimalComma: Bool) {
        func isNumber(_ cell: RawCell) -> Bool { cell.trimmedNumber(decimalComma: decimalComma) != nil }
        let areNumbersNames = Self.counts(first) && !(sample.first.map(Self.counts) ?? true)
        let firstIsNumber = first.map { !areNumbersNames && isNumber($0) }
        var votes = 0
        textColumns = []
        for (column, cell) in first.enumerated() {
            var numbers = 0
            var texts: [String: Int] = [:]
            for record in sample where !record[column].isMissing {
                if isNumber(record[column]) { numbers += 1 } else { texts[record[column].text, default: 0] += 1 }
            }
            let textCount = texts.values.reduce(0, +)
            // A few texts among numbers are slips (see `OddCells`).
            let isText = textCount * 20 > textCount + numbers
            textColumns.append(isText && numbers == 0)
            if cell.isMissing { continue }
            if !isText && numbers > 0 {
                votes += firstIsNumber[column] ? -1 : 1
            } else if isText {
                if texts[cell.text] != nil || firstIsNumber[column] {
                    votes -= 1
                } else if texts.count * 2 < textCount {
                    votes += 1
                }
            } else if firstIsNumber[column] {
                votes -= 1
            }
        }
        if votes == 0 {
            let names = first.map(\.text)
            let couldBeNames =
                !firstIsNumber.contains(true) && !first.contains(where: \.isMissing) && Set(names).count == names.count
            // A file of one record is a row only when it holds a number.
            isHeader = couldBeNames
        } else {
            isHeader = votes > 0
        }
    }

    /// Whether the numbers of the record count 0, 1, 2, … or 1, 2, 3, …: columns without names of their own.
    private static func counts(_ record: [RawCell]) -> Bool {
        let numbers = record.compactMap { $0.trimmedNumber(decimalComma: false) }
        guard numbers.count >= 3, numbers[0] == 0 || numbers[0] == 1 else { return false }
        return zip(numbers, numbers.dropFirst()).allSatisfy { $1 == $0 + 1 }
    }
}
