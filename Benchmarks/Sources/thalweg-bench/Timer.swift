/// Times blocks of steps; the state is put back before each round so that nothing drifts into denormals.
struct Timer {
    private var estimate: Double?

    private static func seconds(_ body: () -> Void) -> Double {
        let time = ContinuousClock().measure(body)
        return Double(time.components.seconds) + Double(time.components.attoseconds) * 1e-18
    }

    private func block(_ runner: any Runner, _ steps: Int) -> Double {
        Timer.seconds { for _ in 0..<steps { runner.advance() } } / Double(steps)
    }

    /// Median and least seconds a step over up to five blocks that take about `seconds` together.
    mutating func round(_ runner: any Runner, seconds: Double) -> (median: Double, least: Double, steps: Int) {
        runner.reset()
        _ = block(runner, 2)
        var current = estimate ?? 0
        if estimate == nil {
            var steps = 3
            current = block(runner, steps)
            while current * Double(steps) < 0.05 {
                steps = max(steps * 2, Int(0.06 / current))
                current = block(runner, steps)
            }
        }
        let steps = max(1, Int(seconds / 5 / current))
        let blocks = max(2, min(5, Int(seconds / (current * Double(steps)))))
        let times = (0..<blocks).map { _ in block(runner, steps) }.sorted()
        estimate = times[times.count / 2]
        return (times[times.count / 2], times[0], steps * blocks)
    }
}
