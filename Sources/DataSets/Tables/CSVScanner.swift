internal import ThalwegFormats

/// One cell as it lies in the file.
struct RawCell {
    let start: UnsafePointer<UInt8>
    let end: UnsafePointer<UInt8>
    /// Doubled quotes inside, to be halved when the text is taken.
    let isEscaped: Bool
    let isQuoted: Bool

    @inline(__always) var count: Int { end - start }

    /// Whether the cell holds no value: nothing, `?`, `-`, `NA`, `N/A`, `#N/A`, `<NA>`, `NaN`, `null`, `none`, in any
    /// case.
    @inline(__always) var isMissing: Bool {
        let count = count
        if count > 4 { return false }
        if count == 0 { return true }
        // Digits first: by far the most cells.
        if start.pointee &- 48 < 10 { return false }
        return isMissingWord(count)
    }

    private func isMissingWord(_ count: Int) -> Bool {
        var word: UInt32 = 0
        for index in 0..<count {
            let byte = start[index]
            word = word << 8 | UInt32((65...90).contains(byte) ? byte | 0x20 : byte)
        }
        switch word {
        case 0x3F, 0x2D: return true  // ? -
        case 0x6E61: return true  // na
        case 0x6E2F61, 0x6E616E: return true  // n/a nan
        case 0x6E75_6C6C, 0x6E6F_6E65, 0x236E_2F61, 0x3C6E_613E: return true  // null none #n/a <na>
        default: return false
        }
    }

    /// The text, unescaped.
    var text: String { String(decoding: bytes, as: UTF8.self) }

    /// The bytes, unescaped.
    var bytes: [UInt8] {
        let raw = UnsafeBufferPointer(start: start, count: count)
        guard isEscaped else { return Array(raw) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(raw.count)
        var index = 0
        while index < raw.count {
            bytes.append(raw[index])
            index += raw[index] == UInt8(ascii: "\"") ? 2 : 1
        }
        return bytes
    }
}

/// What ended a cell.
enum CellEnd {
    case delimiter, line, file
}

/// Walks through the cells of a delimited file. Line ends are LF, CRLF or CR; quotes as in RFC 4180, with spaces around
/// a cell ignored.
struct CSVScanner {
    private(set) var cursor: UnsafePointer<UInt8>
    let end: UnsafePointer<UInt8>
    let delimiter: UInt8
    /// The line `cursor` stands on, from 1.
    private(set) var line: Int
    let file: String

    init(_ bytes: UnsafeRawBufferPointer, delimiter: UInt8, line: Int = 1, file: String) {
        let typed = bytes.bindMemory(to: UInt8.self)
        cursor = typed.baseAddress ?? UnsafePointer(bitPattern: 1)!
        end = cursor + typed.count
        self.delimiter = delimiter
        self.line = line
        self.file = file
    }

    @inline(__always)
    private func isSpace(_ byte: UInt8) -> Bool {
        byte == 0x20 || (byte == 0x09 && delimiter != 0x09)
    }

    /// Skips blank lines; false at the end of the file.
    @inline(__always)
    mutating func beginRecord() -> Bool {
        while cursor < end {
            if cursor.pointee > 0x20 { return true }
            if !skipBlankLine() { return true }
        }
        return false
    }

    /// Moves past the line when it holds only spaces.
    private mutating func skipBlankLine() -> Bool {
        var probe = cursor
        while probe < end, isSpace(probe.pointee) { probe += 1 }
        guard probe < end else {
            cursor = end
            return true
        }
        guard probe.pointee == 0x0A || probe.pointee == 0x0D else { return false }
        cursor = probe
        takeLineEnd()
        return true
    }

    @inline(__always)
    private mutating func takeLineEnd() {
        if cursor.pointee == 0x0D, cursor + 1 < end, cursor[1] == 0x0A { cursor += 1 }
        cursor += 1
        line += 1
    }

    /// The next cell of the record and what ended it. `column` (from 0) is for messages.
    @inline(__always)
    mutating func nextCell(column: Int) throws(DataError) -> (cell: RawCell, ended: CellEnd) {
        while cursor < end, isSpace(cursor.pointee) { cursor += 1 }
        if cursor < end, cursor.pointee == UInt8(ascii: "\"") { return try quotedCell(column: column) }
        let start = cursor
        while cursor < end, case let byte = cursor.pointee, byte != delimiter, byte != 0x0A, byte != 0x0D {
            cursor += 1
        }
        var last = cursor
        while last > start, isSpace(last[-1]) { last -= 1 }
        return (RawCell(start: start, end: last, isEscaped: false, isQuoted: false), takeEnd())
    }

    @inline(__always)
    private mutating func takeEnd() -> CellEnd {
        guard cursor < end else { return .file }
        if cursor.pointee == delimiter {
            cursor += 1
            return .delimiter
        }
        takeLineEnd()
        return .line
    }

    private mutating func quotedCell(column: Int) throws(DataError) -> (cell: RawCell, ended: CellEnd) {
        let openedOn = line
        cursor += 1
        let start = cursor
        var isEscaped = false
        while true {
            guard cursor < end else {
                throw DataError(
                    .quoting, file: file, line: openedOn, column: "column \(column + 1)",
                    "the quote opened here is never closed")
            }
            let byte = cursor.pointee
            if byte == UInt8(ascii: "\"") {
                if cursor + 1 < end, cursor[1] == UInt8(ascii: "\"") {
                    isEscaped = true
                    cursor += 2
                    continue
                }
                break
            }
            if byte == 0x0A || (byte == 0x0D && !(cursor + 1 < end && cursor[1] == 0x0A)) { line += 1 }
            cursor += 1
        }
        let cell = RawCell(start: start, end: cursor, isEscaped: isEscaped, isQuoted: true)
        cursor += 1
        while cursor < end, isSpace(cursor.pointee) { cursor += 1 }
        if cursor < end, cursor.pointee != delimiter, cursor.pointee != 0x0A, cursor.pointee != 0x0D {
            throw DataError(
                .quoting, file: file, line: line, column: "column \(column + 1)",
                "text follows the closing quote; write a quote inside a quoted cell twice (\"\")")
        }
        return (cell, takeEnd())
    }

    /// All cells of the next record, and the line it begins on; nil at the end of the file.
    mutating func nextRecord(atMost limit: Int = .max) throws(DataError) -> (cells: [RawCell], line: Int)? {
        guard beginRecord() else { return nil }
        let line = line
        var cells: [RawCell] = []
        var count = 0
        while true {
            let (cell, ended) = try nextCell(column: count)
            if count < limit { cells.append(cell) }
            count += 1
            if ended != .delimiter { return (cells, line) }
        }
    }
}
