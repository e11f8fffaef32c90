import Foundation

/// The values a parameter can take and the scale on which they lie evenly: coordinates in the unit interval become
/// values.
///
/// A search draws and narrows coordinates, never values, so that a rate between 0.0001 and 0.1 is as often below as
/// above 0.003.
public enum SearchScale: Sendable, Hashable {
    /// Evenly between two numbers.
    case uniform(Double, Double)
    /// Evenly in the exponent: rates and penalties.
    case log(Double, Double)
    /// 1 - 10^r with r evenly between its ends: momentum and other averages. The numbers are the values' ends, below 1.
    case complement(Double, Double)
    /// Whole numbers, both ends included.
    case integer(Int, Int)
    /// Whole numbers, evenly in the exponent.
    case logInteger(Int, Int)
    case choice([SearchValue])
    /// Units of the hidden layers.
    case layers(LayerScale)

    /// Hidden layers by depth, width and shape.
    public struct LayerScale: Sendable, Hashable {
        public enum Shape: String, Sendable, Hashable, CaseIterable {
            /// All layers equally wide.
            case constant
            /// Each half as wide as the one before.
            case pyramid
        }

        /// Hidden layers, both ends included; 0 is none.
        public var depth: ClosedRange<Int>
        /// Units of the first layer, evenly in the exponent.
        public var width: ClosedRange<Int>
        public var shapes: [Shape]

        public init(depth: ClosedRange<Int>, width: ClosedRange<Int>, shapes: [Shape] = Shape.allCases) {
            self.depth = depth
            self.width = width
            self.shapes = shapes
        }
    }

    /// What the coordinates are called after the parameter's name; one nameless coordinate for all but layers.
    public var axes: [String] {
        if case .layers = self { ["depth", "width", "shape"] } else { [""] }
    }

    /// The value at a point of the unit cube. Equal parts of the cube are equally many choices; numbers are rounded to
    /// four digits.
    public func value(at point: [Double]) -> SearchValue {
        let u = min(max(point[0], 0), 1)
        switch self {
        case .uniform(let low, let high): return .number(Self.short(low + u * (high - low), low, high))
        case .log(let low, let high):
            return .number(Self.short(low * Foundation.pow(high / low, u), low, high))
        case .complement(let low, let high):
            let rest = (1 - low) * Foundation.pow((1 - high) / (1 - low), u)
            // The distance from 1 is what is rounded.
            return .number(min(max(Self.significant(1 - Self.significant(rest, 3), 12), low), high))
        case .integer(let low, let high): return .integer(Self.whole(u, low, high))
        case .logInteger(let low, let high): return .integer(Self.logWhole(u, low, high))
        case .choice(let values): return values[Self.place(u, values.count)]
        case .layers(let scale):
            let depth = Self.whole(u, scale.depth.lowerBound, scale.depth.upperBound)
            let width = Self.logWhole(point[1], scale.width.lowerBound, scale.width.upperBound)
            let shape = scale.shapes[Self.place(point[2], scale.shapes.count)]
            return .integers((0..<depth).map { shape == .constant ? width : max(width >> $0, 1) })
        }
    }

    /// The point that gives `value`, the middle of its part where several do; nil for a value off the scale.
    public func point(of value: SearchValue) -> [Double]? {
        switch self {
        case .uniform(let low, let high):
            guard let x = value.number, x >= low, x <= high else { return nil }
            return [high > low ? (x - low) / (high - low) : 0.5]
        case .log(let low, let high):
            guard let x = value.number, x >= low, x <= high else { return nil }
            return [high > low ? Foundation.log(x / low) / Foundation.log(high / low) : 0.5]
        case .complement(let low, let high):
            guard let x = value.number, x >= low, x <= high else { return nil }
            return [high > low ? Foundation.log((1 - x) / (1 - low)) / Foundation.log((1 - high) / (1 - low)) : 0.5]
        case .integer(let low, let high):
            guard case .integer(let x) = value, x >= low, x <= high else { return nil }
            return [(Double(x - low) + 0.5) / Double(high - low + 1)]
        case .logInteger(let low, let high):
            guard case .integer(let x) = value, x >= low, x <= high else { return nil }
            return [Self.logPoint(x, low, high)]
        case .choice(let values):
            guard let place = values.firstIndex(of: value) else { return nil }
            return [(Double(place) + 0.5) / Double(values.count)]
        case .layers(let scale):
            guard case .integers(let units) = value, scale.depth.contains(units.count) else { return nil }
            let depth = scale.depth
            let first = units.first ?? scale.width.lowerBound
            let shape = scale.shapes.firstIndex { shape in
                units.enumerated().allSatisfy { $1 == (shape == .constant ? first : max(first >> $0, 1)) }
            }
            guard let shape, scale.width.contains(first) else { return nil }
            return [
                (Double(units.count - depth.lowerBound) + 0.5) / Double(depth.count),
                units.isEmpty ? 0.5 : Self.logPoint(first, scale.width.lowerBound, scale.width.upperBound),
                (Double(shape) + 0.5) / Double(scale.shapes.count),
            ]
        }
    }

    /// Whether a coordinate stands for names, between which there is nothing.
    public func isCategorical(axis: Int) -> Bool {
        switch self {
        case .choice: true
        case .layers: axis == 2
        case .uniform, .log, .complement, .integer, .logInteger: false
        }
    }

    /// `count` points that cover the scale evenly, from end to end; all of them where there are no more.
    public func grid(_ count: Int) -> [SearchValue] {
        let points: [[Double]]
        switch self {
        case .choice(let values): return values
        case .integer(let low, let high) where high - low < count: return (low...high).map { .integer($0) }
        case .uniform, .log, .complement, .integer, .logInteger: points = Self.even(count).map { [$0] }
        case .layers(let scale):
            points = scale.depth.flatMap { depth in
                let u = (Double(depth - scale.depth.lowerBound) + 0.5) / Double(scale.depth.count)
                return Self.even(count).flatMap { width in
                    scale.shapes.indices.map { [u, width, (Double($0) + 0.5) / Double(scale.shapes.count)] }
                }
            }
        }
        var seen = Set<SearchValue>()
        return points.map(value(at:)).filter { seen.insert($0).inserted }
    }

    private static func even(_ count: Int) -> [Double] {
        count < 2 ? [0.5] : (0..<count).map { Double($0) / Double(count - 1) }
    }

    private static func place(_ u: Double, _ count: Int) -> Int { min(max(Int(u * Double(count)), 0), count - 1) }

    private static func whole(_ u: Double, _ low: Int, _ high: Int) -> Int { low + place(u, high - low + 1) }

    /// Every whole number gets the part of the exponent's range that is nearest to it.
    private static func logWhole(_ u: Double, _ low: Int, _ high: Int) -> Int {
        let (from, to) = (Foundation.log(Double(low) - 0.5), Foundation.log(Double(high) + 0.5))
        return min(max(Int(Foundation.exp(from + min(max(u, 0), 1) * (to - from)).rounded()), low), high)
    }

    private static func logPoint(_ x: Int, _ low: Int, _ high: Int) -> Double {
        let (from, to) = (Foundation.log(Double(low) - 0.5), Foundation.log(Double(high) + 0.5))
        return (Foundation.log(Double(x)) - from) / (to - from)
    }

    /// Four significant digits, within the ends.
    private static func short(_ value: Double, _ low: Double, _ high: Double) -> Double {
        min(max(significant(value, 4), low), high)
    }

    private static func significant(_ value: Double, _ digits: Int) -> Double {
        Double(String(format: "%.\(digits)g", value)) ?? value
    }
}
