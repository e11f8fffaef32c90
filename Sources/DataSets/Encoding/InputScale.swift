public import ThalwegEngine

/// How large the numbers of an input column are, as the network gets them.
public struct InputScale: Codable, Sendable, Hashable {
    /// The column; `inputs` for arrays whose numbers share one unit.
    public var name: String
    /// The root of the mean square.
    public var size: Double
    public var deviation: Double
}

extension Preprocessing {
    /// Of every numeric column, from encoded examples.
    ///
    /// - Parameter x: what `inputs(_:rows:dataType:)` made; the first 2,000 rows are looked at.
    public func inputScales(_ x: Tensor) -> [InputScale] {
        let count = min(x.shape[0], 2000)
        guard count > 0 else { return [] }
        let numbers = x[0..<count].doubles()
        let width = inputWidth
        func scale(_ name: String, _ values: [Double]) -> InputScale {
            let (mean, deviation) = NumericEncoding.moments(values)
            return InputScale(
                name: name, size: (mean * mean + deviation * deviation).squareRoot(), deviation: deviation)
        }
        switch input {
        case .array: return [scale("inputs", numbers)]
        case .columns(let features), .features(let features):
            var offset = 0
            var scales: [InputScale] = []
            for feature in features where !feature.isEmbedded {
                if case .numeric = feature.encoding {
                    scales.append(
                        scale(feature.name, stride(from: offset, to: numbers.count, by: width).map { numbers[$0] }))
                }
                offset += feature.width
            }
            return scales
        }
    }
}
