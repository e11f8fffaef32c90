public import ThalwegEngine

/// What a call of a layer depends on beside its input: the mode, the random numbers, and the running values it
/// declares.
///
/// One context serves one forward pass. Nothing is global: a layer in training mode was given a training context.
public final class Context {
    public enum Mode: String, Sendable, CaseIterable {
        /// Batch statistics, dropout, updates of running values.
        case training
        /// Running statistics, no dropout.
        case inference
        /// Batch statistics so that their gradient is seen; no dropout, no updates.
        case gradientCheck
    }

    public let mode: Mode
    /// False trains without dropout (a check that the cost falls monotonically before the noise is turned on).
    public let isDropoutEnabled: Bool
    private let keys: KeyStream?
    private var updates: [(running: RunningValue, value: Tensor)] = []
    /// Told of every layer's call: the summary and the watch on activations listen here.
    var observer: ((_ layer: any Layer, _ input: Tensor, _ output: Tensor) -> Void)?

    /// - Parameter key: where dropout masks come from. A captured step passes `RandomKey(tensor:)` of an argument, so
    ///   that each replay draws fresh numbers.
    public init(_ mode: Mode = .inference, key: RandomKey? = nil, isDropoutEnabled: Bool = true) {
        self.mode = mode
        self.isDropoutEnabled = isDropoutEnabled
        keys = key.map(KeyStream.init(key:))
    }

    public var isTraining: Bool { mode == .training }

    /// Whether normalization uses the statistics of the batch at hand.
    public var usesBatchStatistics: Bool { mode != .inference }

    /// A key of its own for each draw, so that no two layers get the same mask.
    public func nextKey() -> RandomKey {
        guard let keys else { fatalError("this call draws random numbers: give it Context(.training, key: key)") }
        return keys.next()
    }

    /// Declares what `running` becomes after this pass.
    public func update(_ running: RunningValue, to value: Tensor) {
        let value = value.stoppingGradient()
        if let index = updates.firstIndex(where: { $0.running === running }) {
            updates[index].value = value
        } else {
            updates.append((running, value))
        }
    }

    /// The value as this pass sees it: the one declared by an earlier call in the pass, else the current one.
    public func value(of running: RunningValue) -> Tensor {
        updates.first { $0.running === running }?.value ?? running.value
    }

    /// Writes the declared values into their boxes: for eager use. A captured step returns them as outputs instead
    /// (`Inventory.newRunningValues(after:)`).
    public func commit() {
        for update in updates { update.running.value = update.value }
        updates.removeAll()
    }

    /// Layers return their output through this, which tells the observer, if there is one.
    public func record(_ layer: any Layer, _ input: Tensor, _ output: Tensor) -> Tensor {
        observer?(layer, input, output)
        return output
    }

    /// Calls `body` for every layer that runs in this context.
    public func observe(_ body: @escaping (_ layer: any Layer, _ input: Tensor, _ output: Tensor) -> Void) {
        observer = body
    }

    func moveUpdate(from source: RunningValue, to destination: RunningValue) {
        guard let index = updates.firstIndex(where: { $0.running === source }) else { return }
        let value = updates.remove(at: index).value
        update(destination, to: value)
    }
}

/// Keys one after the other from one seed: each layer of a model is built with a key of its own.
///
///     let keys = KeyStream(seed: 1)
///     let hidden = Dense(64, 32, key: keys.next())
public final class KeyStream {
    private let key: RandomKey
    private var count = 0

    public init(seed: UInt64) { key = RandomKey(seed: seed) }
    public init(key: RandomKey) { self.key = key }

    public func next() -> RandomKey {
        defer { count += 1 }
        return key.split(count)
    }
}
