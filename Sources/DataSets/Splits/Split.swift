internal import Foundation
internal import ThalwegFormats

/// How examples are divided into training, dev and test set: reproducible by seed.
public struct Split: Codable, Sendable, Hashable {
    public enum Sizes: Codable, Sendable, Hashable {
        /// By the number of examples, see `Split.heldOut(_:)`.
        case automatic
        /// Fractions of the examples that sum to 1; dev or test may be 0.
        case fractions(train: Double, dev: Double, test: Double)
    }

    public var sizes: Sizes
    /// Classes keep their proportions in every part.
    public var isStratified: Bool
    /// Rows with the same value in this column stay in one part (a patient, a user).
    public var groupColumn: String?
    /// Rows are divided in the order of this column: the earliest train, the latest test.
    public var timeColumn: String?
    public var seed: UInt64
    /// Whether to take a dev (test) set from the training examples when none is given apart.
    public var takesDev: Bool
    public var takesTest: Bool
    /// Which part of the examples outside the test set is the dev set, from 0; the parts follow each other, and the first comes
    /// after the last. Splits by group or time have one dev set only.
    public var devFold: Int

    public init(
        sizes: Sizes = .automatic, isStratified: Bool = true, groupColumn: String? = nil, timeColumn: String? = nil,
        seed: UInt64 = 0, takesDev: Bool = true, takesTest: Bool = true, devFold: Int = 0
    ) {
        self.sizes = sizes
        self.isStratified = isStratified
        self.groupColumn = groupColumn
        self.timeColumn = timeColumn
        self.seed = seed
        self.takesDev = takesDev
        self.takesTest = takesTest
        self.devFold = devFold
    }

    /// Examples the dev set and the test set each get of `count` in all.
    ///
    /// A fifth up to 5,000 examples (60/20/20), none below 5: those few must all train. Beyond, the sets grow more slowly than the data, as 1,000 times
    /// (count / 5,000)^0.4346: 9 % of 20,000, 3.7 % of 100,000, 1 % of a million (98/1/1).
    public static func heldOut(_ count: Int) -> Int {
        guard count >= 5 else { return 0 }
        guard count > 5000 else { return Int((Double(count) * 0.2).rounded()) }
        return Int((1000 * pow(Double(count) / 5000, 0.43461)).rounded())
    }

    /// `auto`, or fractions such as `0.6,0.2,0.2` (training, dev, test) or `0.7,0.3` (training, test).
    ///
    /// - Throws: `DataError` when the text is neither, or the fractions do not sum to 1.
    public static func parseSizes(_ text: String) throws -> Sizes {
        if text.trimmed.lowercased() == "auto" { return .automatic }
        let parts = text.split(separator: ",", omittingEmptySubsequences: false).map { Double(String($0).trimmed) }
        let fractions = parts.compactMap { $0 }
        guard fractions.count == parts.count, (2...3).contains(parts.count),
            fractions.allSatisfy({ $0 >= 0 && $0 <= 1 }),
            fractions[0] > 0, abs(fractions.reduce(0, +) - 1) < 1e-6
        else {
            throw DataError(
                .invalidValue, "'\(text)' is no split: say auto, or fractions that sum to 1, such as 0.6,0.2,0.2")
        }
        return parts.count == 2
            ? .fractions(train: fractions[0], dev: 0, test: fractions[1])
            : .fractions(train: fractions[0], dev: fractions[1], test: fractions[2])
    }

    /// Numbers of examples for dev and test out of `count`.
    func counts(_ count: Int, takesDev: Bool, takesTest: Bool) -> (dev: Int, test: Int) {
        switch sizes {
        case .automatic:
            let held = Self.heldOut(count)
            // Without a dev set, small data are divided 70/30.
            let test = takesDev || count > 5000 || held == 0 ? held : Int((Double(count) * 0.3).rounded())
            return (takesDev ? held : 0, takesTest ? test : 0)
        case .fractions(_, let dev, let test):
            return (
                takesDev ? Int((Double(count) * dev).rounded()) : 0,
                takesTest ? Int((Double(count) * test).rounded()) : 0
            )
        }
    }
}

/// Row numbers of the three parts, ascending, disjoint.
public struct SplitRows: Sendable, Hashable {
    public var train: [Int] = []
    public var dev: [Int] = []
    public var test: [Int] = []
}
