internal import Foundation
import ThalwegDataSets

/// What is odd about the values a regression is to predict: a mark among numbers, a few far values that decide every squared error, a long
/// tail.
struct TargetReview {
    struct Part {
        /// `training`, `dev`, `test`.
        var name: String
        var values: [Double]
        /// Where the value at a place stands: a file and a line.
        var position: (Int) -> String
    }

    /// The column.
    var target: String?
    var parts: [Part]
    var loss: RegressionLoss
    var transform: TargetTransform?

    /// A value that stands so often, as far from all others as it stands from none by chance, is a mark and no number.
    static let fewestMarks = 3
    /// How far, in distances between the quartiles of the others; `nines` is that of -999, 9999 and the like, and negative ones
    /// among values that are never negative need no distance.
    static let markDistance = (any: 5.0, nines: 1.0)

    /// What lies further from the median than so many times the distance between the quartiles (4 hold 99.99999 % of a normal
    /// distribution); of logarithms, whose tails are short, less is far.
    static let farthest = (value: 20.0, logarithm: 6.0)
    /// The part of the squared error from which on they decide it.
    static let dominance = 0.5
    /// The part of the examples that is few.
    static let few = 0.01

    /// How many times as far the largest twentieth lies from the median as the smallest does: 1 for a symmetric distribution, 3.6 for an
    /// exponential one, 5.2 for a log-normal one of deviation 1.
    static let longTail = 3.0
    static let fewestForTail = 100

    var findings: [Finding] {
        var values = parts.flatMap(\.values).sorted()
        var marks: [Double] = []
        while let mark = Self.mark(in: values) {
            marks.append(mark.value)
            values = mark.others
        }
        var findings = marks.isEmpty ? [] : [sentinels(marks, others: values)]
        guard values.count >= Assessment.fewest else { return findings }
        let advised = transform == nil ? Self.transform(for: values) : nil
        if let far = outliers(values, marks, scale: transform ?? advised) { findings.append(far) }
        if let advised { findings.append(longTail(values, advised, isMarked: marks.contains { advised($0) == nil })) }
        return findings
    }

    // MARK: Marks

    /// The least or the greatest value, where it is a mark; and what else there is.
    private static func mark(in sorted: [Double]) -> (value: Double, others: [Double])? {
        guard let least = sorted.first, let greatest = sorted.last, least < greatest else { return nil }
        for value in [least, greatest] {
            let others = sorted.filter { $0 != value }
            let count = sorted.count - others.count
            guard count >= fewestMarks, count < others.count, others.count >= Assessment.fewest else { continue }
            let spread = others.quantile(0.75) - others.quantile(0.25)
            let distance = value == least ? others[0] - value : value - others[others.count - 1]
            let needed = isOfNines(value) ? markDistance.nines : markDistance.any
            let isAloneBelowZero = isOfNines(value) && value < 0 && others[0] >= 0
            if isAloneBelowZero || spread > 0 && distance > needed * spread { return (value, others) }
        }
        return nil
    }

    /// -99, 999, 9999 and so on.
    private static func isOfNines(_ value: Double) -> Bool {
        let next = log10(abs(value) + 1)
        return next >= 2 && next == next.rounded()
    }

    private func sentinels(_ marks: [Double], others: [Double]) -> Finding {
        let total = grouped(parts.reduce(0) { $0 + $1.values.count })
        let sentences = marks.map { mark in
            let places = parts.map { part in part.values.indices.filter { part.values[$0] == mark } }
            let counts = zip(parts, places).filter { !$1.isEmpty }.map { "\(grouped($1.count)) \($0.name)" }
            let first =
                zip(parts, places).lazy.compactMap { part, places in places.first.map(part.position) }.first ?? ""
            return "\(numberText(mark)) stands in \(grouped(places.reduce(0) { $0 + $1.count })) of \(total) examples "
                + "(\(counts.joined(separator: ", ")); first at \(first))"
        }
        return Finding(
            .sentinelValues,
            "\(sentences.joined(separator: ", ")), far from all other values (\(numberText(others[0])) to "
                + "\(numberText(others[others.count - 1]))): it looks like a mark for a missing value, but is learned as a number",
            actions: [.init("take these rows out of the file, or put their values in")], place: target)
    }

    // MARK: Outliers

    private func outliers(_ values: [Double], _ marks: [Double], scale: TargetTransform?) -> Finding? {
        func scaled(_ value: Double) -> Double { scale.map { $0(value) ?? value } ?? value }
        let (low, middle, high) = (
            scaled(values.quantile(0.25)), scaled(values.quantile(0.5)), scaled(values.quantile(0.75))
        )
        let median = values.quantile(0.5)
        let limit = (scale == nil ? Self.farthest.value : Self.farthest.logarithm) * (high - low)
        guard limit > 0 else { return nil }
        func isFar(_ value: Double) -> Bool { abs(scaled(value) - middle) > limit }
        let count = values.count(where: isFar)
        guard count > 0, count <= max(1, Int(Self.few * Double(values.count))) else { return nil }
        func square(_ value: Double) -> Double { (value - median) * (value - median) }
        let sentences = parts.compactMap { part -> String? in
            let own = part.values.indices.filter { !marks.contains(part.values[$0]) }
            let far = own.filter { isFar(part.values[$0]) }
                .sorted { (square(part.values[$1]), $0) < (square(part.values[$0]), $1) }
            let share =
                far.reduce(0) { $0 + square(part.values[$1]) } / own.reduce(0) { $0 + square(part.values[$1]) }
            guard share > Self.dominance else { return nil }
            let rows = far.prefix(3).map { "\(part.position($0)): \(numberText(part.values[$0]))" }
            let more = far.count > 3 ? "; and \(grouped(far.count - 3)) more" : ""
            return "\(grouped(far.count)) of \(grouped(part.values.count)) \(part.name) examples "
                + "\(far.count == 1 ? "makes" : "make") \(percentText(share)) of the squared distance from the median "
                + "(\(rows.joined(separator: "; "))\(more))"
        }
        guard !sentences.isEmpty else { return nil }
        let isTraining = parts.first.map { part in part.values.contains { !marks.contains($0) && isFar($0) } } ?? false
        var actions = [Finding.Action("look at these rows: correct them, or take them out, if they are wrong")]
        if isTraining, loss == .squared {
            actions.append(
                .init(
                    "if they are right, minimize absolute errors, which a few large ones do not dominate",
                    settings: [.init("regression-loss", "absolute")]))
        }
        return Finding(
            .outliers,
            sentences.joined(separator: ", ")
                + (isTraining
                    ? ": what is learned, and the figures, follow them" : ": the figures of such a part follow them"),
            actions: actions, place: target)
    }

    // MARK: Long tails

    /// The logarithm that makes a long tail as long as the other side, nil where there is no long tail or the logarithm does not.
    private static func transform(for values: [Double]) -> TargetTransform? {
        guard values.count >= fewestForTail, let least = values.first, least >= 0 else { return nil }
        // One is a unit for counts only.
        guard least > 0 || values.allSatisfy({ $0 == $0.rounded() }) else { return nil }
        let transform: TargetTransform = least > 0 ? .log : .log1p
        func tail(_ scaled: (Double) -> Double) -> Double {
            let (low, middle, high) = (
                scaled(values.quantile(0.05)), scaled(values.quantile(0.5)), scaled(values.quantile(0.95))
            )
            return middle > low ? (high - middle) / (middle - low) : .nan
        }
        let after = tail { transform($0) ?? $0 }
        return tail { $0 } > longTail && after > 0.5 && after < 2 ? transform : nil
    }

    /// - Parameter isMarked: whether the logarithm is not defined for all values before marks are taken out.
    private func longTail(_ values: [Double], _ advised: TargetTransform, isMarked: Bool) -> Finding {
        let logarithm = advised == .log ? "logarithm" : "logarithm of 1 + y"
        var actions = [
            Finding.Action(
                (isMarked ? "once the marks are out, set target-transform to \(advised.rawValue) to " : "")
                    + "learn the \(logarithm): it lowers the usual (median, absolute) error, while the rmse, which the largest values "
                    + "decide, may rise", settings: isMarked ? [] : [.init("target-transform", advised.rawValue)])
        ]
        if loss == .squared {
            actions.append(
                .init("or minimize absolute errors", settings: [.init("regression-loss", "absolute")]))
        }
        return Finding(
            .skewedTarget,
            "the values to predict have a long tail: half are below \(numberText(values.quantile(0.5))), one in twenty is above "
                + "\(numberText(values.quantile(0.95))); of their logarithms both sides are about as long",
            actions: actions, place: target)
    }
}

extension [Double] {
    /// Of ascending numbers.
    fileprivate func quantile(_ share: Double) -> Double { self[Int(share * Double(count - 1))] }
}
