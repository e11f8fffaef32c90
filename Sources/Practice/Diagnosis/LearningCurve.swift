import Foundation
internal import ThalwegDataSets
internal import ThalwegEngine
public import ThalwegTraining

/// Errors against the number of training examples, and what they come to with more.
public struct LearningCurve: Codable, Sendable, Hashable {
    public struct Point: Codable, Sendable, Hashable {
        public var examples: Int
        public var train: Double
        public var dev: Double
        /// 95 % of the dev error.
        public var interval: Interval

        public init(examples: Int, train: Double, dev: Double, interval: Interval) {
            self.examples = examples
            self.train = train
            self.dev = dev
            self.interval = interval
        }
    }

    /// An error that is expected.
    public struct Prediction: Codable, Sendable, Hashable {
        public var examples: Int
        public var error: Double
        /// 95 %: of the fit alone. No fit knows whether the law goes on.
        public var interval: Interval
    }

    public var points: [Point]
    /// error = floor + scale * examples^(-power).
    public var floor: Double
    public var scale: Double
    public var power: Double
    /// The dev error with twice the examples.
    public var twice: Prediction?

    /// Fits a power law with a floor to at least three points.
    ///
    /// - Parameters:
    ///   - points: in any order.
    ///   - seed: of the parametric bootstrap that gives the interval.
    public init?(_ points: [Point], seed: UInt64 = 0) {
        let sorted = points.sorted { $0.examples < $1.examples }
        guard sorted.count >= 3, let last = sorted.last else { return nil }
        self.points = sorted
        let x = sorted.map { Double($0.examples) }
        let deviations = sorted.map { max(($0.interval.high - $0.interval.low) / 3.92, 1e-9 * max(abs($0.dev), 1)) }
        let fit = PowerLaw(x, sorted.map(\.dev), deviations)
        (floor, scale, power) = (fit.floor, fit.scale, fit.power)
        let more = Double(last.examples * 2)
        var random = RandomSource(key: RandomKey(seed: seed))
        let drawn = (0..<200).map { _ -> Double in
            let errors = zip(sorted, deviations).map { point, deviation in
                max(point.dev + deviation * Normal.quantile(Double.random(in: 1e-9..<1, using: &random)), 0)
            }
            return PowerLaw(x, errors, deviations)(more)
        }.sorted()
        let error = fit(more)
        twice = Prediction(
            examples: last.examples * 2, error: error,
            interval: Interval(low: min(drawn.quantile(0.025), error), high: max(drawn.quantile(0.975), error)))
    }

    /// The dev error with so many training examples, by the fit.
    public func error(examples: Int) -> Double { floor + scale * pow(Double(examples), -power) }

    /// Trains as the run did on an eighth, a quarter and a half of its training examples, and on all.
    ///
    /// - Parameters:
    ///   - configuration: of the run, filled in.
    ///   - shares: of the training examples.
    ///   - tell: is told before each training how many examples it gets.
    /// - Throws: as `Trainer.run()`.
    public static func measured(
        _ configuration: TrainingConfiguration, data: PreparedData, shares: [Double] = [0.125, 0.25, 0.5, 1],
        isInterrupted: @escaping () -> Bool = { false }, tell: (Int) -> Void = { _ in }
    ) throws -> LearningCurve? {
        guard let dev = data.dev else { return nil }
        var random = RandomSource(key: RandomKey(seed: UInt64(configuration.seed)).split(0x6C63))
        let order = Array((0..<data.train.count).shuffled(using: &random))
        var points: [Point] = []
        var configuration = configuration
        configuration.batchOrder = nil
        for share in shares {
            let count = Int((share * Double(order.count)).rounded())
            guard count >= 8, count != points.last?.examples else { continue }
            tell(count)
            // Each part holds the smaller ones: their differences are less left to chance.
            var part = data
            part.train = data.train.selecting(order.prefix(count).sorted())
            part.test = nil
            part.crossValidationFolds = nil
            let model = try QuickRun.train(configuration, data: part, isInterrupted: isInterrupted)
            let errors = ModelErrors(model)
            let devError = errors(dev)
            points.append(
                Point(
                    examples: count, train: errors(part.train).value, dev: devError.value, interval: devError.interval()
                ))
        }
        return LearningCurve(points, seed: UInt64(configuration.seed))
    }
}

/// error = floor + scale * n^(-power), by weighted least squares: linear for a given power, which is searched.
private struct PowerLaw {
    private(set) var floor = 0.0
    private(set) var scale = 0.0
    private(set) var power = 0.0

    init(_ n: [Double], _ errors: [Double], _ deviations: [Double]) {
        let weights = deviations.map { 1 / ($0 * $0) }
        let total = weights.reduce(0, +)
        func mean(_ values: [Double]) -> Double { zip(values, weights).reduce(0) { $0 + $1.0 * $1.1 } / total }
        var least = Double.infinity
        for step in 1...30 {
            let power = 0.05 * Double(step)
            let x = n.map { pow($0, -power) }
            let (mx, my) = (mean(x), mean(errors))
            let spread = mean(x.map { ($0 - mx) * ($0 - mx) })
            guard spread > 0 else { continue }
            // More examples never hurt, and no error is negative.
            var scale = max(mean(zip(x, errors).map { ($0 - mx) * ($1 - my) }) / spread, 0)
            var floor = my - scale * mx
            if floor < 0 {
                floor = 0
                scale = mean(zip(x, errors).map { $0 * $1 }) / mean(x.map { $0 * $0 })
            }
            let misfit = mean(
                zip(x, errors).map { x, error in
                    let residual = error - floor - scale * x
                    return residual * residual
                })
            if misfit < least {
                least = misfit
                (self.floor, self.scale, self.power) = (floor, scale, power)
            }
        }
    }

    func callAsFunction(_ n: Double) -> Double { floor + scale * pow(n, -power) }
}
