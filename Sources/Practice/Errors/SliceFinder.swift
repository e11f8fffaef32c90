/// Finds slices whose error is significantly higher than elsewhere.
struct SliceFinder {
    let measure: ErrorMeasure
    let conditions: [SliceCondition]

    /// The share of false discoveries that is accepted.
    static let level = 0.05

    /// Those that cost most first: by what bringing them down to the error elsewhere would gain.
    func slices(limit: Int = 12) -> [ErrorSlice] {
        let overall = measure.overall
        // Only what is worse than the whole is asked about, but everything looked at counts.
        let values = conditions.map { measure.error($0.rows) > overall ? measure.pValue($0.rows) : 1 }
        let rates = Significance.falseDiscoveryRates(values)
        let order = conditions.indices.filter { rates[$0] <= Self.level }
            .sorted { (values[$0], $0) < (values[$1], $1) }
        // What says the same again is left out: ranges of one column that overlap, conditions that nearly agree.
        var singles: [Int] = []
        for index in order {
            let isNew = singles.allSatisfy {
                let shared = shared(conditions[$0].rows, conditions[index].rows)
                let either = conditions[$0].rows.count + conditions[index].rows.count - shared
                return conditions[$0].column == conditions[index].column
                    ? shared == 0 : Double(shared) < 0.8 * Double(either)
            }
            if isNew { singles.append(index) }
        }
        var found = singles.map {
            measure.slice(
                [conditions[$0]], rows: conditions[$0].rows, pValue: values[$0], falseDiscoveryRate: rates[$0])
        }
        found += pairs(Array(singles.prefix(10)))
        return Array(found.sorted { ($1.gap, $0.title) < ($0.gap, $1.title) }.prefix(limit))
    }

    /// Two conditions together, where the error is higher than in the rest of either: whatever made the two noticed says nothing
    /// about that.
    private func pairs(_ singles: [Int]) -> [ErrorSlice] {
        var candidates: [(conditions: [SliceCondition], rows: [Int], pValue: Double)] = []
        for (place, first) in singles.enumerated() {
            for second in singles[(place + 1)...] where conditions[first].column != conditions[second].column {
                let both = [conditions[first], conditions[second]]
                let inside = Set(both[1].rows)
                let rows = both[0].rows.filter(inside.contains)
                guard rows.count >= SliceCondition.fewest(of: measure.errors.count) else { continue }
                let values = both.map { parent -> Double in
                    guard rows.count < parent.rows.count, measure.error(rows) > measure.error(parent.rows) else {
                        return 1
                    }
                    return measure.pValue(rows, among: parent.rows)
                }
                candidates.append((both, rows, values.max() ?? 1))
            }
        }
        let rates = Significance.falseDiscoveryRates(candidates.map(\.pValue))
        return zip(candidates, rates).filter { $0.1 <= Self.level }.map {
            measure.slice($0.0.conditions, rows: $0.0.rows, pValue: $0.0.pValue, falseDiscoveryRate: $0.1)
        }
    }

    /// How many numbers stand in both; both are ascending.
    private func shared(_ a: [Int], _ b: [Int]) -> Int {
        var (i, j, count) = (0, 0, 0)
        while i < a.count, j < b.count {
            if a[i] == b[j] { count += 1 }
            if a[i] <= b[j] { i += 1 } else { j += 1 }
        }
        return count
    }
}
