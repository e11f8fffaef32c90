import Foundation
internal import ThalwegDataSets
internal import ThalwegEngine

/// How far one column differs between two sets of examples.
public struct ColumnShift: Codable, Sendable, Hashable {
    /// The column's name; `feature 17` of arrays.
    public var column: String
    /// The largest difference of the two distribution functions (Kolmogorov and Smirnov), or half the sum of the differences of the
    /// categories' shares: 0 where the sets agree, 1 where they have nothing in common.
    public var distance: Double
    /// Corrected for the number of columns (Bonferroni); by the Kolmogorov distribution for numbers, chi-squared for categories.
    public var significance: Double
    /// What differs, in words: `mean 38.6 in train, 52.1 in dev`.
    public var description: String

    /// The columns that differ beyond chance and by more than a twentieth, the farthest first.
    ///
    /// - Parameters:
    ///   - names: of the two sets, for the descriptions.
    ///   - target: leaves out the column to predict.
    static func columns(
        _ first: Examples, _ second: Examples, rows: (first: [Int]?, second: [Int]?) = (nil, nil),
        names: (String, String)
    ) -> [ColumnShift] {
        let pairs = Self.pairs(first, second, rows)
        let tests = Double(max(pairs.count, 1))
        return pairs.compactMap { pair -> ColumnShift? in
            var shift: ColumnShift
            switch (pair.first, pair.second) {
            case (.numbers(let a), .numbers(let b)): shift = numbers(pair.name, a, b, names)
            case (.texts(let a), .texts(let b)): shift = texts(pair.name, a, b, names)
            default: return nil
            }
            shift.significance = min(shift.significance * tests, 1)
            return shift.significance < 0.01 && shift.distance > 0.05 ? shift : nil
        }.sorted { $0.distance > $1.distance }
    }

    private enum Values {
        case numbers([Double])
        case texts([String])
    }

    private static func pairs(
        _ first: Examples, _ second: Examples, _ rows: (first: [Int]?, second: [Int]?)
    ) -> [(name: String, first: Values, second: Values)] {
        switch (first, second) {
        case (.table(let a), .table(let b)):
            return a.columns.enumerated().compactMap { place, column in
                guard place != a.target, let other = b.columns.first(where: { $0.name == column.name }) else {
                    return nil
                }
                return (column.name, values(column, rows.first), values(other, rows.second))
            }
        case (.arrays(let a, _), .arrays(let b, _)):
            let (x, y) = (flat(a, rows.first), flat(b, rows.second))
            let width = min(x.width, y.width)
            return (0..<width).map { column in
                func values(_ array: (numbers: [Double], width: Int)) -> Values {
                    .numbers(stride(from: column, to: array.numbers.count, by: array.width).map { array.numbers[$0] })
                }
                return ("feature \(column + 1)", values(x), values(y))
            }
        default: return []
        }
    }

    private static func flat(_ array: Tensor, _ rows: [Int]?) -> (numbers: [Double], width: Int) {
        let chosen = rows.map { array.gathered(at: Tensor($0)) } ?? array
        return (chosen.doubles(), chosen.shape.dropFirst().reduce(1, *))
    }

    private static func values(_ column: Column, _ rows: [Int]?) -> Values {
        switch column.values {
        case .numbers(let numbers):
            let chosen = rows.map { $0.map { numbers[$0] } } ?? numbers
            return .numbers(chosen.filter { !$0.isNaN })
        case .categories(let codes, let dictionary):
            func text(_ code: Int32) -> String { code < 0 ? "missing" : dictionary[Int(code)] }
            return .texts((rows.map { $0.map { codes[$0] } } ?? codes).map(text))
        }
    }

    private static func numbers(_ name: String, _ a: [Double], _ b: [Double], _ names: (String, String)) -> ColumnShift
    {
        let (x, y) = (a.sorted(), b.sorted())
        let (m, n) = (Double(x.count), Double(y.count))
        var (i, j, distance) = (0, 0, 0.0)
        while i < x.count, j < y.count {
            let value = min(x[i], y[j])
            while i < x.count, x[i] == value { i += 1 }
            while j < y.count, y[j] == value { j += 1 }
            distance = max(distance, abs(Double(i) / m - Double(j) / n))
        }
        let effective = (m * n / max(m + n, 1)).squareRoot()
        let lambda = (effective + 0.12 + 0.11 / max(effective, 1)) * distance
        var tail = 0.0
        for k in 1...100 { tail += (k % 2 == 1 ? 2 : -2) * exp(-2 * Double(k * k) * lambda * lambda) }
        return ColumnShift(
            column: name, distance: distance, significance: lambda < 0.3 ? 1 : min(max(tail, 0), 1),
            description: "mean \(short(x.mean)) in \(names.0), \(short(y.mean)) in \(names.1)")
    }

    private static func short(_ value: Double) -> String { String(format: "%.4g", value) }

    private static func texts(_ name: String, _ a: [String], _ b: [String], _ names: (String, String)) -> ColumnShift {
        var counts: [String: (Double, Double)] = [:]
        for text in a { counts[text, default: (0, 0)].0 += 1 }
        for text in b { counts[text, default: (0, 0)].1 += 1 }
        let (m, n) = (Double(max(a.count, 1)), Double(max(b.count, 1)))
        let order = counts.sorted { ($0.value.0 + $0.value.1, $1.key) > ($1.value.0 + $1.value.1, $0.key) }
        // Rare categories go together: their shares differ by chance.
        var groups: [(name: String, counts: (Double, Double))] = []
        var rest = (0.0, 0.0)
        for (text, pair) in order {
            let share = (pair.0 + pair.1) / (m + n)
            if min(m, n) * share >= 5 { groups.append((text, pair)) } else { rest = (rest.0 + pair.0, rest.1 + pair.1) }
        }
        if rest.0 + rest.1 > 0 { groups.append(("other", rest)) }
        var (distance, chi) = (0.0, 0.0)
        var farthest = (name: "", difference: -1.0, shares: (0.0, 0.0))
        for group in groups {
            let shares = (group.counts.0 / m, group.counts.1 / n)
            let difference = abs(shares.0 - shares.1)
            distance += difference / 2
            let pooled = (group.counts.0 + group.counts.1) / (m + n)
            if pooled > 0 { chi += (shares.0 - shares.1) * (shares.0 - shares.1) / pooled * m * n / (m + n) }
            if difference > farthest.difference { farthest = (group.name, difference, shares) }
        }
        // Wilson and Hilferty's cube root makes chi-squared normal.
        let freedom = Double(max(groups.count - 1, 1))
        let z = (pow(chi / freedom, 1.0 / 3) - (1 - 2 / (9 * freedom))) / (2 / (9 * freedom)).squareRoot()
        func percent(_ share: Double) -> String { String(format: "%.0f %%", share * 100) }
        return ColumnShift(
            column: name, distance: distance, significance: Normal.cumulative(-z),
            description: "'\(farthest.name)' is \(percent(farthest.shares.0)) of \(names.0), "
                + "\(percent(farthest.shares.1)) of \(names.1)")
    }
}
