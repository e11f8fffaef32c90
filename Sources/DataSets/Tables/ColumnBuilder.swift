internal import Foundation
internal import ThalwegFormats

/// A column while its file is read.
///
/// A column is numeric until too many cells say otherwise. Then it gives up its numbers and is read again as text in a
/// second pass, so that the usual file is read once and no cell is kept as text in case it is needed. A few odd cells
/// among many different numbers are read as missing: see `OddCells`.
struct ColumnBuilder {
    enum Mode: UInt8 {
        /// Numbers so far.
        case numbers
        /// Texts.
        case categories
        /// Texts, to be read in the next pass.
        case waiting
        /// Complete: ignored in this pass.
        case done
    }

    private(set) var mode: Mode
    /// Numbers a schema demands: a cell that is none is an error, not a reason to become text.
    private let isStrict: Bool
    private let decimalComma: Bool
    private var numbers: UnsafeMutablePointer<Double>?
    private var codes: UnsafeMutablePointer<Int32>?
    private var categories = CategoryBuilder()
    private let capacity: Int
    /// Cells read as numbers.
    private(set) var numericCells = 0
    /// Cells that are no numbers, as long as the column is one of numbers.
    private(set) var odd = OddCells()
    /// The first cell that is no number.
    var firstText: OddCells.Cell? { odd.first }

    init(mode: Mode, isStrict: Bool, decimalComma: Bool, capacity: Int) {
        self.mode = mode
        self.isStrict = isStrict
        self.decimalComma = decimalComma
        self.capacity = capacity
        switch mode {
        case .numbers: numbers = .allocate(capacity: capacity)
        case .categories: codes = .allocate(capacity: capacity)
        case .waiting, .done: break
        }
    }

    func deallocate() {
        numbers?.deallocate()
        codes?.deallocate()
    }

    @inline(__always)
    mutating func take(_ cell: RawCell, row: Int, line: Int) -> Bool {
        switch mode {
        case .numbers:
            if cell.isMissing {
                numbers.unsafelyUnwrapped[row] = .nan
            } else if let number = cell.number(decimalComma: decimalComma) {
                numbers.unsafelyUnwrapped[row] = number
                numericCells += 1
            } else {
                return becomeText(cell, line: line, row: row)
            }
        case .categories:
            codes.unsafelyUnwrapped[row] = cell.isMissing ? -1 : categories.code(cell)
        case .waiting, .done: break
        }
        return true
    }

    /// False when the column must hold numbers.
    private mutating func becomeText(_ cell: RawCell, line: Int, row: Int) -> Bool {
        if let trimmed = cell.trimmed {
            // Quoted cells keep their spaces as texts, not as numbers.
            if trimmed.isMissing {
                numbers.unsafelyUnwrapped[row] = .nan
                return true
            }
            if let number = trimmed.number(decimalComma: decimalComma) {
                numbers.unsafelyUnwrapped[row] = number
                numericCells += 1
                return true
            }
        }
        odd.add(line: line, cell)
        numbers.unsafelyUnwrapped[row] = .nan
        // No file has more rows than `capacity`: beyond this share the column cannot be one of numbers.
        return odd.areFew(among: capacity) || giveUp()
    }

    /// False when the column must hold numbers.
    private mutating func giveUp() -> Bool {
        if isStrict { return false }
        numbers?.deallocate()
        numbers = nil
        mode = .waiting
        return true
    }

    /// Decides about odd cells when all rows are read; false when the column must hold numbers and does not.
    mutating func judge(rows: Int) -> Bool {
        guard mode == .numbers, odd.count > 0 else { return true }
        let isNumeric =
            odd.areFew(among: numericCells + odd.count) && (isStrict || holdsManyNumbers(rows: rows))
        return isNumeric || giveUp()
    }

    /// More than 20 different numbers: fewer could be codes for categories.
    private func holdsManyNumbers(rows: Int) -> Bool {
        var distinct: Set<Double> = []
        for row in 0..<rows {
            let number = numbers.unsafelyUnwrapped[row]
            if !number.isNaN, distinct.insert(number).inserted, distinct.count > 20 { return true }
        }
        return false
    }

    /// Whether the column (read to its end) holds numbers.
    var isNumeric: Bool { numbers != nil }

    /// Makes ready for the second pass.
    mutating func beginSecondPass() {
        if mode == .waiting {
            codes = .allocate(capacity: capacity)
            mode = .categories
        } else {
            mode = .done
        }
    }

    /// The column of `count` rows.
    func values(count: Int) -> Column.Values {
        if let numbers {
            return .numbers(Array(UnsafeBufferPointer(start: numbers, count: count)))
        }
        guard let codes else { return .numbers([]) }
        return .categories(
            codes: Array(UnsafeBufferPointer(start: codes, count: count)), dictionary: categories.dictionary())
    }
}

extension RawCell {
    /// A quoted cell without spaces and tabs at both ends; nil when there are none.
    var trimmed: RawCell? {
        guard isQuoted else { return nil }
        var (first, last) = (start, end)
        while first < last, first.pointee == 0x20 || first.pointee == 0x09 { first += 1 }
        while last > first, last[-1] == 0x20 || last[-1] == 0x09 { last -= 1 }
        return first == start && last == end
            ? nil : RawCell(start: first, end: last, isEscaped: isEscaped, isQuoted: false)
    }

    /// The number the cell's bytes spell, if they spell one.
    @inline(__always)
    func number(decimalComma: Bool) -> Double? {
        decimalComma ? NumberParser.parseDecimalComma(start, end) : NumberParser.parse(start, end)
    }

    /// The number the cell holds, spaces around it in quotes left out.
    func trimmedNumber(decimalComma: Bool) -> Double? { (trimmed ?? self).number(decimalComma: decimalComma) }
}
