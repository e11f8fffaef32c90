import GRDB

extension RunQuery {
    /// The query as SQL. Values go in as arguments; names of fields are known ones, made of letters, digits and dashes.
    func sql(columns: String, isOrdered: Bool = true) -> (String, StatementArguments) {
        var sql = "SELECT \(columns) FROM run"
        var tests = conditions.map(Self.test)
        if !includesTrials { tests.append("search IS NULL") }
        if !tests.isEmpty { sql += " WHERE " + tests.map { "(\($0))" }.joined(separator: " AND ") }
        if isOrdered { sql += order }
        if let limit { sql += " LIMIT \(limit) OFFSET \(offset)" }
        return (sql, StatementArguments(conditions.map(Self.value)))
    }

    private static func test(_ condition: Condition) -> String {
        let field = expression(condition.field)
        return switch condition.relation {
        case .contains: "instr(lower(\(field)), lower(?)) > 0"
        // A run without the field differs from every value.
        case .different: "\(field) IS NOT ?"
        case .equal: "\(field) = ?"
        case .less, .lessOrEqual, .greater, .greaterOrEqual:
            // Of the same kind only: to SQLite every text is greater than every number.
            "typeof(\(field)) \(condition.number == nil ? "=" : "<>") 'text' AND \(field) "
                + "\(condition.relation.rawValue) ?"
        }
    }

    private static func value(_ condition: Condition) -> any DatabaseValueConvertible {
        if let number = condition.number { return number }
        return condition.value
    }

    private var order: String {
        let field = sort ?? "started"
        let isDescending =
            Self.isFigure(field) ? RunSummary.isHigherBetter(field) : ["started", "ended"].contains(field)
        let value = Self.expression(field)
        return " ORDER BY \(value) IS NULL, \(value) \(isDescending != isReversed ? "DESC" : "ASC"), path"
    }

    /// The value of a field: a column, or a member of the figures or settings.
    private static func expression(_ field: String) -> String {
        switch field {
        case text:
            "path || ' ' || coalesce(status, '') || ' ' || coalesce(data, '') || ' ' || coalesce(network, '')"
        case _ where isFigure(field): "json_extract(figures, '$.\"\(field)\"')"
        case _ where fields.contains(field): "\"\(field)\""
        default: "json_extract(settings, '$.\"\(field)\"')"
        }
    }
}
