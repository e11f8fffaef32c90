import ThalwegEngine

/// Targets that carry the weight of each example in a last column of their own, so that a batch of rows takes both.
extension Tensor {
    /// With the weights, scaled to mean 1, as the last column: `[n, outputs + 1]` of a floating-point type. Class places `[n]` become
    /// numbers. As it is without weights.
    func joined(weights: [Double]?) -> Tensor {
        guard let weights else { return self }
        let type = dataType.isFloatingPoint ? dataType : .float64
        let mean = weights.reduce(0, +) / Double(Swift.max(weights.count, 1))
        let column = Tensor(weights.map { $0 / mean }, shape: [weights.count, 1]).cast(to: type)
        let rows = reshaped(to: [weights.count, elementCount / Swift.max(weights.count, 1)])
        let joined = Tensor.concatenate([rows.cast(to: type), column], along: 1)
        ThalwegEngine.evaluate([joined])
        return joined
    }

    /// The numbers of the targets row by row, `width` an example, and the weights.
    func parted(isWeighted: Bool, width: Int) -> (targets: [Double], weights: [Double]?) {
        let numbers = doubles()
        guard isWeighted else { return (numbers, nil) }
        var targets: [Double] = []
        var weights: [Double] = []
        targets.reserveCapacity(numbers.count)
        for start in stride(from: 0, to: numbers.count, by: width + 1) {
            targets += numbers[start..<start + width]
            weights.append(numbers[start + width])
        }
        return (targets, weights)
    }
}
