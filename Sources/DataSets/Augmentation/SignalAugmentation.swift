internal import Foundation
public import ThalwegEngine
public import ThalwegNetworks

/// One way to change a signal (a recording) without changing what is heard: `noise(deviation=0.02)`.
public enum SignalOperation: Hashable, Sendable {
    /// Every sample plus normal noise of this deviation, a share of the signal's quadratic mean.
    case noise(deviation: Double)
    /// Earlier or later by up to this share of its length; silence comes in.
    case shift(share: Double)
    /// Slower or quicker by up to this share, the pitch with it; cut or filled with silence at the end.
    case stretch(share: Double)
    /// Louder or softer by up to so many decibels.
    case gain(decibels: Double)
}

extension SignalOperation: Choice {
    public static let kind = "augmentation of signals"
    public static let names = ["noise", "shift", "stretch", "gain"]

    public init(name: String, settings: inout SettingReader) throws(ChoiceError) {
        switch name {
        case "noise": self = .noise(deviation: try settings.number("deviation", default: 0.05, in: 0...100))
        case "shift": self = .shift(share: try settings.number("share", default: 0.1, in: 0...1))
        case "stretch": self = .stretch(share: try settings.number("share", default: 0.1, in: 0...0.9))
        default: self = .gain(decibels: try settings.number("decibels", default: 6, in: 0...100))
        }
    }

    public var specification: Specification {
        switch self {
        case .noise(let deviation): Specification("noise", ["deviation": deviation])
        case .shift(let share): Specification("shift", ["share": share])
        case .stretch(let share): Specification("stretch", ["share": share])
        case .gain(let decibels): Specification("gain", ["decibels": decibels])
        }
    }
}

/// Random changes to signals, a new one in every epoch; a function of seed, epoch and the example's number, as
/// `ImageAugmentation`.
public struct SignalAugmentation: Hashable, Sendable {
    public var operations: [SignalOperation]

    public init(_ operations: [SignalOperation]) { self.operations = operations }

    /// Changed signals of the same shape, in the order of the operations.
    ///
    /// - Parameters:
    ///   - signals: `[n, samples]` or `[n, samples, channels]`.
    ///   - examples: the number of each signal; 0 to n - 1 when nil.
    /// - Returns: float32.
    public func callAsFunction(_ signals: Tensor, seed: UInt64, epoch: Int = 0, examples: [Int]? = nil) -> Tensor {
        let shape = signals.shape
        precondition(
            shape.rank == 2 || shape.rank == 3, "signals have shape [n, samples] or one more axis, not \(shape)")
        let (samples, channels) = (shape[1], shape.rank == 3 ? shape[2] : 1)
        var values = signals.cast(to: .float32).scalars(as: Float.self)
        for place in 0..<shape[0] {
            let range = (place * samples * channels)..<((place + 1) * samples * channels)
            var own = Array(values[range])
            for (index, operation) in operations.enumerated() {
                var draws = AugmentationDraws(
                    seed: seed, epoch: epoch, example: examples?[place] ?? place, operation: index)
                own = Self.changed(own, operation, samples: samples, channels: channels, &draws)
            }
            values.replaceSubrange(range, with: own)
        }
        return Tensor(values, shape: shape)
    }

    private static func changed(
        _ signal: [Float], _ operation: SignalOperation, samples: Int, channels: Int, _ draws: inout AugmentationDraws
    ) -> [Float] {
        switch operation {
        case .noise(let deviation):
            let power = signal.reduce(0.0) { $0 + Double($1) * Double($1) } / Double(max(signal.count, 1))
            let scale = deviation * power.squareRoot()
            return signal.map { $0 + Float(draws.normal() * scale) }
        case .shift(let share):
            let offset = Int((draws.within(share) * Double(samples)).rounded())
            return resampled(signal, samples, channels) { $0 - Double(offset) }
        case .stretch(let share):
            let speed = 1 / (1 + draws.within(share))
            return resampled(signal, samples, channels) { $0 * speed }
        case .gain(let decibels):
            let factor = Float(pow(10, draws.within(decibels) / 20))
            return signal.map { $0 * factor }
        }
    }

    /// The sample at each time comes from another time, linear between samples, silent outside.
    private static func resampled(
        _ signal: [Float], _ samples: Int, _ channels: Int, from time: (Double) -> Double
    ) -> [Float] {
        var result = [Float](repeating: 0, count: signal.count)
        for place in 0..<samples {
            let source = time(Double(place))
            let before = source.rounded(.down)
            let share = Float(source - before)
            for channel in 0..<channels {
                func sample(_ index: Int) -> Float {
                    index >= 0 && index < samples ? signal[index * channels + channel] : 0
                }
                guard before > -2, before < Double(samples) else { continue }
                let first = Int(before)
                result[place * channels + channel] =
                    sample(first) * (1 - share) + (share > 0 ? sample(first + 1) * share : 0)
            }
        }
        return result
    }
}
