internal import Foundation
internal import ThalwegFormats

/// What a regression learns instead of its target. Errors of the logarithm are ratios: 10 % too much weighs the same for a small value
/// and for a large one.
public enum TargetTransform: String, Codable, Sendable, CaseIterable {
    /// log y, for values above 0 (prices, incomes, durations).
    case log
    /// log(1 + y), for values from 0 up whose unit is 1 (counts).
    case log1p

    /// Exponents beyond are taken for this one, so that squares of what comes back are finite.
    public static let largestExponent = 300.0

    /// nil where there is no logarithm.
    public func callAsFunction(_ value: Double) -> Double? {
        switch self {
        case .log: value > 0 ? Foundation.log(value) : nil
        case .log1p: value >= 0 ? Foundation.log1p(value) : nil
        }
    }

    /// The value that `number` stands for.
    func inverse(_ number: Double) -> Double {
        let exponent = min(number, Self.largestExponent)
        switch self {
        case .log: return exp(exponent)
        case .log1p: return expm1(exponent)
        }
    }
}

extension TargetEncoding {
    /// The numbers to learn of each of `rows`, row by row.
    ///
    /// - Throws: As `numbers(_:rows:)`; `DataError` naming line and column for a value that has no logarithm.
    func numbers(_ targets: RawTargets, rows: [Int]?, transform: TargetTransform?) throws -> [Double] {
        let numbers = try numbers(targets, rows: rows)
        guard let transform else { return numbers }
        return try numbers.enumerated().map { place, number in
            if let result = transform(number) { return result }
            let row = rows?[place / outputs] ?? place / outputs
            let range = transform == .log ? "above 0" : "of 0 or more"
            let hint = number == 0 ? "; target-transform=log1p learns log(1 + y)" : ""
            throw targets.error(
                .invalidValue, row: row,
                "the logarithm (target-transform=\(transform.rawValue)) needs values \(range), found \(number.shortText)\(hint)"
            )
        }
    }
}
