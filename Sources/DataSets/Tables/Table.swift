/// Rows and typed columns, as read from a CSV or TSV file.
public struct Table: Sendable {
    public var columns: [Column]
    public private(set) var rowCount: Int
    /// The file, as the user named it, for messages.
    public var source: String
    /// The line of the file each row begins on (from 1; quoted cells may span lines).
    public var lines: [Int]
    /// Whether the file's first line names the columns; otherwise they are called `column1`, `column2`, ….
    public var hasHeader: Bool
    /// The index of the column to predict; nil where the file has none (prediction).
    public var target: Int?

    /// All columns must have `lines.count` values.
    public init(columns: [Column], source: String, lines: [Int], hasHeader: Bool, target: Int? = nil) {
        self.columns = columns
        self.source = source
        self.lines = lines
        self.hasHeader = hasHeader
        self.target = target
        rowCount = lines.count
        precondition(columns.allSatisfy { $0.values.count == lines.count }, "columns of unequal length")
    }

    public func column(named name: String) -> Column? { columns.first { $0.name == name } }

    /// The rows at `indices`, in that order.
    public func selecting(_ indices: [Int]) -> Table {
        Table(
            columns: columns.map { $0.selecting(indices) }, source: source,
            lines: indices.map { lines[$0] }, hasHeader: hasHeader, target: target)
    }
}

/// One column of a table: numbers or categories.
public struct Column: Sendable {
    public var name: String
    public var values: Values
    /// Cells of a column of numbers that are none and so count as missing.
    private(set) var oddCells: [OddCells.Cell] = []

    public init(name: String, values: Values) {
        self.name = name
        self.values = values
    }

    init(name: String, values: Values, oddCells: [OddCells.Cell]) {
        self.init(name: name, values: values)
        self.oddCells = oddCells
    }

    func selecting(_ indices: [Int]) -> Column {
        Column(name: name, values: values.selecting(indices), oddCells: oddCells)
    }

    public enum Values: Sendable {
        /// NaN where the cell is missing.
        case numbers([Double])
        /// Indices into `dictionary`, -1 where the cell is missing. The dictionary is in order of first appearance.
        case categories(codes: [Int32], dictionary: [String])

        public var count: Int {
            switch self {
            case .numbers(let numbers): numbers.count
            case .categories(let codes, _): codes.count
            }
        }

        public var isNumeric: Bool {
            switch self {
            case .numbers: true
            case .categories: false
            }
        }

        func isMissing(_ row: Int) -> Bool {
            switch self {
            case .numbers(let numbers): numbers[row].isNaN
            case .categories(let codes, _): codes[row] < 0
            }
        }

        func selecting(_ indices: [Int]) -> Values {
            switch self {
            case .numbers(let numbers): .numbers(indices.map { numbers[$0] })
            case .categories(let codes, let dictionary):
                .categories(codes: indices.map { codes[$0] }, dictionary: dictionary)
            }
        }
    }
}

/// The columns a model was trained on: how later files are read, so that types do not depend on what a file happens to
/// hold.
public struct TableSchema: Codable, Sendable, Hashable {
    public struct Column: Codable, Sendable, Hashable {
        public var name: String
        public var isNumeric: Bool

        public init(name: String, isNumeric: Bool) {
            self.name = name
            self.isNumeric = isNumeric
        }
    }
    public var columns: [Column]
    public var target: String?
    public var hasHeader: Bool

    public init(columns: [Column], target: String? = nil, hasHeader: Bool) {
        self.columns = columns
        self.target = target
        self.hasHeader = hasHeader
    }
}

extension Table {
    public var schema: TableSchema {
        TableSchema(
            columns: columns.map { .init(name: $0.name, isNumeric: $0.values.isNumeric) },
            target: target.map { columns[$0].name }, hasHeader: hasHeader)
    }
}
