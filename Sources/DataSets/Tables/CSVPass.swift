internal import Foundation
internal import ThalwegFormats

/// Reads all rows of a file whose layout is known.
struct CSVPass {
    private let layout: CSVLayout
    private let scanner: CSVScanner
    private let file: String
    private let builders: UnsafeMutableBufferPointer<ColumnBuilder>
    private let capacity: Int
    private var lines: [Int] = []

    /// `scanner` stands at the first row.
    init(layout: CSVLayout, scanner: CSVScanner, file: String) {
        self.layout = layout
        self.scanner = scanner
        self.file = file
        capacity = Self.mostRows(scanner, columns: layout.names.count)
        builders = .allocate(capacity: layout.names.count)
        for (index, kind) in layout.kinds.enumerated() {
            builders.initializeElement(
                at: index,
                to: ColumnBuilder(
                    mode: kind == .text ? .categories : .numbers, isStrict: kind == .number,
                    decimalComma: layout.decimalComma, capacity: capacity))
        }
    }

    func deallocate() {
        for builder in builders { builder.deallocate() }
        builders.deinitialize()
        builders.deallocate()
    }

    /// No file has more rows than line breaks, or than its bytes allow with so many cells in each: memory for columns
    /// stays in proportion to the file.
    private static func mostRows(_ scanner: CSVScanner, columns: Int) -> Int {
        let count = scanner.end - scanner.cursor
        let newlines = countLineEnds(scanner.cursor, count)
        return min(newlines, count / max(columns, 1)) + 1
    }

    /// In blocks whose count fits a byte: this the compiler turns into vector instructions.
    private static func countLineEnds(_ start: UnsafePointer<UInt8>, _ count: Int) -> Int {
        var found = 0
        var offset = 0
        while offset < count {
            let end = min(offset + 192, count)
            var inBlock: UInt8 = 0
            for index in offset..<end {
                let byte = start[index]
                inBlock &+= (byte == 0x0A ? 1 : 0) | (byte == 0x0D ? 1 : 0)
            }
            found += Int(inBlock)
            offset = end
        }
        return found
    }

    mutating func table() throws -> (table: Table, notes: [String]) {
        lines.reserveCapacity(capacity)
        try scan(recordingLines: true)
        for index in builders.indices where !builders[index].judge(rows: lines.count) { throw notANumber(index) }
        if builders.contains(where: { $0.mode == .waiting }) {
            for index in builders.indices { builders[index].beginSecondPass() }
            try scan(recordingLines: false)
        }
        let columns = zip(layout.names, builders).map { name, builder in
            Column(
                name: name, values: builder.values(count: lines.count),
                oddCells: builder.isNumeric ? builder.odd.cells : [])
        }
        return (
            Table(columns: columns, source: file, lines: lines, hasHeader: layout.hasHeader),
            layout.notes + oddNotes + typeNotes
        )
    }

    private mutating func scan(recordingLines: Bool) throws {
        var scanner = scanner
        let columnCount = builders.count
        let builders = builders.baseAddress!
        var row = 0
        while scanner.beginRecord() {
            let line = scanner.line
            var column = 0
            var ended = CellEnd.delimiter
            do throws(DataError) {
                while ended == .delimiter {
                    let next = try scanner.nextCell(column: column)
                    ended = next.ended
                    // What follows a delimiter at the end of the line.
                    if column == columnCount, layout.hasTrailingDelimiters, ended != .delimiter, next.cell.count == 0 {
                        break
                    }
                    if column < columnCount, !builders[column].take(next.cell, row: row, line: line) {
                        throw notANumber(column)
                    }
                    column += 1
                }
            } catch {
                throw named(error, column)
            }
            guard column == columnCount else { throw ragged(line: line, found: column) }
            if recordingLines { lines.append(line) }
            row += 1
        }
    }

    /// A quoting error with the header's name of its column.
    private func named(_ error: DataError, _ column: Int) -> DataError {
        guard layout.hasHeader, error.kind == .quoting, column < layout.names.count else { return error }
        var error = error
        error.column = layout.names[column]
        return error
    }

    private func ragged(line: Int, found: Int) -> DataError {
        let expected = builders.count
        return DataError(
            .ragged, file: file, line: line,
            "\(found) \(found == 1 ? "cell" : "cells"), expected \(expected) as in line \(layout.firstLine)")
    }

    private func notANumber(_ column: Int) -> DataError {
        let cell = builders[column].firstText
        return DataError(
            .invalidValue, file: file, line: cell?.line, column: layout.names[column],
            "expected a number as in the training data, found '\(cell?.text ?? "")'")
    }

    /// Cells of columns of numbers that are read as missing.
    private var oddNotes: [String] {
        let all: [String] = zip(layout.names, builders).compactMap { name, builder in
            guard builder.isNumeric, let first = builder.odd.first else { return nil }
            let count = builder.odd.count
            return
                "\(file), line \(first.line), column '\(name)': '\(first.text)' is no number; "
                + (count == 1 ? "this cell is treated as missing" : "\(count) such cells are treated as missing")
        }
        return all.count > 5
            ? all.prefix(5) + ["\(file): \(all.count - 5) more columns hold cells that are no numbers"] : all
    }

    /// Columns that are numbers but for few cells: usually a mistake worth a word.
    private var typeNotes: [String] {
        let all: [String] = zip(layout.names, builders).compactMap { name, builder in
            guard !builder.isNumeric, let first = builder.firstText, builder.numericCells >= 20 else { return nil }
            return "column '\(name)' is read as categories because of '\(first.text)' in line \(first.line)"
        }
        return all.count > 5
            ? all.prefix(5) + ["\(all.count - 5) more columns are read as categories for one cell or more"] : all
    }
}
