/// Cells that are no numbers in a column of numbers.
///
/// At most one in twenty of the cells that are not missing, in a column of more than 20 different numbers (of any
/// numbers, where a model's schema says that the column is numeric): most likely slips. As inputs they are missing; what
/// is to be predicted is never guessed, so as targets they are errors.
struct OddCells: Sendable {
    struct Cell: Sendable {
        var line: Int
        var text: String
    }

    private(set) var count = 0
    /// The first of them: enough for every message.
    private(set) var cells: [Cell] = []

    var first: Cell? { cells.first }

    func areFew(among cells: Int) -> Bool { count * 20 <= cells }

    mutating func add(line: Int, _ cell: RawCell) {
        count += 1
        if cells.count < 1000 { cells.append(Cell(line: line, text: String(cell.text.prefix(40)))) }
    }
}
