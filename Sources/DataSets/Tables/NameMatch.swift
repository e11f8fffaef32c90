internal import Foundation

/// Finds names that differ by case, spaces or punctuation.
struct NameMatch {
    private let names: Set<String>
    private var loose: [String: String?] = [:]

    init(_ names: [String]) {
        self.names = Set(names)
        for name in names {
            let key = Self.key(name)
            loose.updateValue(loose[key] == nil ? name : nil, forKey: key)
        }
    }

    /// The name itself, or the only one that is equal without case, spaces, `_`, `-` and `.`.
    func match(_ text: String) -> String? {
        if names.contains(text) { return text }
        return loose[Self.key(text)] ?? nil
    }

    /// Which of the names each of `columns` carries.
    ///
    /// Exact names first: a column that only looks like a name is taken for it when nothing carries the name itself,
    /// and when no other column looks like it as well. `columns` are all different; `written` is what the file says,
    /// where doubled names are still equal.
    func assign(_ columns: [String], written: [String]) -> Assignment {
        var result = Assignment(names: columns.map { names.contains($0) ? $0 : nil })
        let taken = Set(result.names.compactMap { $0 })
        let doubled = Dictionary(grouping: columns.indices) { written[$0] }.values.filter { group in
            group.count > 1 && group.contains { result.names[$0] != nil }
                && group.contains { result.names[$0] == nil }
        }
        for group in doubled {
            result.ambiguous.append((group.lazy.compactMap { result.names[$0] }.first ?? written[group[0]], group))
        }
        var candidates: [String: [Int]] = [:]
        for (index, column) in columns.enumerated() where result.names[index] == nil {
            if case let name?? = loose[Self.key(column)], !taken.contains(name) {
                candidates[name, default: []].append(index)
            }
        }
        for (name, group) in candidates {
            if group.count == 1 { result.names[group[0]] = name } else { result.ambiguous.append((name, group)) }
        }
        result.ambiguous.sort { $0.columns[0] < $1.columns[0] }
        return result
    }

    /// What `assign` found.
    struct Assignment {
        /// The name each column carries; nil for extra columns.
        var names: [String?]
        /// Names that two columns or more (by place, from 0) carry equally well.
        var ambiguous: [(name: String, columns: [Int])] = []
    }

    private static func key(_ name: String) -> String {
        String(name.lowercased().filter { !($0.isWhitespace || "_-.".contains($0)) })
    }
}

extension String {
    /// Without white space at both ends.
    var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
