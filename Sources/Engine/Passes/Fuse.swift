/// Which elementwise rows run in one loop?
///
/// Every row gets a level such that only a direct elementwise step between equal shapes stays on its level: everything
/// else (a product, a reduction, a broadcast of a computed value) goes up by one. Rows of one level that are connected
/// by direct steps can then share a loop, because no path between them leaves the level.
enum Fuse {
    enum Unit {
        case single(Int)
        /// Elementwise rows of one shape, inputs first.
        case loop([Int])
    }

    /// More instructions than this are split over several loops.
    static let longestLoop = 128

    static func units(_ program: Program) -> [Unit] {
        let rows = program.rows
        var level = [Int](repeating: 0, count: rows.count)
        var isGiven = [Bool](repeating: false, count: rows.count)  // a view of an argument or constant
        func isDirect(_ input: Int, _ consumer: Int) -> Bool {
            rows[input].op.isElementwise && rows[consumer].op.isElementwise && rows[input].shape == rows[consumer].shape
        }
        for (index, row) in rows.enumerated() {
            switch row.op {
            case .source: isGiven[index] = true
            case .unary, .binary, .comparison, .select, .cast:
                level[index] =
                    row.inputs.map { input in
                        isDirect(input, index) || !rows[input].op.isElementwise ? level[input] : level[input] + 1
                    }.max() ?? 0
            case .movement:
                isGiven[index] = isGiven[row.inputs[0]] && !row.op.isPad
                level[index] = isGiven[index] ? 0 : level[row.inputs[0]] + 1
            case .reduce, .argReduce, .cumulativeSum, .argsort, .matmul, .convolution, .window, .concatenate, .gather,
                .scatter, .random, .marker:
                level[index] = (row.inputs.map { level[$0] }.max() ?? 0) + 1
            }
        }
        let earliest = level
        raise(&level, rows, isDirect)
        keepEarly(&level, earliest, program, isDirect)

        let loops = connected(rows) { isDirect($0, $1) && level[$0] == level[$1] }
        var keyed: [(level: Int, isLoop: Int, first: Int, unit: Unit)] = []
        for (index, row) in rows.enumerated() where !row.op.isElementwise {
            keyed.append((level[index], 0, index, .single(index)))
        }
        for rows in loops {
            for start in stride(from: 0, to: rows.count, by: longestLoop) {
                let part = Array(rows[start..<min(start + longestLoop, rows.count)])
                keyed.append((level[part[0]], 1, part[0], .loop(part)))
            }
        }
        keyed.sort { ($0.level, $0.isLoop, $0.first) < ($1.level, $1.isLoop, $1.first) }
        return keyed.map(\.unit)
    }

    /// Moves a row up to the level where it is used, when only loops use it: what is needed late is computed late, and
    /// never stored, or never read again where it is a result.
    private static func raise(_ level: inout [Int], _ rows: [Program.Row], _ isDirect: (Int, Int) -> Bool) {
        var latest = [Int](repeating: Int.max, count: rows.count)
        for index in rows.indices.reversed() {
            if rows[index].op.isElementwise, latest[index] != Int.max, latest[index] > level[index] {
                level[index] = latest[index]
            }
            for input in rows[index].inputs {
                latest[input] = isDirect(input, index) ? min(latest[input], level[index]) : -1
            }
        }
    }

    /// Takes rows back to where they were before `raise`, where fewer bytes wait so: the derivative of an activation is one value,
    /// what it is made of may be several (those of the exact GELU are three), which nobody else reads after the forward pass.
    private static func keepEarly(
        _ level: inout [Int], _ earliest: [Int], _ program: Program, _ isDirect: (Int, Int) -> Bool
    ) {
        let rows = program.rows
        var readers = [[Int]](repeating: [], count: rows.count)
        for (index, row) in rows.enumerated() { for input in row.inputs { readers[input].append(index) } }
        let outputs = Set(program.outputs)
        let isRaised = rows.indices.map { level[$0] > earliest[$0] }
        for part in connected(rows, { isRaised[$0] && isRaised[$1] && isDirect($0, $1) }) where isRaised[part[0]] {
            let members = Set(part)
            let end = part.reduce(0) { max($0, earliest[$1]) }
            func waits(_ index: Int) -> Bool {
                readers[index].contains { !members.contains($0) && level[$0] > end }
            }
            let inputs = Set(part.flatMap { rows[$0].inputs }).subtracting(members)
            let waitingForLate = inputs.reduce(0) { sum, input in
                switch rows[input].op {
                case .source, .movement: sum
                default: outputs.contains(input) || waits(input) ? sum : sum + rows[input].byteCount
                }
            }
            let waitingIfEarly = part.reduce(0) { waits($1) ? $0 + rows[$1].byteCount : $0 }
            if waitingIfEarly < waitingForLate { for index in part { level[index] = earliest[index] } }
        }
    }

    /// Elementwise rows that steps between them connect, in order.
    private static func connected(_ rows: [Program.Row], _ isStep: (_ input: Int, _ row: Int) -> Bool) -> [[Int]] {
        var group = Array(rows.indices)
        func root(_ index: Int) -> Int {
            var index = index
            while group[index] != index {
                group[index] = group[group[index]]
                index = group[index]
            }
            return index
        }
        for (index, row) in rows.enumerated() where row.op.isElementwise {
            for input in row.inputs where isStep(input, index) { group[root(input)] = root(index) }
        }
        var members: [Int: [Int]] = [:]
        for (index, row) in rows.enumerated() where row.op.isElementwise {
            members[root(index), default: []].append(index)
        }
        return Array(members.values)
    }
}

extension Op {
    var isPad: Bool {
        if case .movement(.pad) = self { true } else { false }
    }
}
