/// The value below which a share of all weight lies: the mean of the two neighbors where it falls between them (averaged inverted
/// distribution function; for a half of equal weights, the usual median). nil without weight.
///
/// - Parameters:
///   - share: from 0 to 1.
///   - weights: not negative; 1 each when nil.
public func quantile(_ values: [Double], _ share: Double, weights: [Double]? = nil) -> Double? {
    precondition(share >= 0 && share <= 1, "a share of \(share)")
    let order = values.indices.filter { (weights?[$0] ?? 1) > 0 }.sorted { values[$0] < values[$1] }
    guard let last = order.last else { return nil }
    let total = order.reduce(0) { $0 + (weights?[$1] ?? 1) }
    let aim = share * total
    var below = 0.0
    for (place, row) in order.enumerated() {
        below += weights?[row] ?? 1
        guard below >= aim, below > 0 else { continue }
        let next = below - aim > .ulpOfOne || place + 1 == order.count ? row : order[place + 1]
        return next == row ? values[row] : (values[row] + values[next]) / 2
    }
    return values[last]
}
