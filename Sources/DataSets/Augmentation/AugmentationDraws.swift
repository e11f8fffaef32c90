internal import Foundation

/// Random numbers that belong to one operation on one example in one epoch, whatever is drawn elsewhere (SplitMix64).
struct AugmentationDraws: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64, epoch: Int, example: Int, operation: Int) {
        state = seed
        for number in [epoch, example, operation] {
            state = Self.mixed(
                state &+ UInt64(bitPattern: Int64(number)) &* 0x9E37_79B9_7F4A_7C15 &+ 0x6175_676D_656E_7421)
        }
    }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        return Self.mixed(state)
    }

    private static func mixed(_ value: UInt64) -> UInt64 {
        var z = value
        z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
        z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
        return z ^ z >> 31
    }

    /// Uniform in [0, 1).
    mutating func uniform() -> Double { Double(next() >> 11) * 0x1p-53 }

    /// Uniform from -limit to limit.
    mutating func within(_ limit: Double) -> Double { (2 * uniform() - 1) * limit }

    /// Of mean 0 and deviation 1 (Box and Muller).
    mutating func normal() -> Double {
        let radius = (-2 * log(1 - uniform())).squareRoot()
        return radius * cos(2 * .pi * uniform())
    }

    /// From 0 to `count` - 1.
    mutating func index(_ count: Int) -> Int { Int(next().multipliedFullWidth(by: UInt64(max(count, 1))).high) }

    /// From Beta(alpha, alpha), as the share of one of two gamma variables.
    mutating func beta(_ alpha: Double) -> Double {
        let (a, b) = (gamma(alpha), gamma(alpha))
        return a + b > 0 ? a / (a + b) : uniform() < 0.5 ? 0 : 1
    }

    /// Marsaglia and Tsang 2000; shapes below 1 by a power of a uniform number.
    private mutating func gamma(_ shape: Double) -> Double {
        guard shape >= 1 else { return gamma(shape + 1) * pow(uniform(), 1 / shape) }
        let d = shape - 1.0 / 3
        let c = 1 / (9 * d).squareRoot()
        while true {
            let x = normal()
            let v = pow(1 + c * x, 3)
            if v > 0, log(1 - uniform()) < x * x / 2 + d - d * v + d * log(v) { return d * v }
        }
    }
}
