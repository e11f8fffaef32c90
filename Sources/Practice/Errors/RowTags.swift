import Foundation
import ThalwegDataSets
import ThalwegFormats

/// The user's words on some examples: what a look at them told, as `blurry` or `foreign currency`.
public struct RowTags: Sendable, Hashable {
    /// The file, as the user named it.
    public var source: String
    /// The examples that were looked at, from 1, with their tags; none where nothing was found.
    public private(set) var byRow: [Int: [String]]
    private var lines: [Int: Int]

    /// Reads a CSV of `row,tag`: the example's number from 1, as error reports show it, and a word on it. An example may have several
    /// lines; an empty tag says that it was looked at.
    ///
    /// - Throws: `DataError` naming file and line.
    public init(_ path: String) throws {
        let file = try FileBytes(URL(fileURLWithPath: path), name: path)
        let table = try Self.table(file)
        source = path
        byRow = [:]
        lines = [:]
        guard let rows = table.column(named: "row"), let tags = table.column(named: "tag"),
            case .numbers(let numbers) = rows.values, case .categories(let codes, let dictionary) = tags.values
        else {
            throw DataError(.missingColumn, file: path, "tags need two columns, row and tag")
        }
        for place in 0..<table.rowCount {
            guard let row = Int(exactly: numbers[place]), row >= 1 else {
                throw DataError(
                    .invalidValue, file: path, line: table.lines[place], column: "row",
                    "the number of an example is needed, from 1")
            }
            lines[row] = lines[row] ?? table.lines[place]
            var known = byRow[row] ?? []
            if codes[place] >= 0, !known.contains(dictionary[Int(codes[place])]) {
                known.append(dictionary[Int(codes[place])])
            }
            byRow[row] = known
        }
    }

    /// Reads several files as one; nil for none.
    ///
    /// - Throws: as `init(_:)`.
    public init?(files: [String]) throws {
        guard let first = files.first else { return nil }
        try self.init(first)
        for path in files.dropFirst() {
            let other = try RowTags(path)
            for (row, words) in other.byRow {
                byRow[row] = (byRow[row] ?? []) + words.filter { !tags(of: row).contains($0) }
                lines[row] = lines[row] ?? other.lines[row]
            }
        }
    }

    private static let schema = TableSchema(
        columns: [
            TableSchema.Column(name: "row", isNumeric: true), TableSchema.Column(name: "tag", isNumeric: false),
        ], hasHeader: true)

    private static func table(_ file: FileBytes) throws -> Table {
        do { return try CSVReader(schema: schema).read(file).table } catch var error as DataError {
            // The reader takes the columns for those of training data.
            switch error.kind {
            case .missingColumn, .mismatch:
                error.problem = "this is no file of tags: a CSV with the columns row and tag is needed"
            case .invalidValue: error.problem = "the number of an example is needed, from 1"
            default: break
            }
            throw error
        }
    }

    public func tags(of row: Int) -> [String] { byRow[row] ?? [] }

    /// The line that names an example first.
    func line(of row: Int) -> Int? { lines[row] }
}

/// What each tag is worth: how many of the mistakes that were looked at have it, and what its end could gain.
public struct TagReport: Sendable, Codable, Hashable {
    public struct Tag: Sendable, Codable, Hashable {
        public var tag: String
        /// Examples with it, and mistakes among them (classification).
        public var count: Int
        public var mistakes: Int?
        /// Of the mistakes (or squared errors) that were looked at, the share with this tag.
        public var share: Double
        /// How much less the error were without them: of all examples where the tags cover all mistakes, else extended from those
        /// looked at to all.
        public var ceiling: Double
    }

    /// The greatest ceiling first.
    public var tags: [Tag]
    /// Examples that were looked at, and mistakes among them.
    public var reviewed: Int
    public var reviewedMistakes: Int?

    init(_ tags: RowTags, rows: [Int], measure: ErrorMeasure) throws {
        let places = Dictionary(uniqueKeysWithValues: rows.enumerated().map { ($1 + 1, $0) })
        for row in tags.byRow.keys.sorted() where places[row] == nil {
            throw DataError(
                .mismatch, file: tags.source, line: tags.line(of: row), column: "row",
                "example \(row) is none of the \(rows.count) looked at; its number in the report is needed")
        }
        let reviewed = tags.byRow.keys.compactMap { places[$0] }
        let all = reviewed.reduce(0) { $0 + measure.errors[$1] }
        var members: [String: [Int]] = [:]
        for (row, words) in tags.byRow { for word in words { members[word, default: []].append(places[row] ?? 0) } }
        self.reviewed = reviewed.count
        reviewedMistakes = measure.isClassification ? Int(all) : nil
        self.tags = members.map { tag, places in
            let own = places.reduce(0) { $0 + measure.errors[$1] }
            let share = all > 0 ? own / all : 0
            let rest = measure.isClassification ? 1 - share : (1 - share).squareRoot()
            return Tag(
                tag: tag, count: places.count, mistakes: measure.isClassification ? Int(own) : nil, share: share,
                ceiling: measure.overall * (1 - rest))
        }
        .sorted { ($1.ceiling, $0.tag) < ($0.ceiling, $1.tag) }
    }
}
