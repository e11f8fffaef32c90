/// By how much a finalist is better than the settings as they are, on dev sets that did not choose it.
public struct SearchGain: Sendable, Hashable {
    /// The mean difference of the objective; above 0 where the finalist is better.
    public var mean: Double
    /// Of `mean`.
    public var standardError: Double

    public var isBeyondNoise: Bool { mean > standardError }

    /// The standard error of the difference between the means of two rows, where columns are dev sets that are easier or
    /// harder for all.
    ///
    /// What is left of the values without the means of their rows and columns (the residual of a two-way layout, with
    /// (rows - 1) (columns - 1) degrees of freedom) has the variance s²; the error is √(2 s² / columns). With two rows it
    /// is that of a paired t-test.
    package static func standardError(_ rows: [[Double]]) -> Double {
        guard rows.count > 1, let count = rows.first?.count, count > 1, rows.allSatisfy({ $0.count == count }) else {
            return 0
        }
        let columns = (0..<count).map { column in rows.map { $0[column] }.mean }
        let grand = columns.mean
        let squares = rows.flatMap { row in
            row.enumerated().map { column, value in
                let rest = value - row.mean - columns[column] + grand
                return rest * rest
            }
        }
        let variance = squares.reduce(0, +) / Double((rows.count - 1) * (count - 1))
        return (2 * variance / Double(count)).squareRoot()
    }
}
