import Synchronization

/// Values on their way from one thread to another one. Neither waits for the other, and nothing is allocated on the way.
///
/// `@unchecked Sendable`: a slot belongs to the thread that adds until `added` counts it, and to the one that takes until `taken`
/// counts it, too.
final class HandoverRing<Value: Sendable>: @unchecked Sendable {
    private let slots: UnsafeMutablePointer<Value>
    private let capacity: Int
    private let added = Atomic<Int>(0)
    private let taken = Atomic<Int>(0)
    /// Of the thread that adds: up to where there is room, as far as it has looked.
    private var room: Int

    init(capacity: Int) {
        self.capacity = capacity
        room = capacity
        slots = .allocate(capacity: capacity)
    }

    deinit {
        takeAll { _ in }
        slots.deallocate()
    }

    /// Values added so far; of the thread that adds.
    var count: Int { added.load(ordering: .relaxed) }

    /// False where there is no room; of one thread at a time.
    func append(_ value: Value) -> Bool {
        let place = added.load(ordering: .relaxed)
        if place == room {
            room = taken.load(ordering: .acquiring) + capacity
            guard place < room else { return false }
        }
        (slots + place % capacity).initialize(to: value)
        added.store(place + 1, ordering: .releasing)
        return true
    }

    /// Hands what has been added to `body`, in order; of one thread at a time.
    func takeAll(_ body: (Value) -> Void) {
        let end = added.load(ordering: .acquiring)
        for place in taken.load(ordering: .relaxed)..<end { body((slots + place % capacity).move()) }
        taken.store(end, ordering: .releasing)
    }
}
