internal import ThalwegFormats

/// What a file's columns are: names, kinds, and whether its first record names them.
struct CSVLayout {
    enum Kind {
        /// To be found out.
        case open
        /// Must be a number.
        case number
        /// Text, whatever it looks like.
        case text
    }

    private(set) var names: [String] = []
    private(set) var kinds: [Kind] = []
    private(set) var hasHeader = false
    /// Whether any record follows the header.
    private(set) var hasRows = true
    private(set) var notes: [String] = []
    /// Whether every line ends with a delimiter after its last cell.
    private(set) var hasTrailingDelimiters = false
    let decimalComma: Bool
    let firstLine: Int

    /// `rest` stands after the first record.
    init(
        first: [RawCell], firstLine: Int, rest: CSVScanner, decimalComma: Bool, schema: TableSchema?, file: String
    ) throws {
        self.firstLine = firstLine
        self.decimalComma = decimalComma
        let records = Self.sample(rest, columns: first.count)
        var first = first
        if first.count > 2, first.endsEmpty, records.allSatisfy({ $0.count == first.count && $0.endsEmpty }) {
            first.removeLast()
            hasTrailingDelimiters = true
        } else if !records.isEmpty, records.allSatisfy({ $0.count == first.count + 1 && $0.endsEmpty }) {
            hasTrailingDelimiters = true
        }
        let columns = first.count
        let sample = records.filter { $0.count == columns + (hasTrailingDelimiters ? 1 : 0) }
            .map { Array($0.prefix(columns)) }
        if decimalComma { notes.append("\(file): numbers are read with a decimal comma, as 1,5 or 1.234,5") }
        if let schema {
            try fit(schema, first: first, sample: sample, file: file)
        } else {
            let header = HeaderJudge(first: first, sample: sample, decimalComma: decimalComma)
            hasHeader = header.isHeader
            names = hasHeader ? Self.names(first, notes: &notes) : first.indices.map { "column\($0 + 1)" }
            kinds = header.textColumns.map { $0 ? .text : .open }
            if !hasHeader {
                notes.append("no header found: the columns are called column1 to column\(first.count)")
            }
        }
        var rest = rest
        hasRows = !hasHeader || rest.beginRecord()
    }

    /// Records from the beginning: enough to judge, never more than a fixed number of cells. One cell more than there are
    /// columns shows records that are too long.
    private static func sample(_ rest: CSVScanner, columns: Int) -> [[RawCell]] {
        var rest = rest
        var sample: [[RawCell]] = []
        var cells = 0
        while sample.count < 1000, cells < 200_000 || sample.count < 5 {
            // A broken record is reported by the pass that reads everything.
            guard let record = try? rest.nextRecord(atMost: columns + 2) else { break }
            sample.append(record.cells)
            cells += columns
        }
        return sample
    }

    private static func baseNames(_ cells: [RawCell]) -> [String] {
        cells.enumerated().map { index, cell in
            let text = cell.text.trimmed
            return text.isEmpty ? "column\(index + 1)" : text
        }
    }

    /// The header's names; empty ones are numbered, doubled ones get a suffix.
    private static func names(_ cells: [RawCell], notes: inout [String]) -> [String] {
        var seen: Set<String> = []
        var nextSuffix: [String: Int] = [:]
        var doubled: [String] = []
        let bases = baseNames(cells)
        // A suffix never makes a name that stands in the header itself.
        let written = Set(bases)
        let names = bases.map { base in
            var name = base
            var isFree = seen.insert(name).inserted
            while !isFree {
                let suffix = nextSuffix[base, default: 2]
                nextSuffix[base] = suffix + 1
                name = "\(base).\(suffix)"
                isFree = !written.contains(name) && seen.insert(name).inserted
            }
            if name != base { doubled.append(name) }
            return name
        }
        if !doubled.isEmpty {
            let shown = doubled.prefix(3).map { "'\($0)'" }.joined(separator: ", ")
            let rest = doubled.count > 3 ? " and \(doubled.count - 3) more" : ""
            notes.append("columns with the same name: the later ones are called \(shown)\(rest)")
        }
        return names
    }

    private mutating func fit(_ schema: TableSchema, first: [RawCell], sample: [[RawCell]], file: String) throws {
        let expected = schema.columns
        // A target may be anything where it is not needed; where it is, labels are matched with a message of their own.
        let kindOf = Dictionary(
            expected.map { ($0.name, !$0.isNumeric ? Kind.text : $0.name == schema.target ? .open : .number) }
        ) { first, _ in first }
        var headerNotes: [String] = []
        let written = Self.names(first, notes: &headerNotes)
        let bases = Self.baseNames(first)
        let found = NameMatch(expected.map(\.name)).assign(written, written: bases)
        let hits = found.names.count { $0 != nil } + found.ambiguous.count
        if schema.hasHeader && hits > 0 && hits * 2 >= min(first.count, expected.count) {
            hasHeader = true
            if let (name, columns) = found.ambiguous.first {
                let list = columns.prefix(5).map { "column \($0 + 1) ('\(bases[$0].prefix(40))')" }
                throw DataError(
                    .mismatch, file: file, line: firstLine, column: name,
                    "the model's column could be \(list.joined(separator: " or ")); leave only one under this name")
            }
            notes += headerNotes
            names = zip(written, found.names).map { written, match in match ?? written }
            for (written, match) in zip(written, found.names) where match != nil && match != written {
                notes.append("column '\(written)' is taken for '\(match!)'")
            }
            kinds = names.map { kindOf[$0] ?? .open }
            return
        }
        // By place. Without the target the others follow in order.
        let withoutTarget = expected.filter { $0.name != schema.target }
        guard let columns = [expected, withoutTarget].first(where: { $0.count == first.count }) else {
            throw DataError(
                .mismatch, file: file, line: firstLine,
                "\(first.count) columns, expected \(expected.count) as in the training data")
        }
        let numeric = columns.indices.filter { columns[$0].isNumeric }
        let words = numeric.count { !first[$0].isMissing && first[$0].trimmedNumber(decimalComma: decimalComma) == nil }
        let looksLikeHeader =
            numeric.isEmpty
            ? HeaderJudge(first: first, sample: sample, decimalComma: decimalComma).isHeader : words * 2 > numeric.count
        if looksLikeHeader && schema.hasHeader {
            throw DataError(
                .missingColumn, file: file, line: firstLine, column: withoutTarget.first?.name,
                "the header names none of the columns of the training data (\(withoutTarget.prefix(3).map { "'\($0.name)'" }.joined(separator: ", "))…)"
            )
        }
        hasHeader = looksLikeHeader
        names = columns.map(\.name)
        kinds = names.map { kindOf[$0] ?? .open }
        if schema.hasHeader != hasHeader {
            notes.append(
                hasHeader
                    ? "\(file): the first line is taken for a header; columns are matched by place"
                    : "\(file): no header found; columns are matched by place")
        }
    }
}

extension [RawCell] {
    /// Whether the last cell is nothing: what a delimiter at the end of a line leaves.
    fileprivate var endsEmpty: Bool { last.map { $0.count == 0 && !$0.isQuoted } ?? false }
}
