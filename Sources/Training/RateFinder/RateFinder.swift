import Foundation
import ThalwegDataSets
import ThalwegEngine
import ThalwegFormats
import ThalwegNetworks

/// Finds learning rates that fit: takes a few hundred steps on a fresh network while the rate rises from far too low to far too
/// high, and sees where the cost falls fastest and where it stops falling (Smith 2017).
///
///     let search = try RateFinder(configuration, data: PreparedData(configuration)).run()
///     print(search.suggestion ?? "no rate lowers the cost")
public struct RateFinder {
    /// What one search told.
    public struct Search: Codable, Sendable {
        public struct Point: Codable, Sendable, Hashable {
            public var rate: Double
            /// Of the step's batch, before its update.
            public var cost: Double
            /// The mean over neighboring steps.
            public var smoothed: Double
        }

        /// In the order of the rates; ends where the cost has grown far beyond its least.
        public var points: [Point]
        /// Where the smoothed cost falls fastest with the logarithm of the rate; nil where it does not fall.
        public var steepest: Double?
        /// Where the smoothed cost is least: beyond, steps are too long.
        public var lowest: Double?
        /// Half way between the two, by their logarithms; nil where the cost does not fall.
        public var suggestion: Double?
    }

    /// Steps from the lowest to the highest rate.
    public var steps = 240
    /// The rates' ends; a ten-thousandth and ten thousand times the optimizer's usual one when nil.
    public var range: ClosedRange<Double>?

    private let configuration: TrainingConfiguration
    private let data: PreparedData

    /// - Parameter configuration: settings of the training that the rate is for; those left open are chosen for `data`.
    public init(_ configuration: TrainingConfiguration, data: PreparedData) {
        self.configuration = Defaults.resolve(configuration, for: data)
        self.data = data
    }

    /// Takes the steps, on a network of its own.
    ///
    /// - Parameter isInterrupted: asked before every step; true ends with what is there.
    /// - Throws: `ConfigurationError` for settings that do not fit together, `TrainingError.nonFinite` when the untrained
    ///   network's cost is no number.
    public func run(isInterrupted: () -> Bool = { false }) throws -> Search {
        let examples = data.train.count
        let network = try DenseNetwork(configuration, data: data)
        let objective = try Objective(configuration, data: data)
        let augmentation = try configuration.batchAugmentation(data.preprocessing)
        let step = try TrainingStep(network, configuration, objective: objective, examples: examples)
        let perEpoch = configuration.stepsPerEpoch(examples: examples)
        let size = configuration.batchCount(examples: examples)
        let order = BatchOrder(count: examples, seed: UInt64(configuration.seed), isShuffled: perEpoch > 1)
        var rows = order.order(epoch: 0)
        let usual = Defaults.learningRate(configuration)
        let range = range ?? (usual * 1e-4)...(usual * 1e4)
        var costs: [(rate: Double, cost: Double)] = []
        var average = ExponentiallyWeightedAverage(beta: 0.9)
        var least = Double.infinity
        for number in 0..<steps where !isInterrupted() {
            let (epoch, batch) = number.quotientAndRemainder(dividingBy: perEpoch)
            if batch == 0, epoch > 0 { rows = order.order(epoch: epoch) }
            let part = perEpoch > 1 ? Array(rows[(batch * size)..<min((batch + 1) * size, examples)]) : nil
            let rate = range.lowerBound * pow(range.upperBound / range.lowerBound, Double(number) / Double(steps - 1))
            let (x, y) = (data.train.x, data.train.learned)
            let result =
                if let batch = augmentation?(x: x, y: y, rows: part, epoch: epoch) {
                    step(batch.x, batch.y, rate: rate)
                } else {
                    step(x, y, rows: part, rate: rate)
                }
            let cost = result.cost
            guard cost.isFinite else {
                guard number > 0 else {
                    throw TrainingError.nonFinite(
                        step: 0, epoch: 1, batch: 1, value: "\(cost)",
                        cause: "the untrained network already gives it, whatever the rate")
                }
                break
            }
            costs.append((rate, cost))
            average.add(cost)
            least = min(least, average.value)
            // Far beyond its least it only grows.
            if average.value > 4 * least + 1e-12, number > steps / 8 { break }
        }
        return Search(costs)
    }
}

extension RateFinder.Search {
    /// Neighbors on each side that count fully or in part in the smoothed cost.
    private static let reach = 12
    private static let width = 4.0

    init(_ costs: [(rate: Double, cost: Double)]) {
        let smoothed = costs.indices.map { center in
            let near = max(0, center - Self.reach)...min(costs.count - 1, center + Self.reach)
            let weights = near.map { exp(-pow(Double($0 - center) / Self.width, 2) / 2) }
            return zip(near, weights).reduce(0) { $0 + costs[$1.0].cost * $1.1 } / weights.reduce(0, +)
        }
        points = zip(costs, smoothed).map { Point(rate: $0.rate, cost: $0.cost, smoothed: $1) }
        guard let first = smoothed.first, let least = smoothed.indices.min(by: { smoothed[$0] < smoothed[$1] }),
            least > 1, smoothed[least] < first
        else { return }
        lowest = points[least].rate
        let falls = (1...least).map { smoothed[$0 - 1] - smoothed[$0] }
        guard let place = falls.indices.max(by: { falls[$0] < falls[$1] }), falls[place] > 0 else { return }
        steepest = points[place + 1].rate
        suggestion = (points[place + 1].rate * points[least].rate).squareRoot()
    }

    /// Writes `rates.csv` and `rates.json` into a folder, which is made.
    ///
    /// - Throws: `DataError` when the folder cannot be written.
    public func write(to folder: RunFolder) throws {
        do {
            try FileManager.default.createDirectory(at: folder.url, withIntermediateDirectories: true)
        } catch {
            throw DataError(
                .permission, file: folder.path, "the folder cannot be made (permission, or a file has its name)")
        }
        try writeAtomically(folder.url.appendingPathComponent("rates.csv")) { writer in
            try writer.write("rate,cost,smoothed\n")
            for point in points { try writer.write("\(point.rate),\(point.cost),\(point.smoothed)\n") }
        }
        try folder.write(self, to: folder.url.appendingPathComponent("rates.json"))
    }
}
