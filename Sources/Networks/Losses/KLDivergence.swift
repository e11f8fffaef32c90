public import ThalwegEngine

/// Kullback-Leibler divergence of log-probabilities from target distributions: Σ target·(log target - log prediction)
/// over the last axis. Targets of 0 count 0.
///
/// The mean is over examples (PyTorch's `batchmean`); `.none` gives the terms element by element.
public func klDivergence(
    logPredictions: Tensor, targets: Tensor, reduction: LossReduction = .mean, file: StaticString = #fileID,
    line: UInt = #line
) -> Tensor {
    requireEqualShapes(
        "klDivergence", ("log-predictions", logPredictions), ("targets", targets), file: file, line: line)
    require(logPredictions.rank >= 1, "klDivergence: a scalar is not a distribution", file: file, line: line)
    let isPositive = targets .> 0
    let terms = Tensor.select(
        isPositive, targets * (Tensor.select(isPositive, targets, 1.0).log() - logPredictions), 0.0)
    return reduction(reduction == .mean ? terms.sum(along: -1) : terms)
}
