/// What a gradient check found: how far the gradient is from central differences, by tensor.
///
/// The error is |approximate - gradient| / (|approximate| + |gradient|), Euclidean norms over the components checked.
public struct GradientReport: Sendable, CustomStringConvertible {
    public enum Verdict: String, Sendable, Codable, Comparable {
        /// Nothing was compared: every component is 0, too small to measure, or at a kink.
        case unmeasured
        /// Up to 1e-7.
        case great
        /// Between: probably right, worth a look (a kink near the point, a badly scaled cost).
        case look
        /// From 1e-3.
        case bug

        init(error: Double) {
            self = error <= 1e-7 ? .great : error < 1e-3 ? .look : .bug
        }

        private var rank: Int {
            switch self {
            case .unmeasured: 0
            case .great: 1
            case .look: 2
            case .bug: 3
            }
        }
        public static func < (a: Verdict, b: Verdict) -> Bool { a.rank < b.rank }
    }

    public struct Entry: Sendable {
        public let name: String
        public let error: Double
        /// The component that contributes most to the error.
        public let worst: (index: [Int], gradient: Double, approximate: Double)
        public let checked: Int
        public let count: Int
        /// Components left out because the function has a kink within the difference's reach.
        public let atKinks: Int
        /// Components among those checked that the function does not depend on: gradient and difference are 0.
        public let zero: Int
        /// Components among those checked whose gradient and difference are smaller than rounding: that they are small is all that
        /// was found.
        public let tooSmall: Int

        /// Components where a number was compared with a number.
        public var compared: Int { checked - zero - tooSmall }

        public var verdict: Verdict {
            let verdict = Verdict(error: error)
            return verdict == .great && compared == 0 ? .unmeasured : verdict
        }
    }

    public let value: Double
    public let error: Double
    public let entries: [Entry]

    /// The worst verdict of any tensor: a small tensor at fault must not drown in a large one.
    public var verdict: Verdict { entries.map(\.verdict).max() ?? .unmeasured }

    /// Components that were too small to compare.
    public var tooSmall: Int { entries.reduce(0) { $0 + $1.tooSmall } }

    /// The tensor furthest off, when the verdict is not great.
    public var culprit: Entry? {
        verdict <= .great ? nil : entries.max { $0.error < $1.error }
    }

    public var description: String {
        var lines = ["gradient check: \(verdict.rawValue), relative error \(short(error)) at value \(short(value))"]
        for entry in entries {
            let part = entry.checked == entry.count ? "all \(entry.count)" : "\(entry.checked) of \(entry.count)"
            let kinks = entry.atKinks > 0 ? ", \(entry.atKinks) at kinks left out" : ""
            let zero = entry.zero > 0 ? ", \(entry.zero) of them 0" : ""
            let small = entry.tooSmall > 0 ? ", \(entry.tooSmall) too small to compare" : ""
            lines.append(
                "  \(entry.name): \(short(entry.error)) (\(entry.verdict.rawValue); \(part) components\(zero)\(small)\(kinks))"
            )
        }
        if let culprit {
            lines.append(
                "look at \(culprit.name)\(culprit.worst.index): the gradient says \(short(culprit.worst.gradient)), "
                    + "differences say \(short(culprit.worst.approximate))")
        }
        return lines.joined(separator: "\n")
    }

    /// Four significant digits.
    private func short(_ x: Double) -> String {
        guard x != 0, x.isFinite else { return "\(x)" }
        var (mantissa, exponent) = (abs(x), 0)
        while mantissa >= 10 { (mantissa, exponent) = (mantissa / 10, exponent + 1) }
        while mantissa < 1 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
        mantissa = (mantissa * 1000).rounded() / 1000
        let sign = x < 0 ? "-" : ""
        if (-3...3).contains(exponent) {
            let scale = (0..<abs(exponent)).reduce(1.0) { result, _ in result * 10 }
            let plain = exponent < 0 ? mantissa / scale : mantissa * scale
            return sign + "\((plain * 1e6).rounded() / 1e6)"
        }
        return "\(sign)\(mantissa)e\(exponent)"
    }
}
