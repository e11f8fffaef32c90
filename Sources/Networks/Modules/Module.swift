public import ThalwegEngine

/// Anything that holds parameters. A struct (or class) whose properties are parameters, running values, modules, or
/// arrays, dictionaries and optionals of them needs no code: its property names become the names in the state
/// dictionary.
public protocol Module {
    /// Names what is inside. The default reads the stored properties by reflection, once per `inventory()`, never per
    /// step.
    func visit(_ visitor: Visitor)
}

extension Module {
    public func visit(_ visitor: Visitor) { visitor.reflect(self) }
}

/// A module from one tensor to one tensor.
///
///     struct Classifier: Layer {
///         let hidden: Dense
///         let output: Dense
///
///         func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
///             output(hidden(x, context).relu(), context)
///         }
///     }
///
/// `layer(x, context)` records the computation; `layer(x)` means inference.
public protocol Layer: Module {
    func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor

    /// Floating-point operations of one call, for the summary: a multiplication and an addition count as two.
    func operations(input: Shape, output: Shape) -> Int

    /// What the summary prints for the layer, as `Dense(64, 128)`.
    var summary: String { get }
}

extension Layer {
    public func callAsFunction(_ x: Tensor) -> Tensor { self(x, Context(.inference)) }

    public func operations(input: Shape, output: Shape) -> Int { 0 }

    public var summary: String { String(describing: type(of: self)) }
}
