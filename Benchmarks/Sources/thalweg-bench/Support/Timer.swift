/// Times blocks of steps. The state is put back before each round so that nothing drifts into denormals.
struct Timer {
    typealias Round = (median: Double, least: Double, steps: Int)

    private var estimate: Double?

    private func block(_ steps: Int, _ run: (Int) -> Void) -> Double {
        let start = ContinuousClock.now
        run(steps)
        return elapsed(since: start) / Double(steps)
    }

    /// Median and least seconds a step over up to five blocks that take about `seconds` together.
    ///
    /// - Parameter run: runs so many steps.
    mutating func round(seconds: Double, running run: (Int) -> Void) -> Round {
        _ = block(2, run)
        var current = estimate ?? 0
        if estimate == nil {
            var steps = 3
            current = block(steps, run)
            while current * Double(steps) < 0.05 {
                steps = max(steps * 2, Int(0.06 / current))
                current = block(steps, run)
            }
        }
        let steps = max(1, Int(seconds / 5 / current))
        let blocks = max(2, min(5, Int(seconds / (current * Double(steps)))))
        let times = (0..<blocks).map { _ in block(steps, run) }.sorted()
        estimate = times[times.count / 2]
        return (times[times.count / 2], times[0], steps * blocks)
    }

    mutating func round(seconds: Double, _ step: () -> Void) -> Round {
        round(seconds: seconds, running: { for _ in 0..<$0 { step() } })
    }

    mutating func round(_ runner: any Runner, seconds: Double) -> Round {
        runner.reset()
        return round(seconds: seconds, running: runner.run)
    }
}

func elapsed(since instant: ContinuousClock.Instant) -> Double { (ContinuousClock.now - instant) / .seconds(1) }
