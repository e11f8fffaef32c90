public import ThalwegEngine

/// Penalties and limits that keep weights small. They apply to weights, not to biases and gains, unless asked.
///
/// m is the size of the training set, so that the strength needs no change with the batch size.
public struct Regularization: Codable, Hashable, Sendable {
    /// lambda of λ/(2m)·Σw² (Frobenius).
    public var l2: Double
    /// lambda of λ/m·Σ|w|; makes weights exactly zero.
    public var l1: Double
    /// The greatest norm of a unit's incoming weights; longer ones are shortened after each update.
    public var maxNorm: Double?
    public var includesBiases: Bool

    public static let none = Regularization()

    public init(l2: Double = 0, l1: Double = 0, maxNorm: Double? = nil, includesBiases: Bool = false) {
        self.l2 = l2
        self.l1 = l1
        self.maxNorm = maxNorm
        self.includesBiases = includesBiases
    }

    public func applies(to parameter: Parameter) -> Bool { includesBiases || parameter.role == .weight }

    /// The whole penalty at the parameters' present values: what the printed cost includes. Nil when there is none.
    public func penalty(_ inventory: Inventory, examples: Int) -> Tensor? {
        sum(smoothPenalty(inventory, examples: examples), l1Penalty(inventory, examples: examples))
    }

    /// The part to differentiate. L1 has a kink at zero and is left to `UpdateRule`, which brings weights to exactly zero.
    public func smoothPenalty(_ inventory: Inventory, examples: Int) -> Tensor? {
        guard l2 != 0 else { return nil }
        return total(inventory) { $0.square().sum() }.map { $0 * (l2 / (2 * Double(examples))) }
    }

    public func l1Penalty(_ inventory: Inventory, examples: Int) -> Tensor? {
        guard l1 != 0 else { return nil }
        return total(inventory) { $0.abs().sum() }.map { $0 * (l1 / Double(examples)) }
    }

    private func total(_ inventory: Inventory, _ measure: (Tensor) -> Tensor) -> Tensor? {
        inventory.trainable.filter { applies(to: $0.parameter) }.map { measure($0.parameter.value) }
            .reduce(nil) { sum($0, $1) }
    }

    private func sum(_ a: Tensor?, _ b: Tensor?) -> Tensor? {
        guard let a, let b else { return a ?? b }
        return a + b
    }

    /// The gradient of loss + strength·|w|. At w = 0 the steepest way down, which is none while |gradient| is within the strength
    /// (the pseudo-gradient of OWL-QN, Andrew and Gao 2007).
    static func l1Gradient(_ gradient: Tensor, at weight: Tensor, strength: Double) -> Tensor {
        let beyond = gradient - gradient.clamped(to: -strength...strength)
        return Tensor.select(weight .== 0.0, beyond, gradient + strength * weight.sign())
    }

    /// A weight stops at zero before it changes sign, and leaves zero only down the gradient, whatever an optimizer's memory says.
    static func stoppedAtZero(_ new: Tensor, from old: Tensor, gradient: Tensor) -> Tensor {
        let side = Tensor.select(old .== 0.0, -gradient, old).sign()
        return Tensor.select(new * side .<= 0, 0.0, new)
    }

    /// Rows (a unit's incoming weights) shortened to the norm.
    static func limited(_ weight: Tensor, norm limit: Double) -> Tensor {
        guard weight.rank >= 2 else { return weight }
        let axes = Axes(Array(1..<weight.rank))
        let squares = weight.square().sum(along: axes, keepingDimensions: true)
        let isLong = squares .> limit * limit
        return Tensor.select(isLong, weight * (limit * Tensor.select(isLong, squares, 1.0).rsqrt()), weight)
    }
}
