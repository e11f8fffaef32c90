/// A base rate, its schedule, and what a plateau schedule has seen so far: saved with a checkpoint.
///
///     var rate = LearningRate(base: 0.001, schedule: try Schedule(parsing: "plateau(patience=3)"))
///     let next = rate(at: progress)
///     rate.observe(devCost)               // after each epoch
public struct LearningRate: Codable, Hashable, Sendable {
    /// May be changed in the middle of a training: the schedule goes on from it.
    public var base: Double
    public let schedule: Schedule
    private var best: Double?
    private var epochsWithoutProgress = 0
    private var reductions = 0

    public init(base: Double, schedule: Schedule = .constant) {
        self.base = base
        self.schedule = schedule
    }

    public func callAsFunction(at progress: Schedule.Progress) -> Double {
        guard case .plateau(let factor, _, _, let floor) = schedule.curve else {
            return schedule.rate(base: base, at: progress)
        }
        return max(base * (0..<reductions).reduce(1) { product, _ in product * factor }, base * floor)
    }

    /// Tells an epoch's cost. Only a plateau schedule listens: progress is a cost below the best by the threshold's
    /// share.
    public mutating func observe(_ cost: Double) {
        guard case .plateau(_, let patience, let threshold, _) = schedule.curve else { return }
        guard let best, cost >= best - threshold * abs(best) || cost.isNaN else {
            self.best = cost.isNaN ? nil : cost
            epochsWithoutProgress = 0
            return
        }
        epochsWithoutProgress += 1
        if epochsWithoutProgress > patience {
            reductions += 1
            epochsWithoutProgress = 0
        }
    }
}
