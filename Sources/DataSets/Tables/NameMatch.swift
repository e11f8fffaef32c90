internal import Foundation

/// Finds names that differ by case, spaces or punctuation, and the nearest name to a misspelled one.
struct NameMatch {
    private let names: Set<String>
    private let all: [String]
    private var loose: [String: String?] = [:]

    init(_ names: [String]) {
        all = names
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

    /// The name with the fewest edits (insert, delete, replace, swap neighbors), if it is near enough to be meant: at
    /// most a third of the letters, at least one.
    func nearest(to text: String) -> String? {
        let target = Array(text.lowercased().unicodeScalars.prefix(100))
        var best: (name: String, distance: Int)?
        for name in all.prefix(10_000) {
            let scalars = Array(name.lowercased().unicodeScalars.prefix(100))
            guard abs(scalars.count - target.count) < best?.distance ?? .max else { continue }
            let distance = Self.distance(target, scalars)
            if distance < best?.distance ?? .max { best = (name, distance) }
        }
        guard let best, best.distance <= max(1, max(target.count, best.name.count) / 3) else { return nil }
        return best.name
    }

    private static func distance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
        var before = [Int](repeating: 0, count: b.count + 1)
        var previous = Array(0...b.count)
        for i in 0..<a.count {
            var current = [i + 1] + [Int](repeating: 0, count: b.count)
            for j in 0..<b.count {
                current[j + 1] = min(previous[j] + (a[i] == b[j] ? 0 : 1), previous[j + 1] + 1, current[j] + 1)
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                    current[j + 1] = min(current[j + 1], before[j - 1] + 1)
                }
            }
            (before, previous) = (previous, current)
        }
        return previous[b.count]
    }
}

extension String {
    /// Without white space at both ends.
    var trimmed: String { trimmingCharacters(in: .whitespacesAndNewlines) }
}
