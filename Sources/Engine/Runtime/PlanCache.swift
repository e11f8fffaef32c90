import Synchronization

/// Plans by program: a step that was computed once is only looked up again. The least recently used plans go first.
final class PlanCache: Sendable {
    static let shared = PlanCache(capacity: 512)

    private struct State {
        var entries: [Program: (plan: Plan, lastUse: UInt64)] = [:]
        var clock: UInt64 = 0
    }

    private let capacity: Int
    private let state = Mutex(State())

    init(capacity: Int) { self.capacity = capacity }

    func plan(for program: Program) -> Plan {
        let known = state.withLock { state -> Plan? in
            state.clock += 1
            let now = state.clock
            guard let index = state.entries.index(forKey: program) else { return nil }
            state.entries.values[index].lastUse = now
            return state.entries.values[index].plan
        }
        if let known { return known }
        var none: [Int: Buffer] = [:]
        let plan = Plan(program, constants: &none)
        state.withLock { state in
            if state.entries.count >= capacity {
                let uses = state.entries.values.map(\.lastUse).sorted()
                let limit = uses[uses.count / 2]
                state.entries = state.entries.filter { $0.value.lastUse > limit }
            }
            state.entries[program] = (plan, state.clock)
        }
        return plan
    }
}
