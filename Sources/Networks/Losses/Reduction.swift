internal import ThalwegEngine

/// What becomes of the losses of single examples or elements.
public enum LossReduction: String, Sendable, Codable, CaseIterable {
    case mean, sum
    /// Each on its own.
    case none

    func callAsFunction(_ losses: Tensor) -> Tensor {
        switch self {
        case .mean: losses.mean()
        case .sum: losses.sum()
        case .none: losses
        }
    }
}

/// Losses demand equal shapes: `[n]` against `[n, 1]` would broadcast to n² differences and train on nonsense.
func requireEqualShapes(
    _ loss: String, _ a: (name: String, tensor: Tensor), _ b: (name: String, tensor: Tensor), file: StaticString,
    line: UInt
) {
    require(
        a.tensor.shape == b.tensor.shape,
        "\(loss): \(a.name) have shape \(a.tensor.shape), \(b.name) \(b.tensor.shape); they must be equal", file: file,
        line: line)
    require(
        a.tensor.dataType == b.tensor.dataType && a.tensor.dataType.isFloatingPoint,
        "\(loss): \(a.name) are \(a.tensor.dataType.rawValue), \(b.name) \(b.tensor.dataType.rawValue); they must be the "
            + "same floating-point type", file: file, line: line)
}

extension Tensor {
    /// log(p), with -100 for log(0) and gradient 0 there (PyTorch's convention for cross-entropy of probabilities).
    func boundedLog() -> Tensor {
        let isPositive = self .> 3.8e-44  // e^-100
        return Tensor.select(isPositive, Tensor.select(isPositive, self, 1.0).log(), -100.0)
    }

    /// Euclidean length along the last axis.
    func length() -> Tensor { square().sum(along: -1).sqrt() }
}
