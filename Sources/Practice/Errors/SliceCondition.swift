import Foundation
import ThalwegDataSets
import ThalwegEngine
import ThalwegTraining

/// Something that some examples have in common: a value of a column, or a range of its numbers.
struct SliceCondition {
    var column: String
    var text: String
    /// Ascending.
    var rows: [Int]

    /// Examples that a condition must take in to be worth a question. It must leave out half of all: else the others are the slice.
    static func fewest(of count: Int) -> Int { max(10, count / 100) }

    /// What the columns of a table offer: every frequent category, missing cells, and for numbers the ranges between quantiles
    /// with everything below or above them.
    static func all(_ table: Table, leavingOut left: Set<String>) -> [SliceCondition] {
        var all: [SliceCondition] = []
        for (index, column) in table.columns.enumerated() where index != table.target && !left.contains(column.name) {
            switch column.values {
            case .numbers(let numbers): all += ranges(column.name, numbers)
            case .categories(let codes, let dictionary):
                all += values(
                    column.name, codes.map { $0 < 0 ? nil : Int($0) }, names: dictionary.map { "'\($0)'" })
            }
        }
        return all.filter { isWorthwhile($0, of: table.rowCount) }
    }

    /// What arrays offer: the class, features (of few), brightness and contrast (of many).
    static func all(_ inputs: Tensor, labels: [Int]?, classes: [String]) -> [SliceCondition] {
        let count = inputs.shape[0]
        let size = inputs.elementCount / max(count, 1)
        var all = labels.map { values("label", $0, names: classes.map { "'\($0)'" }) } ?? []
        if size <= 64, inputs.rank <= 2 {
            var columns = [[Double]](repeating: [], count: size)
            ArrayReader.rows(of: inputs, nil) { row in for place in 0..<size { columns[place].append(row[place]) } }
            for (place, numbers) in columns.enumerated() { all += ranges("feature \(place + 1)", numbers) }
        } else {
            var (means, deviations): ([Double], [Double]) = ([], [])
            ArrayReader.rows(of: inputs, nil) { row in
                let mean = row.reduce(0, +) / Double(size)
                means.append(mean)
                deviations.append((row.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(size)).squareRoot())
            }
            all += ranges("brightness", means) + ranges("contrast", deviations)
        }
        return all.filter { isWorthwhile($0, of: count) }
    }

    private static func isWorthwhile(_ condition: SliceCondition, of count: Int) -> Bool {
        condition.rows.count >= fewest(of: count) && condition.rows.count * 2 <= count
    }

    private static func values(_ column: String, _ codes: [Int?], names: [String]) -> [SliceCondition] {
        let rows = Dictionary(grouping: codes.indices) { codes[$0] }
        return rows.sorted { ($0.value.count, $1.value[0]) > ($1.value.count, $0.value[0]) }.prefix(100).map {
            SliceCondition(
                column: column, text: $0.key.map { "\(column) is \(names[$0])" } ?? "\(column) is missing",
                rows: $0.value)
        }
    }

    private static func ranges(_ column: String, _ numbers: [Double]) -> [SliceCondition] {
        let present = numbers.indices.filter { !numbers[$0].isNaN }
        let different = Set(present.map { numbers[$0] }).sorted()
        var all: [SliceCondition] = []
        if present.count < numbers.count {
            all.append(
                SliceCondition(
                    column: column, text: "\(column) is missing", rows: numbers.indices.filter { numbers[$0].isNaN }))
        }
        guard different.count > 1 else { return all }
        if different.count <= 8 {
            let places = Dictionary(uniqueKeysWithValues: different.enumerated().map { ($1, $0) })
            return all
                + values(column, numbers.map { places[$0] }, names: different.map(inFull)).filter {
                    !$0.text.hasSuffix("is missing")
                }
        }
        let sorted = present.map { numbers[$0] }.sorted()
        // Between neighbors, so that no example lies on an edge.
        var edges: [Double] = []
        for step in 1..<8 {
            let place = sorted.count * step / 8
            guard let low = sorted[..<place].last(where: { $0 < sorted[place] }) else { continue }
            let edge = shortest(between: low, and: sorted[place])
            if edges.last.map({ $0 < edge }) ?? true { edges.append(edge) }
        }
        func add(_ text: String, _ isInside: (Double) -> Bool) {
            all.append(
                SliceCondition(
                    column: column, text: "\(column) \(text)", rows: present.filter { isInside(numbers[$0]) }))
        }
        for (place, edge) in edges.enumerated() {
            add("below \(inFull(edge))") { $0 < edge }
            add("above \(inFull(edge))") { $0 > edge }
            guard place + 1 < edges.count else { continue }
            add("between \(inFull(edge)) and \(inFull(edges[place + 1]))") {
                $0 > edge && $0 < edges[place + 1]
            }
        }
        return all
    }

    /// With all its digits: a bound that is rounded would be another one.
    private static func inFull(_ number: Double) -> String {
        number == number.rounded() && abs(number) < 1e9 ? grouped(Int(number)) : "\(number)"
    }

    /// The number with the fewest digits strictly between two others.
    private static func shortest(between low: Double, and high: Double) -> Double {
        let middle = low + (high - low) / 2
        for digits in 1...17 {
            guard let short = Double(String(format: "%.\(digits)g", middle)) else { break }
            if short > low, short < high { return short }
        }
        return middle
    }
}
