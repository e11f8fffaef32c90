import Foundation

/// The standard normal distribution.
enum Normal {
    static func cumulative(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }

    /// The value below which the share `p` lies, to about 1e-15: a rational first guess (Abramowitz and Stegun 26.2.23), then
    /// Newton's method on the distribution function.
    static func quantile(_ p: Double) -> Double {
        guard p > 0 else { return -.infinity }
        guard p < 1 else { return .infinity }
        guard p <= 0.5 else { return -quantile(1 - p) }
        let t = (-2 * log(p)).squareRoot()
        var x =
            -(t - (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))))
        for _ in 0..<4 {
            let density = exp(-x * x / 2) / (2 * Double.pi).squareRoot()
            guard density > 0 else { break }
            x -= (cumulative(x) - p) / density
        }
        return x
    }
}

extension [Double] {
    /// The quantile of ascending numbers, interpolated between neighbors.
    func quantile(_ share: Double) -> Double {
        let place = Swift.min(Swift.max(share, 0), 1) * Double(count - 1)
        let below = Int(place)
        let above = Swift.min(below + 1, count - 1)
        return self[below] + (self[above] - self[below]) * (place - Double(below))
    }
}
