import ThalwegEngine
import ThalwegNetworks

extension DenseNetwork {
    /// Hidden layers whose units are all alike, by name: each gets the gradient of the others, and they stay alike.
    public var symmetricLayers: [String] {
        layers.dropLast().enumerated().compactMap { index, layer in
            let (units, inputs) = (layer.outputs, layer.inputs)
            guard units > 1 else { return nil }
            let weights = layer.weight.value.doubles()
            let biases = layer.bias?.value.doubles() ?? []
            let isAlike = (1..<units).allSatisfy { unit in
                (0..<inputs).allSatisfy { weights[unit * inputs + $0] == weights[$0] }
                    && (biases.isEmpty || biases[unit] == biases[0])
            }
            return isAlike ? "layers.\(index)" : nil
        }
    }

    /// Symmetry that is not broken, in the network as it stands.
    ///
    /// - Parameter step: steps it has been trained for.
    public func symmetryFindings(_ configuration: TrainingConfiguration, step: Int) -> [Finding] {
        let affected = symmetricLayers
        guard let first = affected.first, let last = affected.last else { return [] }
        let place = affected.count > 1 ? "\(first) to \(last)" : first
        return [
            Finding(
                .symmetricWeights,
                "all units of \(place) have the same weights: they get the same gradient and cannot become different "
                    + "(symmetry is not broken)", actions: Remedies(configuration).randomWeights, place: place,
                step: step)
        ]
    }
}
