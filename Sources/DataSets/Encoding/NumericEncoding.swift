internal import Foundation

/// One numeric column's way to the network: `width` numbers, from statistics of the training rows.
struct NumericEncoding: Codable, Sendable, Hashable {
    /// Every value is divided by this first; all below are in units of the quotient.
    var scale: Double
    /// Set for heavily skewed columns: values become sign(x) log(1 + |x| / logarithmScale).
    var logarithmScale: Double?
    var center: Double
    var deviation: Double
    /// Stands in for a missing value: the median.
    var fill: Double
    /// Whether a number tells if the value was missing (it was, in training rows).
    var hasIndicator: Bool
    /// Ascending edges of the piecewise linear bins; empty for none.
    var edges: [Double]
    /// The least and the largest training value; models of earlier versions do not tell.
    var range: ClosedRange<Double>?

    var bins: Int { max(edges.count - 1, 0) }
    var width: Int { 1 + bins + (hasIndicator ? 1 : 0) }

    /// nil for a column without two different values in the training rows. `values` are raw; missing and infinite ones
    /// are left out of the statistics.
    init?(fitting values: [Double], options: PreprocessingOptions, bins: Int) {
        var present = values.map { $0 / options.scale }.filter(\.isFinite)
        guard let first = present.first, present.contains(where: { $0 != first }) else { return nil }
        present.sort()
        scale = options.scale
        let largest = max(abs(present[0]), abs(present[present.count - 1]))
        if options.normalize != .none, largest > 1e100 {
            // Squares and ranges of such numbers overflow: count them in units of the largest.
            scale *= largest
            for index in present.indices { present[index] /= largest }
        }
        fill = Self.quantile(present, 0.5)
        range = present[0]...present[present.count - 1]
        hasIndicator = present.count < values.count
        edges = []
        center = 0
        deviation = 1
        switch options.normalize {
        case .none: break
        case .minmax:
            center = present[0]
            deviation = present[present.count - 1] - present[0]
        case .standard:
            if options.numericColumns == .automatic {
                if bins > 0 { edges = Self.edges(present, bins: bins) }
                logarithmScale = Self.logarithmScale(present)
            }
            if let logarithmScale {
                for index in present.indices { present[index] = Self.signedLogarithm(present[index], logarithmScale) }
            }
            (center, deviation) = Self.moments(present)
        }
        if !(deviation > 0 && deviation.isFinite) { deviation = 1 }
        if !center.isFinite { center = 0 }
    }

    /// Mean and deviation, in two passes over values scaled to avoid overflow.
    static func moments(_ values: [Double]) -> (mean: Double, deviation: Double) {
        let count = Double(values.count)
        var sum = 0.0
        for value in values { sum += value / count }
        var squares = 0.0
        for value in values { squares += (value - sum) * (value - sum) / count }
        return (sum, squares.squareRoot())
    }

    /// Positive when the column is skewed by more than 1 (third standardized moment): the median of the absolute values
    /// that are not zero, so that the typical value sits where the logarithm bends.
    private static func logarithmScale(_ sorted: [Double]) -> Double? {
        let (mean, deviation) = moments(sorted)
        guard deviation > 0, deviation.isFinite else { return nil }
        let count = Double(sorted.count)
        var skew = 0.0
        for value in sorted {
            let standard = (value - mean) / deviation
            skew += standard * standard * standard / count
        }
        guard abs(skew) > 1 else { return nil }
        let sizes = sorted.filter { $0 != 0 }.map(abs).sorted()
        let median = quantile(sizes, 0.5)
        return median > 0 && median.isFinite ? median : nil
    }

    private static func signedLogarithm(_ value: Double, _ scale: Double) -> Double {
        let size = log1p(abs(value) / scale)
        return value < 0 ? -size : size
    }

    /// Different quantiles; none when there are fewer than three bins between them.
    private static func edges(_ sorted: [Double], bins: Int) -> [Double] {
        var edges: [Double] = []
        for step in 0...bins {
            let edge = quantile(sorted, Double(step) / Double(bins))
            // Too near to divide by: the same edge.
            if let last = edges.last, !(edge > last), edge - last < .leastNormalMagnitude { continue }
            edges.append(edge)
        }
        return edges.count > 3 ? edges : []
    }

    /// Linear between the order statistics.
    static func quantile(_ sorted: [Double], _ fraction: Double) -> Double {
        let place = fraction * Double(sorted.count - 1)
        let low = Int(place)
        let high = min(low + 1, sorted.count - 1)
        return sorted[low] + (sorted[high] - sorted[low]) * (place - Double(low))
    }

    /// What a value (already divided by `scale`) becomes first.
    @inline(__always)
    func centered(_ value: Double) -> Double {
        let bent = logarithmScale.map { Self.signedLogarithm(value, $0) } ?? value
        return (bent - center) / deviation
    }

    /// Writes `width` numbers.
    @inline(__always)
    func encode<Scalar: BinaryFloatingPoint>(_ raw: Double, into target: UnsafeMutablePointer<Scalar>) {
        var value = raw / scale
        let isMissing = !value.isFinite
        if isMissing { value = fill }
        target[0] = Scalar(finite: centered(value))
        let bins = bins
        edges.withUnsafeBufferPointer { edges in
            for bin in 0..<bins {
                // Beyond the outer edges the outer bins go on, for one more width.
                let through = (value - edges[bin]) / (edges[bin + 1] - edges[bin])
                let least = bin == 0 ? -1.0 : 0
                let most = bin == bins - 1 ? 2.0 : 1
                target[1 + bin] = Scalar(min(max(through, least), most) - 0.5)
            }
        }
        if hasIndicator { target[1 + bins] = isMissing ? 1 : 0 }
    }
}

extension BinaryFloatingPoint {
    /// The nearest finite number.
    @inline(__always)
    init(finite value: Double) {
        let largest = Double(Self.greatestFiniteMagnitude)
        self.init(Swift.min(Swift.max(value, -largest), largest))
    }
}
