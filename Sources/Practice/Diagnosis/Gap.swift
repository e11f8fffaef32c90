import Foundation
public import ThalwegTraining

/// The distance between two errors, and whether it is one.
public struct Gap: Codable, Sendable, Hashable {
    public enum Question: String, Codable, Sendable, CaseIterable {
        /// train - human level.
        case avoidableBias = "avoidable-bias"
        /// train-dev - train, or dev - train where there is no train-dev set.
        case variance
        /// dev - train-dev.
        case dataMismatch = "data-mismatch"
        /// test - dev.
        case devOverfitting = "dev-overfitting"

        public var name: String { rawValue.replacingOccurrences(of: "-", with: " ") }
    }

    public enum Verdict: String, Codable, Sendable {
        /// Larger than the smallest that matters, and beyond chance more than half of that.
        case large
        /// At most a trifle, and certainly below three times the smallest that matters.
        case small
        /// The examples are too few to tell.
        case tooFew = "too-few"
        /// Only for bias: it depends on the human-level error, which nobody told.
        case unknown
    }

    public var question: Question
    /// The names of the two levels.
    public var from: String
    public var to: String
    /// For bias with an unknown human level the size it has at least.
    public var size: Double
    /// Simultaneous with those of the other gaps: all hold together with 95 %.
    public var interval: Interval
    /// For bias with an unknown human level: the size it has at most.
    public var most: Double?
    /// The smallest gap that matters.
    public var smallest: Double
    public var verdict: Verdict
    /// Where the examples are too few: so many of the smaller set, with the other grown alike, would tell.
    public var examplesNeeded: Int?

    /// Examples below which a set tells nothing.
    static let fewest = Assessment.fewest

    /// - Parameter paired: the gap itself, where it was measured on the same examples.
    init(
        _ question: Question, from: (name: String, error: MeasuredError), to: (name: String, error: MeasuredError),
        confidence: Double, smallest: Double, paired: MeasuredError? = nil
    ) {
        self.question = question
        self.from = from.name
        self.to = to.name
        self.smallest = smallest
        let gap = paired?.value ?? to.error.value - from.error.value
        func interval(_ factor: Double) -> Interval {
            paired?.interval(confidence: confidence, examplesTimes: factor)
                ?? .difference(from: from.error, to: to.error, confidence: confidence, examplesTimes: factor)
        }
        let examples = [from.error.examples, to.error.examples, paired?.examples].compactMap { $0 }.min() ?? .max
        func verdict(_ interval: Interval, _ factor: Double = 1) -> Verdict {
            guard Double(examples) * factor >= Double(Self.fewest) else { return .tooFew }
            // A hair above what matters is rounding.
            if interval.low > smallest / 2, gap > smallest * (1 + 1e-9) { return .large }
            return interval.high > 3 * smallest ? .tooFew : .small
        }
        size = gap
        self.interval = interval(1)
        self.verdict = verdict(self.interval)
        guard self.verdict == .tooFew else { return }
        var factor = 1.0
        while factor < 1e6, verdict(interval(factor), factor) == .tooFew { factor *= 1.1 }
        examplesNeeded = factor < 1e6 ? (Double(examples) * factor).roundedUp : nil
    }
}

extension Double {
    /// Upwards to two significant digits.
    fileprivate var roundedUp: Int {
        let unit = pow(10, max(floor(log10(self)) - 1, 0))
        return Int((self / unit).rounded(.up) * unit)
    }
}
