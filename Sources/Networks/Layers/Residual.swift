public import ThalwegEngine

/// A shortcut around a layer: y = activation(body(x) + shortcut(x)); without `shortcut` the input itself is added.
///
/// - Shapes: `body` and `shortcut` must give equal shapes (a dense or 1x1 layer as shortcut where they differ).
///
///       Residual(Sequential([Dense(8, 8, initializer: .zeros, key: key)]))     // starts as the identity
///
/// Source: He et al. 2015.
public struct Residual: Layer {
    public let body: any Layer
    public let shortcut: (any Layer)?
    public let activation: Activation

    public init(_ body: any Layer, shortcut: (any Layer)? = nil, activation: Activation = .identity) {
        self.body = body
        self.shortcut = shortcut
        self.activation = activation
    }

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        let (main, around) = (body(x, context), shortcut?(x, context) ?? x)
        require(
            main.shape == around.shape,
            "Residual: the body gives \(main.shape), the shortcut \(around.shape); they must be equal to be added")
        return context.record(self, x, activation.apply(main + around))
    }

    public func visit(_ visitor: Visitor) {
        visitor.module("body", body)
        if let shortcut { visitor.module("shortcut", shortcut) }
    }
}
