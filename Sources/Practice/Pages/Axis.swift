import Foundation
import ThalwegDataSets

/// One direction of a chart.
public struct Axis: Sendable, Hashable {
    public enum Scale: String, Sendable, Hashable {
        case linear
        /// Base 10; values that are not above 0 have no place.
        case logarithmic
    }

    public var label: String
    public var scale: Scale
    /// What the axis shows at least; the data's extremes when nil.
    public var range: ClosedRange<Double>?

    public init(_ label: String, scale: Scale = .linear, range: ClosedRange<Double>? = nil) {
        self.label = label
        self.scale = scale
        self.range = range
    }

    /// Whether the value has a place on the axis.
    func shows(_ value: Double) -> Bool { value.isFinite && (scale == .linear || value > 0) }

    /// Linear in the drawing.
    func transformed(_ value: Double) -> Double { scale == .linear ? value : log10(value) }
}

/// An axis that knows its ends and its place in the drawing.
struct PlacedAxis {
    let axis: Axis
    /// Ends, transformed.
    let low: Double
    let high: Double
    /// Where they are drawn.
    let start: Double
    let end: Double

    /// - Parameter values: what the axis must show; those it cannot are passed over.
    init(_ axis: Axis, values: some Sequence<Double>, from start: Double, to end: Double, rounds: Bool = false) {
        self.axis = axis
        self.start = start
        self.end = end
        var (low, high) = (Double.infinity, -Double.infinity)
        for value in values where axis.shows(value) { (low, high) = (min(low, value), max(high, value)) }
        if let range = axis.range {
            for value in [range.lowerBound, range.upperBound] where axis.shows(value) {
                (low, high) = (min(low, value), max(high, value))
            }
        }
        if low > high { (low, high) = axis.scale == .linear ? (0, 1) : (0.1, 1) }
        (low, high) = (axis.transformed(low), axis.transformed(high))
        if low == high {
            let half = axis.scale == .linear ? max(abs(low) * 0.05, 1e-9) : 0.5
            (low, high) = (low - half, high + half)
        }
        if rounds, axis.scale == .linear {
            let step = Self.step(low, high, count: 5)
            (low, high) = ((low / step).rounded(.down) * step, (high / step).rounded(.up) * step)
        }
        self.low = low
        self.high = high
    }

    func position(_ value: Double) -> Double {
        let share = (axis.transformed(value) - low) / (high - low)
        return start + share * (end - start)
    }

    /// Values worth a line, with their text.
    func ticks(_ count: Int = 5) -> [(value: Double, text: String)] {
        guard axis.scale == .logarithmic else {
            let step = Self.step(low, high, count: count)
            let digits = max(0, -Int(floor(log10(step) + 1e-9)))
            let first = (low / step - 1e-6).rounded(.up)
            let last = (high / step + 1e-6).rounded(.down)
            guard first <= last, last - first < 100 else { return [] }
            return stride(from: first, through: last, by: 1).map { ($0 * step, Self.text($0 * step, digits: digits)) }
        }
        let decades = Int(low.rounded(.up))...max(Int(low.rounded(.up)), Int(high.rounded(.down)))
        if high - low >= 2 {
            let every = max(1, (decades.count + count) / (count + 1))
            return stride(from: decades.lowerBound, through: decades.upperBound, by: every).map {
                (pow(10, Double($0)), "1e\($0)")
            }
        }
        var ticks: [(Double, String)] = []
        for decade in Int(low.rounded(.down))...Int(high.rounded(.up)) {
            for digit in high - low < 0.7 ? [1.0, 1.5, 2, 3, 4, 5, 6, 8] : [1.0, 2, 5] {
                let value = digit * pow(10, Double(decade))
                if (low - 1e-9...high + 1e-9).contains(log10(value)) {
                    ticks.append((value, String(format: "%.3g", value)))
                }
            }
        }
        return ticks
    }

    /// 1, 2 or 5 times a power of ten.
    private static func step(_ low: Double, _ high: Double, count: Int) -> Double {
        let rough = (high - low) / Double(max(count, 1))
        let power = pow(10, floor(log10(rough)))
        let digit = rough / power
        return (digit <= 1 ? 1 : digit <= 2 ? 2 : digit <= 5 ? 5 : 10) * power
    }

    private static func text(_ value: Double, digits: Int) -> String {
        if abs(value) < 1e-12 { return "0" }
        if digits > 5 || abs(value) >= 1e7 { return String(format: "%.3g", value) }
        return digits == 0 ? grouped(Int(value.rounded())) : String(format: "%.\(digits)f", value)
    }
}
