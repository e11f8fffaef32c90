import ThalwegDataSets
import ThalwegFormats

/// Reads delimited text that stands in no file.
func readCSV(_ text: String, schema: TableSchema? = nil) throws -> (table: Table, notes: [String]) {
    try CSVReader(schema: schema).read(FileBytes(Array(text.utf8), name: "t.csv"))
}

extension Table {
    /// Numbers as they print, texts, and `nil` as `·`, for comparing.
    func cells(_ name: String) -> [String] {
        guard let column = column(named: name) else { return ["no column \(name)"] }
        switch column.values {
        case .numbers(let numbers): return numbers.map { $0.isNaN ? "·" : "\($0)" }
        case .categories(let codes, let dictionary): return codes.map { $0 < 0 ? "·" : dictionary[Int($0)] }
        }
    }

    func isNumeric(_ name: String) -> Bool { column(named: name)?.values.isNumeric == true }
}
