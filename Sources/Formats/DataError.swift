/// Something is wrong with a file or with the data in it.
///
/// `description` is one line for the person at the terminal: where (file, line, column or tensor) and what (expected
/// against found). Nothing is written and nothing is half loaded when one is thrown.
public struct DataError: Error, Sendable, Hashable {
    /// What kind of thing is wrong; stable, for programs and tests.
    public enum Kind: String, Sendable, Hashable, CaseIterable {
        /// The file or folder does not exist.
        case notFound
        /// The system refuses access.
        case permission
        /// No room left on the device, or a quota is used up.
        case diskFull
        /// Reading or writing failed for another reason.
        case inputOutput
        /// Nothing in the file, or a header without rows.
        case empty
        /// The file ends before what it declares.
        case truncated
        /// The bytes do not follow the format.
        case malformed
        /// The file is of another kind than its name, place or use says.
        case mislabeled
        /// Sound, but nothing this program can use.
        case unsupported
        /// It declares more than it, or this machine's memory, can hold.
        case tooLarge
        /// Text that is not UTF-8.
        case encoding
        /// A row has another number of fields than the others.
        case ragged
        /// A quote is not closed, or text follows a closing quote.
        case quoting
        /// A named column or tensor does not exist.
        case missingColumn
        /// A cell that must hold a value is empty.
        case missingValue
        /// A value that its column cannot hold.
        case invalidValue
        /// A label the model was not trained on.
        case unknownLabel
        /// Only one class: there is nothing to learn.
        case oneClass
        /// Two things that must agree do not (row counts, shapes, numbers of columns).
        case mismatch
    }

    public var kind: Kind
    /// The file as the user named it.
    public var file: String?
    /// Line of the file, from 1.
    public var line: Int?
    /// The column's name, or `column 3` (from 1) where columns have no names.
    public var column: String?
    /// The tensor or array in the file.
    public var tensor: String?
    /// What is wrong, without the place.
    public var problem: String

    public init(
        _ kind: Kind, file: String? = nil, line: Int? = nil, column: String? = nil, tensor: String? = nil,
        _ problem: String
    ) {
        self.kind = kind
        self.file = file
        self.line = line
        self.column = column
        self.tensor = tensor
        self.problem = problem
    }
}

extension DataError: CustomStringConvertible {
    public var description: String {
        var place: [String] = []
        if let file { place.append(file) }
        if let line { place.append("line \(line)") }
        if let column { place.append("column '\(column)'") }
        if let tensor { place.append("'\(tensor)'") }
        let line = place.isEmpty ? problem : place.joined(separator: ", ") + ": " + problem
        return line.oneLine(limit: 600)
    }
}

extension String {
    /// Without line breaks and control characters (shown as `\u{…}`), cut at `limit` characters.
    package func oneLine(limit: Int) -> String {
        var line = ""
        for (count, scalar) in unicodeScalars.enumerated() {
            if count >= limit { return line + "…" }
            switch scalar {
            case "\n": line += "\\n"
            case "\r": line += "\\r"
            case "\t": line += "\\t"
            case _ where scalar.isControl:
                line += "\\u{\(String(scalar.value, radix: 16))}"
            default: line.unicodeScalars.append(scalar)
            }
        }
        return line
    }
}

extension Unicode.Scalar {
    /// Control characters and the two separators that terminals take for a line break.
    fileprivate var isControl: Bool {
        value < 32 || (127..<160).contains(value) || value == 0x2028 || value == 0x2029
    }
}

/// Runs `body`; a `DataError` of its that names no file gets the name of the one it was about.
package func naming<Result>(_ file: @autoclosure () -> String, _ body: () throws -> Result) throws -> Result {
    do { return try body() } catch var error as DataError where error.file == nil {
        error.file = file()
        throw error
    }
}
