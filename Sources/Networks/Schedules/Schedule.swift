internal import Foundation

/// How the learning rate goes on during training: `cosine(warmup=5)` in a configuration.
///
/// A schedule that raises the rate is refused unless `rising=true` asks for it (a warm-up, a restart and one-cycle ask
/// by their name): a rate that grows by a mistyped sign ruins a long training late.
public struct Schedule: Hashable, Sendable {
    public enum Curve: Hashable, Sendable {
        case constant
        /// base / (1 + decay·epoch)
        case inverse(decay: Double)
        /// base·factor^epoch
        case exponential(factor: Double)
        /// base·k / sqrt(epoch), epochs counted from 1 here
        case inverseSquareRoot(k: Double)
        /// base·factor^(epoch / every), whole steps
        case staircase(factor: Double, every: Int)
        /// Rates by hand: `rates[i]` from epoch `epochs[i]` on.
        case table(epochs: [Double], rates: [Double])
        /// Linear warm-up over some epochs, then base·(floor + (1 - floor)·(1 + cos(pi·t))/2), t from 0 to 1 in each of
        /// `cycles` cycles (warm restarts, Loshchilov and Hutter 2016); a cycle is `growth` times as long as the one
        /// before.
        case cosine(warmup: Double, cycles: Int, growth: Double, floor: Double)
        /// Up from base/start to base in the first `rise` of all steps, then down to base/(start·end), along cosines
        /// (Smith 2018, PyTorch's form).
        case oneCycle(rise: Double, start: Double, end: Double)
        /// Times `factor` when the watched cost has not fallen for `patience` epochs; never below base·floor.
        case plateau(factor: Double, patience: Int, threshold: Double, floor: Double)
    }

    public let curve: Curve
    public let allowsRising: Bool

    public static let constant = Schedule(checked: .constant, allowsRising: false)

    private init(checked curve: Curve, allowsRising: Bool) {
        self.curve = curve
        self.allowsRising = allowsRising
    }

    public init(_ curve: Curve, allowsRising: Bool = false) throws(ChoiceError) {
        self.init(checked: curve, allowsRising: allowsRising)
        guard !allowsRising, let (setting, value, expected) = Self.risingSetting(curve) else { return }
        throw .value(
            owner: "schedule '\(specification.name)'", setting: setting, value: value,
            expected: expected + ", or rising=true: the rate would grow")
    }

    /// The setting that makes the curve rise.
    private static func risingSetting(_ curve: Curve) -> (setting: String, value: String, expected: String)? {
        switch curve {
        case .inverse(let decay) where decay < 0: ("decay", "\(decay)", "at least 0")
        case .exponential(let factor) where factor > 1: ("factor", "\(factor)", "at most 1")
        case .staircase(let factor, _) where factor > 1: ("factor", "\(factor)", "at most 1")
        case .plateau(let factor, _, _, _) where factor > 1: ("factor", "\(factor)", "at most 1")
        case .table(_, let rates) where zip(rates, rates.dropFirst()).contains { $0 < $1 }:
            ("rates", "\(rates)", "falling rates")
        case .constant, .inverse, .exponential, .inverseSquareRoot, .staircase, .table, .cosine, .oneCycle, .plateau:
            nil
        }
    }

    /// Where training stands.
    public struct Progress: Hashable, Sendable {
        /// Whole epochs done.
        public var epoch: Int
        /// Steps done since the start.
        public var step: Int
        public var stepsPerEpoch: Int
        /// Epochs planned.
        public var epochs: Int

        public init(epoch: Int, step: Int, stepsPerEpoch: Int, epochs: Int) {
            self.epoch = epoch
            self.step = step
            self.stepsPerEpoch = max(stepsPerEpoch, 1)
            self.epochs = max(epochs, 1)
        }

        var position: Double { Double(step) / Double(stepsPerEpoch) }
        var totalSteps: Int { epochs * stepsPerEpoch }
    }

    /// The rate for the next step. Cosine and one-cycle change with the step, the others with the epoch. A plateau
    /// keeps state: use `LearningRate`, which holds it.
    public func rate(base: Double, at progress: Progress) -> Double {
        let epoch = Double(progress.epoch)
        switch curve {
        case .constant, .plateau: return base
        case .inverse(let decay): return base / (1 + decay * epoch)
        case .exponential(let factor): return base * pow(factor, epoch)
        case .inverseSquareRoot(let k): return base * k / (epoch + 1).squareRoot()
        case .staircase(let factor, let every): return base * pow(factor, Double(progress.epoch / max(every, 1)))
        case .table(let epochs, let rates):
            return epochs.lastIndex { $0 <= epoch }.map { rates[$0] } ?? base
        case .cosine(let warmup, let cycles, let growth, let floor):
            let warmupSteps = warmup * Double(progress.stepsPerEpoch)
            if Double(progress.step) < warmupSteps { return base * min(1, Double(progress.step + 1) / warmupSteps) }
            let span = max(Double(progress.epochs) - warmup, 1e-12)
            let t = Self.cyclePosition((progress.position - warmup) / span, cycles: cycles, growth: growth)
            return base * (floor + (1 - floor) * 0.5 * (1 + cos(.pi * t)))
        case .oneCycle(let rise, let start, let end):
            return base * Self.oneCycle(progress, rise: rise, start: start, end: end)
        }
    }

    /// Where in its cycle a point of [0, 1] lies.
    private static func cyclePosition(_ fraction: Double, cycles: Int, growth: Double) -> Double {
        guard fraction < 1 else { return 1 }
        if cycles <= 1 { return fraction }
        let lengths = (0..<max(cycles, 1)).map { pow(growth, Double($0)) }
        var rest = fraction * lengths.reduce(0, +)
        for length in lengths {
            if rest < length { return rest / length }
            rest -= length
        }
        return 1
    }

    private static func oneCycle(_ progress: Progress, rise: Double, start: Double, end: Double) -> Double {
        func between(_ from: Double, _ to: Double, _ t: Double) -> Double { to + (from - to) / 2 * (1 + cos(.pi * t)) }
        let top = rise * Double(progress.totalSteps) - 1
        let last = Double(progress.totalSteps) - 1
        let step = min(Double(progress.step), last)
        if step <= top { return top > 0 ? between(1 / start, 1, step / top) : 1 }
        return between(1, 1 / (start * end), last > top ? (step - top) / (last - top) : 1)
    }
}
