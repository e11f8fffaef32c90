internal import Foundation
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
        if let nearest = match.nearest(to: name) {
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
    convenience init(path: String) throws { try self.init(URL(fileURLWithPath: path), name: path) }
}
