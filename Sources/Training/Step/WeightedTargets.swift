import ThalwegEngine

/// Targets that carry the weight of each example in a last column of their own, so that a batch of rows takes both.
extension Tensor {
    /// With the weights as the last column: `[n, outputs + 1]` of a floating-point type. Class places `[n]` become
    /// numbers. As it is without weights.
    func joined(weights: [Double]?) -> Tensor {
        guard let weights else { return self }
        let type = dataType.isFloatingPoint ? dataType : .float64
        let column = Tensor(weights, shape: [weights.count, 1]).cast(to: type)
        let rows = reshaped(to: [weights.count, elementCount / Swift.max(weights.count, 1)])
        let joined = Tensor.concatenate([rows.cast(to: type), column], along: 1)
        ThalwegEngine.evaluate([joined])
        return joined
    }
}
