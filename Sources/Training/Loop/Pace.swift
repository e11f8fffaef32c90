/// Says when to look up from the steps: every five milliseconds, or after every step where steps are longer. Nobody can follow more,
/// and steps of microseconds need not ask the clock each time.
struct Pace {
    private static let interval = Duration.milliseconds(5)
    /// Steps between two questions to the clock at most: few enough for steps that are suddenly long.
    private static let longest = 16

    private var last: ContinuousClock.Instant?
    private var stride = 1
    private var remaining = 1

    /// Counts a step.
    mutating func isDue() -> Bool {
        remaining -= 1
        guard remaining == 0 else { return false }
        let now = ContinuousClock.now
        let isDue = last.map { now - $0 >= Self.interval } ?? true
        if isDue { last = now }
        stride = isDue ? max(stride / 2, 1) : min(stride * 2, Self.longest)
        remaining = stride
        return isDue
    }
}
