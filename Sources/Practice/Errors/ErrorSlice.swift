/// Examples that share something, and on which a model errs more than elsewhere.
public struct ErrorSlice: Sendable, Codable, Hashable {
    /// In words, as `city is 'Lima'` or `age above 61.5`; of several, all must hold.
    public var conditions: [String]
    /// The columns the conditions speak of, in their order.
    public var columns: [String]
    /// Examples in it.
    public var count: Int
    /// Wrong answers in it (classification).
    public var mistakes: Int?
    /// The share of wrong answers, or the root mean squared error.
    public var error: Double
    /// Its 95 % interval.
    public var interval: [Double]
    /// The error of all other examples.
    public var errorElsewhere: Double
    /// The probability to find such a difference where there is none, and the same corrected for all slices looked at
    /// (Benjamini-Hochberg).
    public var pValue: Double
    public var falseDiscoveryRate: Double
    /// How much less the error of all examples were without this slice's errors: what work on it can gain at most.
    public var ceiling: Double
    /// The same with this slice's error brought down to that of the others.
    public var gap: Double

    public var title: String { conditions.joined(separator: " and ") }
}
