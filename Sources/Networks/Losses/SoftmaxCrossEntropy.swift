public import ThalwegEngine

/// Cross-entropy of softmax(logits) with class numbers: -log of the probability of the true class.
///
/// - Parameters:
///   - logits: `[…, classes]`.
///   - classes: integers, one for each example.
///   - smoothing: this share of the target is spread evenly over all classes.
///   - classWeights: `[classes]`; the mean is then weighted too (PyTorch's convention).
public func softmaxCrossEntropy(
    logits: Tensor, classes: Tensor, smoothing: Double = 0, classWeights: Tensor? = nil,
    reduction: LossReduction = .mean,
    file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    let count = requireClasses(logits, smoothing, classWeights, file: file, line: line)
    require(
        classes.dataType.isInteger,
        "softmaxCrossEntropy: classes are \(classes.dataType.rawValue), expected integers", file: file, line: line)
    require(
        classes.shape.dimensions == Array(logits.shape.dropLast()),
        "softmaxCrossEntropy: logits have shape \(logits.shape), classes \(classes.shape); expected one class for each "
            + "row of logits", file: file, line: line)
    let logProbabilities = logits.logSoftmax(along: -1)  // […, classes]
    // Selected, not multiplied: a class that a mask rules out has the log-probability -inf, and -inf * 0 is NaN.
    let isTarget = classes.oneHot(count, dataType: .bool)
    var losses = -Tensor.select(isTarget, logProbabilities, 0.0).sum(along: -1)
    var weights: Tensor?
    if let classWeights {
        let own = classWeights.gathered(at: classes)
        losses = losses * own
        weights = own
    }
    if smoothing > 0 {
        let weighted = classWeights.map { logProbabilities * $0 } ?? logProbabilities
        losses = (1 - smoothing) * losses - (smoothing / Double(count)) * weighted.sum(along: -1)
    }
    if reduction == .mean, let weights { return losses.sum() / weights.sum() }
    return reduction(losses)
}

/// Cross-entropy of softmax(logits) with target distributions of the same shape: -Σ target·log probability.
public func softmaxCrossEntropy(
    logits: Tensor, targets: Tensor, smoothing: Double = 0, classWeights: Tensor? = nil,
    reduction: LossReduction = .mean,
    file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    requireEqualShapes("softmaxCrossEntropy", ("logits", logits), ("targets", targets), file: file, line: line)
    let count = requireClasses(logits, smoothing, classWeights, file: file, line: line)
    let smooth = smoothing > 0 ? (1 - smoothing) * targets + smoothing / Double(count) : targets
    let terms = smooth * logits.logSoftmax(along: -1)  // […, classes]
    return reduction(-(classWeights.map { terms * $0 } ?? terms).sum(along: -1))
}

private func requireClasses(
    _ logits: Tensor, _ smoothing: Double, _ classWeights: Tensor?, file: StaticString, line: UInt
) -> Int {
    require(
        logits.rank >= 1 && logits.dataType.isFloatingPoint,
        "softmaxCrossEntropy: logits are \(logits.dataType.rawValue)\(logits.shape), expected floating […, classes]",
        file: file, line: line)
    require(
        (0...1).contains(smoothing), "softmaxCrossEntropy: smoothing is \(smoothing), not from 0 to 1", file: file,
        line: line)
    let count = logits.shape[logits.rank - 1]
    require(
        classWeights == nil || classWeights?.shape == [count],
        "softmaxCrossEntropy: class weights have shape \(classWeights?.shape ?? []), expected [\(count)]", file: file,
        line: line)
    return count
}
