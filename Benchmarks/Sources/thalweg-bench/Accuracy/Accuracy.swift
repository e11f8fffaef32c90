import Foundation
import Thalweg

/// Errors of the vectorized functions, in units in the last place of the right answer.
enum Accuracy {
    static func run() {
        print("float32: every 127th of the finite numbers.\n\n\(table(Float.self))\n")
        #if arch(x86_64)
            print(
                "float64: 8,000,000 numbers, a quarter of them from the whole range, the others from 2^-40 to 2^11.\n\n\(table(Double.self))"
            )
        #else
            print("float64: this processor has no wider numbers to compare with.")
        #endif
    }

    private struct Worst {
        var error = -1.0
        var index = 0
    }

    private static func table<T: SampledNumber>(_ type: T.Type) -> Table {
        let best = InstructionSet.current
        let sets = InstructionSet.allCases.filter { $0.force() }
        var table = Table([T.dataType.rawValue] + sets.map(\.rawValue) + ["at"])
        for function in MathFunction.all {
            var worst = [Worst](repeating: Worst(), count: sets.count)
            for begin in stride(from: 0, to: T.sampleCount, by: 1 << 20) {
                let places = begin..<min(begin + 1 << 20, T.sampleCount)
                let x = places.map { T.sample($0) }
                let y = places.map { T.secondSample($0) }
                let found = sets.map { set in
                    _ = set.force()
                    return function.kernel(Tensor(x), Tensor(y)).scalars(as: T.self)
                }
                for index in x.indices {
                    let exact = function.exact(x[index].wide, y[index].wide)
                    for set in sets.indices {
                        let error = found[set][index].error(from: exact)
                        if error > worst[set].error { worst[set] = Worst(error: error, index: begin + index) }
                    }
                }
            }
            let index = worst.max { $0.error < $1.error }!.index
            let place = "\(T.sample(index))" + (function.takesTwo ? ", \(T.secondSample(index))" : "")
            table.add(
                [function.name] + worst.map { String(format: "%.2f", $0.error) }
                    + [place])
        }
        _ = best.force()
        return table
    }
}

/// A type whose functions are measured.
protocol SampledNumber: TensorScalar, BinaryFloatingPoint {
    static var sampleCount: Int { get }
    /// The n-th argument.
    static func sample(_ place: Int) -> Self
    var wide: Wide { get }
    init(_ wide: Wide)
}

extension SampledNumber {
    /// A second argument of moderate size.
    static func secondSample(_ place: Int) -> Self {
        let fraction = (Double(place) * 0.6180339887498949).truncatingRemainder(dividingBy: 1)
        return Self(Foundation.exp2(fraction * 14 - 8) * (place % 2 == 0 ? 1 : -1))
    }

    /// |self - exact| in units in the last place of the exact number, rounded. An infinity counts as the number after the
    /// greatest one; a wrong NaN is infinitely wrong.
    func error(from exact: Wide) -> Double {
        if isNaN || exact.isNaN { return isNaN && exact.isNaN ? 0 : .infinity }
        let nearest = Self(exact)
        if isInfinite, self == nearest { return 0 }
        let unit = min(max(nearest.magnitude, .leastNormalMagnitude), .greatestFiniteMagnitude).ulp
        return Double(abs(bounded - (nearest.isInfinite ? nearest.bounded : exact)) / unit.wide)
    }

    private var bounded: Wide {
        if isFinite { return wide }
        let next = Self.greatestFiniteMagnitude.wide + Self.greatestFiniteMagnitude.ulp.wide
        return self < 0 ? -next : next
    }
}

extension Float: SampledNumber {
    private static let step = 127
    private static let finite = Int(Float.infinity.bitPattern) / step

    static var sampleCount: Int { 2 * finite }
    static func sample(_ place: Int) -> Float {
        let magnitude = Float(bitPattern: UInt32(place % finite * step))
        return place < finite ? magnitude : -magnitude
    }
    var wide: Wide { Wide(self) }
}

extension Double: SampledNumber {
    static var sampleCount: Int { 8_000_000 }

    /// A quarter over all finite numbers, the rest from 2^-40 to 2^11; at random, the same every time.
    static func sample(_ place: Int) -> Double {
        var bits = UInt64(place) &* 0x9E37_79B9_7F4A_7C15  // SplitMix64
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        bits ^= bits >> 31
        let (low, high) =
            place % 4 == 0 ? (0, Double.infinity.bitPattern) : (0x1p-40.bitPattern, 0x1p11.bitPattern)
        let magnitude = Double(bitPattern: low + (high - low).multipliedFullWidth(by: bits).high)
        return bits & 1 == 0 ? magnitude : -magnitude
    }
    var wide: Wide { Wide(self) }
}
