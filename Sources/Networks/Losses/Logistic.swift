public import ThalwegEngine

/// Binary cross-entropy of logits z: -(y·log σ(z) + (1 - y)·log(1 - σ(z))), exact for logits of any size.
///
/// - Parameters:
///   - targets: 0 or 1, or a probability between.
///   - positiveWeight: factor on the losses of positive examples.
public func logisticLoss(
    logits: Tensor, targets: Tensor, positiveWeight: Double = 1, reduction: LossReduction = .mean,
    file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    requireEqualShapes("logisticLoss", ("logits", logits), ("targets", targets), file: file, line: line)
    // y·softplus(-z) + (1 - y)·softplus(z) = softplus(z) - y·z
    if positiveWeight == 1 { return reduction(logits.softplus() - targets * logits) }
    let weights = 1 + (positiveWeight - 1) * targets
    return reduction((1 - targets) * logits + weights * (-logits).softplus())
}

/// Binary cross-entropy of probabilities: -(y·log p + (1 - y)·log(1 - p)); log 0 counts as -100.
public func logisticLoss(
    probabilities: Tensor, targets: Tensor, reduction: LossReduction = .mean, file: StaticString = #fileID,
    line: UInt = #line
) -> Tensor {
    requireEqualShapes("logisticLoss", ("probabilities", probabilities), ("targets", targets), file: file, line: line)
    return reduction(
        -(targets * probabilities.boundedLog() + (1 - targets) * (1 - probabilities).boundedLog()))
}

/// Binary cross-entropy of logits that plays down easy examples: alphaₜ·(1 - pₜ)^gamma·loss, pₜ the probability given
/// to the truth.
///
/// - Parameter alpha: weight of positive examples (1 - alpha for the others); nil for none.
///
/// Source: Lin et al. 2017.
public func focalLoss(
    logits: Tensor, targets: Tensor, alpha: Double? = 0.25, gamma: Double = 2, reduction: LossReduction = .mean,
    file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    requireEqualShapes("focalLoss", ("logits", logits), ("targets", targets), file: file, line: line)
    let loss = logits.softplus() - targets * logits
    let p = logits.sigmoid()
    let miss = p * (1 - targets) + (1 - p) * targets  // 1 - pₜ
    let focused = loss * miss.pow(gamma)
    guard let alpha else { return reduction(focused) }
    return reduction((alpha * targets + (1 - alpha) * (1 - targets)) * focused)
}
