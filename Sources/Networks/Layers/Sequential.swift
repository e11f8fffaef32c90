public import ThalwegEngine

/// Layers one after the other: y = last(… second(first(x))).
///
/// State names are `layers.0.…`, `layers.1.…`; layers without parameters count too.
///
///     let network = Sequential([
///         Dense(64, 32, key: keys.next()), Activation.relu, Dense(32, 10, key: keys.next()),
///     ])
public struct Sequential: Layer {
    public let layers: [any Layer]

    public init(_ layers: [any Layer]) { self.layers = layers }

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        context.record(self, x, layers.reduce(x) { $1($0, context) })
    }
}
