/// Times blocks of steps. The state is put back before each round so that nothing drifts into denormals.
struct Timer {
    typealias Round = (median: Double, least: Double, steps: Int)

    private var estimate: Double?

    private func block(_ steps: Int, _ step: () -> Void) -> Double {
        let start = ContinuousClock.now
        for _ in 0..<steps { step() }
        return elapsed(since: start) / Double(steps)
    }

    /// Median and least seconds a step over up to five blocks that take about `seconds` together.
    mutating func round(seconds: Double, _ step: () -> Void) -> Round {
        _ = block(2, step)
        var current = estimate ?? 0
        if estimate == nil {
            var steps = 3
            current = block(steps, step)
            while current * Double(steps) < 0.05 {
                steps = max(steps * 2, Int(0.06 / current))
                current = block(steps, step)
            }
        }
        let steps = max(1, Int(seconds / 5 / current))
        let blocks = max(2, min(5, Int(seconds / (current * Double(steps)))))
        let times = (0..<blocks).map { _ in block(steps, step) }.sorted()
        estimate = times[times.count / 2]
        return (times[times.count / 2], times[0], steps * blocks)
    }

    mutating func round(_ runner: any Runner, seconds: Double) -> Round {
        runner.reset()
        return round(seconds: seconds) { runner.advance() }
    }
}

func elapsed(since instant: ContinuousClock.Instant) -> Double { (ContinuousClock.now - instant) / .seconds(1) }
