public import Foundation
public import ThalwegFormats

/// Reads delimited text (CSV, TSV and relatives) into typed columns.
///
/// Finds out by itself: the delimiter (comma, tab, semicolon, pipe), whether the first line is a header, which columns
/// are numbers, whether these are written with a decimal comma. Copes with a byte order mark, UTF-16 that has one,
/// delimiters at the end of every line, LF, CRLF and CR, blank lines, spaces around cells, quoted cells with
/// delimiters, line breaks and doubled quotes. Missing cells are nothing, `?`, `-`, `NA`, `N/A`, `#N/A`, `<NA>`, `NaN`,
/// `null`, `none`, in any case. A column is numeric when every cell that is not missing is a decimal number.
public struct CSVReader: Sendable {
    /// Fixes columns to what a model was trained on; nil lets the file speak.
    public var schema: TableSchema?
    /// The delimiter, when it is known.
    public var delimiter: Character?

    public init(schema: TableSchema? = nil, delimiter: Character? = nil) {
        self.schema = schema
        self.delimiter = delimiter
    }

    /// The table and what the user should know about how it was read.
    ///
    /// - Throws: `DataError` naming file, line and column: missing or unreadable file, no rows, not UTF-8, a row with
    ///   another number of cells, a quote that is not closed, with a schema also a cell that is no number where one is
    ///   needed.
    public func read(_ url: URL) throws -> (table: Table, notes: [String]) {
        try read(FileBytes(url))
    }

    /// As `read(_:)`, of bytes that are read already.
    public func read(_ file: FileBytes) throws -> (table: Table, notes: [String]) {
        let file = try file.inflated().asUTF8()
        return try withExtendedLifetime(file) { try read(text: $0) }
    }

    private func read(text file: FileBytes) throws -> (table: Table, notes: [String]) {
        let bytes =
            file.bytes.starts(with: [0xEF, 0xBB, 0xBF])
            ? UnsafeRawBufferPointer(rebasing: file.bytes[3...]) : file.bytes
        let dialect = CSVDialect(
            of: bytes, given: delimiter?.asciiValue, preferred: Self.delimiterOfName(file.name), file: file.name)
        let delimiter = dialect.delimiter
        try UTF8Check.check(bytes, delimiter: delimiter, file: file.name)

        var scanner = CSVScanner(bytes, delimiter: delimiter, file: file.name)
        guard let (first, firstLine) = try scanner.nextRecord(atMost: Self.mostColumns + 1) else {
            throw DataError(.empty, file: file.name, "the file is empty")
        }
        guard first.count <= Self.mostColumns else {
            throw DataError(.tooLarge, file: file.name, line: firstLine, "more than \(Self.mostColumns) columns")
        }
        let afterFirst = scanner
        let layout = try CSVLayout(
            first: first, firstLine: firstLine, rest: afterFirst, decimalComma: dialect.decimalComma, schema: schema,
            file: file.name)
        scanner =
            layout.hasHeader ? afterFirst : CSVScanner(bytes, delimiter: delimiter, file: file.name)
        guard layout.hasRows else {
            throw DataError(
                .empty, file: file.name, line: firstLine,
                "only a header (\(first.count) column \(first.count == 1 ? "name" : "names")), no rows")
        }
        var pass = CSVPass(layout: layout, scanner: scanner, file: file.name)
        defer { pass.deallocate() }
        return try pass.table()
    }

    private static let mostColumns = 1_000_000

    /// `.tsv` and `.tab` speak for tabs.
    private static func delimiterOfName(_ name: String) -> UInt8? {
        var name = Substring(name.lowercased())
        if name.hasSuffix(".gz") { name = name.dropLast(3) }
        return name.hasSuffix(".tsv") || name.hasSuffix(".tab") ? 0x09 : nil
    }
}
