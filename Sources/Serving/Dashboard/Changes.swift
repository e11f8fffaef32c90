import Foundation
import ServiceLifecycle
import Synchronization
import ThalwegPractice

/// Looks at the run folders every other second and tells those who listen when something changed.
final class Changes: Service {
    private let index: RunIndex
    private let listeners = Mutex<[UUID: AsyncStream<Event>.Continuation]>([:])

    enum Event: Sendable {
        case changed
        /// Nothing happened; finds out who is gone.
        case quiet
    }

    init(_ index: RunIndex) { self.index = index }

    func run() async throws {
        try? await cancelWhenGracefulShutdown { [self] in
            var rounds = 0
            while !Task.isCancelled {
                // A folder that cannot be read now may be readable the next time.
                let isChanged = await offloaded { (try? self.index.refresh()) ?? false }
                rounds += 1
                if isChanged { tell(.changed) } else if rounds % 8 == 0 { tell(.quiet) }
                try await Task.sleep(for: .seconds(2))
            }
        }
        for listener in listeners.withLock({ $0.values.map { $0 } }) { listener.finish() }
    }

    /// Events from now on; of those that nobody has taken yet only the newest is kept.
    func events() -> AsyncStream<Event> {
        let (stream, continuation) = AsyncStream.makeStream(of: Event.self, bufferingPolicy: .bufferingNewest(1))
        let id = UUID()
        continuation.onTermination = { [weak self] _ in self?.listeners.withLock { _ = $0.removeValue(forKey: id) } }
        listeners.withLock { $0[id] = continuation }
        return stream
    }

    private func tell(_ event: Event) {
        for listener in listeners.withLock({ Array($0.values) }) { listener.yield(event) }
    }
}

/// Runs work that reads files or the index outside of the threads that requests share.
func offloaded<Result: Sendable>(_ work: @escaping @Sendable () -> Result) async -> Result {
    await withCheckedContinuation { continuation in
        DispatchQueue.global().async { continuation.resume(returning: work()) }
    }
}
