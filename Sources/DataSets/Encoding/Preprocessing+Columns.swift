internal import ThalwegFormats

extension Preprocessing {
    /// What each input column of a table becomes, from `rows`.
    static func fitColumns(
        _ table: Table, rows: [Int], options: PreprocessingOptions, notes: inout [String]
    ) throws -> [Feature] {
        let inputs = table.columns.indices.filter { $0 != table.target }
        let numericCount = inputs.count { table.columns[$0].values.isNumeric }
        let bins = bins(columns: numericCount, rows: rows.count)
        var fitted = FittedColumns(rows: rows, options: options, bins: bins, onlyInput: inputs.count == 1)
        let features = inputs.map { fitted.feature(table.columns[$0]) }
        notes += fitted.notes
        return features
    }
}

/// Fits column after column, gathering notes.
private struct FittedColumns {
    let rows: [Int]
    let options: PreprocessingOptions
    let bins: Int
    let onlyInput: Bool
    private var ignored: [(name: String, why: String)] = []
    private var filled: [(name: String, count: Int)] = []
    private var others: [String] = []

    init(rows: [Int], options: PreprocessingOptions, bins: Int, onlyInput: Bool) {
        self.rows = rows
        self.options = options
        self.bins = bins
        self.onlyInput = onlyInput
    }

    mutating func feature(_ column: Column) -> Preprocessing.Feature {
        let encoding =
            switch column.values {
            case _ where column.name == options.weightColumn:
                Preprocessing.Encoding.ignored(reason: "it holds the weights of the examples")
            case .numbers(let numbers): numeric(column.name, rows.map { numbers[$0] })
            case .categories(let codes, let dictionary): categories(column.name, codes, dictionary)
            }
        if case .ignored(let why) = encoding { ignored.append((column.name, why)) }
        return Preprocessing.Feature(name: column.name, encoding: encoding)
    }

    private mutating func numeric(_ name: String, _ values: [Double]) -> Preprocessing.Encoding {
        if !onlyInput && Self.isRowNumber(name, values) { return .ignored(reason: "it numbers the rows") }
        guard let numeric = NumericEncoding(fitting: values, options: options, bins: bins) else {
            return .ignored(reason: values.contains { $0.isFinite } ? "it is constant" : "it is empty")
        }
        let infinite = values.count { $0.isInfinite }
        if infinite > 0 { others.append("column '\(name)': \(infinite) infinite values are treated as missing") }
        if numeric.hasIndicator { filled.append((name, values.count { !$0.isFinite })) }
        return .numeric(encoding: numeric)
    }

    /// Consecutive whole numbers under a name that says so: they tell where a row stands, not what it is.
    private static func isRowNumber(_ name: String, _ values: [Double]) -> Bool {
        let plain = name.lowercased().filter { $0.isLetter || $0.isNumber }
        guard ["", "id", "index", "rowid", "rownumber", "unnamed0", "column1"].contains(plain), values.count > 2 else {
            return false
        }
        // Training rows are ascending but not all rows: no number may stand twice, and none may go back.
        guard plain != "column1" || values[0] == 0 || values[0] == 1 else { return false }
        var previous = -Double.infinity
        for value in values {
            guard value == value.rounded(), value > previous else { return false }
            previous = value
        }
        return previous - values[0] < Double(values.count) * 4
    }

    private mutating func categories(
        _ name: String, _ codes: [Int32], _ dictionary: [String]
    ) -> Preprocessing.Encoding {
        var counts = [Int](repeating: 0, count: dictionary.count)
        var missing = 0
        for row in rows {
            let code = codes[row]
            if code < 0 { missing += 1 } else { counts[Int(code)] += 1 }
        }
        let distinct = counts.count { $0 > 0 }
        let present = rows.count - missing
        if let number = Self.unreadNumber(dictionary) {
            others.append(
                "column '\(name)' holds numbers in a form that is not read ('\(number)'): taken for categories")
        }
        let isDate = distinct > 0 && Self.looksLikeDates(dictionary)
        if distinct > 1, present >= 20, distinct * 10 > present * 9 {
            return .ignored(
                reason: isDate
                    ? "almost every row has its own date (dates are read as text)"
                    : "almost every row has its own text")
        }
        guard
            let categories = CategoryEncoding(
                counts: zip(dictionary, counts).map { ($0, $1) }, missing: missing, rows: rows.count, options: options)
        else { return .ignored(reason: distinct == 0 ? "it is empty" : "it is constant") }
        if isDate {
            others.append("column '\(name)' holds dates as text: \(distinct) different ones, taken for categories")
        } else if categories.isEmbedded && options.categories == .automatic {
            others.append("column '\(name)' has \(distinct) categories: embedded")
        }
        return .categories(encoding: categories)
    }

    /// An example, where most texts are numbers with a decimal comma, separators of thousands, a currency or percent sign.
    private static func unreadNumber(_ dictionary: [String]) -> String? {
        let sample = dictionary.prefix(50)
        let numbers = sample.filter { text in
            let plain = text.filter { !",.'$€£% ".contains($0) }
            let digits = plain.first.map { "+-".contains($0) } == true ? plain.dropFirst() : plain[...]
            return plain.count < text.count && !digits.isEmpty && digits.allSatisfy { ("0"..."9").contains($0) }
                && text.count { $0 == "." } < 2
        }
        return !sample.isEmpty && numbers.count * 10 > sample.count * 9 ? numbers.first : nil
    }

    /// Most texts begin like 2024-01-31, 31.1.2024 or 1/31/24.
    private static func looksLikeDates(_ dictionary: [String]) -> Bool {
        let sample = dictionary.prefix(50)
        let dates = sample.count { text in
            let parts = text.split(maxSplits: 2, omittingEmptySubsequences: false) { "-/.".contains($0) }
            guard parts.count == 3 else { return false }
            let last = parts[2].prefix { $0.isNumber }
            return [parts[0], parts[1], last].allSatisfy { (1...4).contains($0.count) && $0.allSatisfy(\.isNumber) }
        }
        return dates * 10 > sample.count * 9
    }

    /// Few lines, however many columns.
    var notes: [String] {
        var notes = others
        for why in Set(ignored.map(\.why)).sorted() {
            let names = ignored.filter { $0.why == why }.map(\.name)
            let verb = names.count == 1 ? "column \(Self.list(names)) is" : "columns \(Self.list(names)) are"
            notes.append("\(verb) not used: \(names.count == 1 ? why : why.replacingOccurrencesOfIt)")
        }
        if !filled.isEmpty {
            let total = filled.reduce(0) { $0 + $1.count }
            notes.append(
                "\(counted(total, "missing number")) in \(Self.list(filled.map(\.name))) \(total == 1 ? "is" : "are") filled with the median and marked"
            )
        }
        return notes
    }

    private static func list(_ names: [String]) -> String {
        let shown = names.prefix(5).map { "'\($0)'" }.joined(separator: ", ")
        return names.count > 5 ? "\(shown) and \(names.count - 5) more" : shown
    }
}

extension String {
    /// `it is` as `they are`, for a list of columns.
    fileprivate var replacingOccurrencesOfIt: String {
        switch self {
        case "it is constant": "they are constant"
        case "it is empty": "they are empty"
        case "it numbers the rows": "they number the rows"
        default: self
        }
    }
}
