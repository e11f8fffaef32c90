public import ThalwegEngine

/// Inverted dropout: in training y = x ∘ mask / keep with a fresh mask of ones (probability keep) and zeros.
///
/// Dividing by `keepProbability` leaves the expectation unchanged, so nothing is scaled at test time. Off in inference,
/// in gradient checks, and where the context disables it.
/// - Shapes: any in, the same out. No parameters.
///
///       Dropout(keepProbability: 0.8)(Tensor.ones([2, 3]), Context(.training, key: key))   // zeros and 1.25
///
/// Source: Srivastava et al. 2014.
public struct Dropout: Layer {
    public var keepProbability: Double

    public init(keepProbability: Double, file: StaticString = #fileID, line: UInt = #line) {
        require(
            keepProbability > 0 && keepProbability <= 1,
            "Dropout: the probability of keeping a unit is \(keepProbability), expected above 0 and at most 1",
            file: file,
            line: line)
        self.keepProbability = keepProbability
    }

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor {
        guard context.isTraining, context.isDropoutEnabled, keepProbability < 1 else {
            return context.record(self, x, x)
        }
        let draws = Tensor.randomUniform(x.shape, key: context.nextKey())
        let mask = (draws .< keepProbability).cast(to: x.dataType)
        return context.record(self, x, x * mask * (1 / keepProbability))
    }

    public func visit(_ visitor: Visitor) {}

    public var summary: String { "Dropout(keep: \(keepProbability))" }
}
