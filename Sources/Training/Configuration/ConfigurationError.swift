/// A setting that cannot be used, from a configuration file or the command line.
///
/// `description` is one line that names the file (if any), the key, what was found and what would do.
public struct ConfigurationError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The configuration file, or nil for settings given on the command line.
    public var file: String?
    /// The line of the file, counted from 1, where known.
    public var line: Int?
    /// The key at fault, where one is.
    public var key: String?
    /// What is wrong, as the end of a sentence that starts with the key.
    public var problem: String

    public init(file: String? = nil, line: Int? = nil, key: String? = nil, problem: String) {
        self.file = file
        self.line = line
        self.key = key
        self.problem = problem
    }

    public var description: String {
        var place = file ?? ""
        if let line { place += ":\(line)" }
        let head = place.isEmpty ? "" : place + ": "
        guard let key else { return head + problem }
        return head + "setting '\(key)' \(problem)"
    }
}

/// The candidate closest to `name` by edit distance, when it is close enough to be a likely slip of the hand.
package func nearestName(to name: String, among candidates: some Sequence<String>) -> String? {
    let wanted = Array(name.lowercased())
    var best: (name: String, distance: Int)?
    for candidate in candidates {
        let distance = editDistance(wanted, Array(candidate.lowercased()))
        if distance < best?.distance ?? Int.max { best = (candidate, distance) }
    }
    guard let best, best.distance <= max(2, wanted.count / 3) else { return nil }
    return best.name
}

/// Levenshtein's distance with one row of memory.
private func editDistance(_ a: [Character], _ b: [Character]) -> Int {
    var row = Array(0...b.count)
    for (i, left) in a.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, right) in b.enumerated() {
            let substituted = diagonal + (left == right ? 0 : 1)
            diagonal = row[j + 1]
            row[j + 1] = min(substituted, min(row[j], row[j + 1]) + 1)
        }
    }
    return row[b.count]
}
