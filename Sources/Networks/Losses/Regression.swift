public import ThalwegEngine

/// (prediction - target)²
public func squaredError(
    _ predictions: Tensor, _ targets: Tensor, reduction: LossReduction = .mean, file: StaticString = #fileID,
    line: UInt = #line
) -> Tensor {
    requireEqualShapes("squaredError", ("predictions", predictions), ("targets", targets), file: file, line: line)
    return reduction((predictions - targets).square())
}

/// |prediction - target|
public func absoluteError(
    _ predictions: Tensor, _ targets: Tensor, reduction: LossReduction = .mean, file: StaticString = #fileID,
    line: UInt = #line
) -> Tensor {
    requireEqualShapes("absoluteError", ("predictions", predictions), ("targets", targets), file: file, line: line)
    return reduction((predictions - targets).abs())
}

/// Squared near the target, absolute further than `delta` from it: d²/2, and delta·(|d| - delta/2) beyond (Huber 1964).
public func huberLoss(
    _ predictions: Tensor, _ targets: Tensor, delta: Double = 1, reduction: LossReduction = .mean,
    file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    requireEqualShapes("huberLoss", ("predictions", predictions), ("targets", targets), file: file, line: line)
    let difference = predictions - targets
    let distance = difference.abs()
    return reduction(
        Tensor.select(distance .<= delta, 0.5 * difference.square(), delta * (distance - 0.5 * delta)))
}
