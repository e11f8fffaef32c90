internal import ThalwegEngine

extension Module {
    /// Warnings about hidden layers whose weights are all equal: their units start alike, get equal gradients and stay
    /// alike, so the layer is worth one unit. A network without hidden layer may start at zero.
    public func symmetryWarnings() -> [String] {
        let matrices = inventory().parameters.filter { $0.parameter.role == .weight && $0.parameter.shape.rank >= 2 }
        return matrices.dropLast().filter { entry in
            let values = entry.parameter.value.doubles()
            return entry.parameter.shape[0] > 1 && values.allSatisfy { $0 == values[0] }
        }.map { entry in
            "the weights of '\(entry.name)' are all equal: its units cannot become different (symmetry is not broken); "
                + "start them at random, for example with he or normal(scale=0.01)"
        }
    }
}
