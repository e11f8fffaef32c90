/// The candidate that was probably meant by `name`, for "did you mean": the one with the fewest edits (insert, delete,
/// replace, swap neighbors), at most a third of the letters and at least one, else the shortest that starts with it.
package func nearestName(to name: String, among candidates: some Sequence<String>) -> String? {
    let wanted = Array(name.lowercased().unicodeScalars.prefix(100))
    guard !wanted.isEmpty else { return nil }
    var best: (name: String, distance: Int)?
    var longer: (name: String, count: Int)?
    for candidate in candidates.prefix(10_000) {
        let scalars = Array(candidate.lowercased().unicodeScalars.prefix(100))
        if wanted.count >= 3, scalars.starts(with: wanted), scalars.count < longer?.count ?? .max {
            longer = (candidate, scalars.count)
        }
        guard abs(scalars.count - wanted.count) < best?.distance ?? .max else { continue }
        let distance = editDistance(wanted, scalars)
        if distance < best?.distance ?? .max, distance <= max(1, max(wanted.count, scalars.count) / 3) {
            best = (candidate, distance)
        }
    }
    return best?.name ?? longer?.name
}

/// Edits with swaps of neighbors (optimal string alignment), three rows of memory.
private func editDistance(_ a: [Unicode.Scalar], _ b: [Unicode.Scalar]) -> Int {
    var before = [Int](repeating: 0, count: b.count + 1)
    var previous = Array(0...b.count)
    for i in a.indices {
        var current = [i + 1] + [Int](repeating: 0, count: b.count)
        for j in b.indices {
            current[j + 1] = min(previous[j] + (a[i] == b[j] ? 0 : 1), previous[j + 1] + 1, current[j] + 1)
            if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] {
                current[j + 1] = min(current[j + 1], before[j - 1] + 1)
            }
        }
        (before, previous) = (previous, current)
    }
    return previous[b.count]
}
