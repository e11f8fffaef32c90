internal import Foundation
internal import ThalwegEngine
internal import ThalwegFormats

extension DataSource {
    /// A table with its target found.
    static func readTable(_ file: FileBytes, options: LoadOptions, notes: inout [String]) throws -> Table {
        var (table, readNotes) = try CSVReader(schema: options.schema).read(file)
        notes += readNotes
        if let schema = options.schema {
            table.target = schema.target.flatMap { name in table.columns.firstIndex { $0.name == name } }
            return table
        }
        guard table.columns.count > 1 else {
            throw DataError(
                .mismatch, file: file.name, line: table.lines.first,
                "only one column: at least one input and a target are needed (is the delimiter a comma, tab, semicolon or pipe?)"
            )
        }
        if let name = options.target {
            table.target = try targetIndex(name, in: table)
        } else {
            table.target = table.columns.count - 1
            notes.append("target: the last column, '\(table.columns[table.columns.count - 1].name)'")
        }
        return table
    }

    private static func targetIndex(_ name: String, in table: Table) throws -> Int {
        let names = table.columns.map(\.name)
        if let index = names.firstIndex(of: name) { return index }
        if let place = Int(name), (1...names.count).contains(place), !table.hasHeader { return place - 1 }
        let match = NameMatch(names)
        if let close = match.match(name), let index = names.firstIndex(of: close) { return index }
        var problem = "no column of this name to predict"
        if let nearest = nearestName(to: name, among: names) {
            problem += "; did you mean '\(nearest)'?"
        } else {
            let shown = names.prefix(12).map { "'\($0)'" }.joined(separator: ", ")
            problem += "; there are \(shown)\(names.count > 12 ? " and \(names.count - 12) more" : "")"
        }
        throw DataError(.missingColumn, file: table.source, line: table.hasHeader ? 1 : nil, column: name, problem)
    }
}

extension FileBytes {
    /// The file at a path, called what the user typed.
    convenience init(path: String) throws {
        try self.init(URL(fileURLWithPath: path), name: path) {
            !Signature.isBinary($0) && !UTF16Mark.isAt(startOf: $0)
        }
    }
}

/// The first bytes of the formats that are no text.
enum Signature {
    static let archives: [[UInt8]] = [[0x50, 0x4B, 0x03, 0x04], [0x50, 0x4B, 0x05, 0x06]]
    static let array: [UInt8] = [0x93, 0x4E, 0x55, 0x4D, 0x50, 0x59]
    static let gzip: [UInt8] = [0x1F, 0x8B]

    /// Two zeros, a type (from 8 to 14) and a number of axes.
    static func isIDX(_ bytes: UnsafeRawBufferPointer) -> Bool {
        bytes.count >= 4 && bytes[0] == 0 && bytes[1] == 0 && (8...14).contains(bytes[2]) && bytes[3] > 0
    }

    static func isBinary(_ bytes: UnsafeRawBufferPointer) -> Bool {
        (archives + [array, gzip]).contains { bytes.starts(with: $0) } || isIDX(bytes)
    }
}
