public import ThalwegEngine

/// max(0, 1 - target·prediction) with targets -1 and 1; `squared` squares it.
public func hingeLoss(
    _ predictions: Tensor, _ targets: Tensor, squared: Bool = false, reduction: LossReduction = .mean,
    file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    requireEqualShapes("hingeLoss", ("predictions", predictions), ("targets", targets), file: file, line: line)
    let miss = (1 - targets * predictions).relu()
    return reduction(squared ? miss.square() : miss)
}

/// How far two embeddings are apart.
public enum EmbeddingDistance: String, Sendable, Codable, CaseIterable {
    /// |a - b + 1e-6|, PyTorch's; the small number keeps the root differentiable.
    case euclidean
    /// |a - b|², FaceNet's.
    case squared
}

/// max(0, d(anchor, positive) - d(anchor, negative) + margin) for each row.
///
/// - Shapes: three times `[…, width]`; losses `[…]`.
///
/// Source: Schroff, Kalenichenko and Philbin 2015 (`.squared`, margin 0.2).
public func tripletLoss(
    anchors: Tensor, positives: Tensor, negatives: Tensor, margin: Double = 1, distance: EmbeddingDistance = .euclidean,
    reduction: LossReduction = .mean, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    requireEqualShapes("tripletLoss", ("anchors", anchors), ("positives", positives), file: file, line: line)
    requireEqualShapes("tripletLoss", ("anchors", anchors), ("negatives", negatives), file: file, line: line)
    func apart(_ other: Tensor) -> Tensor {
        switch distance {
        case .euclidean: (anchors - other + 1e-6).length()
        case .squared: (anchors - other).square().sum(along: -1)
        }
    }
    return reduction((apart(positives) - apart(negatives) + margin).relu())
}

/// d² for pairs that are the same (target 1), max(0, margin - d)² for others (target 0); d the Euclidean distance.
///
/// - Shapes: `first` and `second` `[…, width]`, `targets` `[…]`.
///
/// Source: Hadsell, Chopra and LeCun 2006.
public func contrastiveLoss(
    _ first: Tensor, _ second: Tensor, targets: Tensor, margin: Double = 1, reduction: LossReduction = .mean,
    file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    requireEqualShapes("contrastiveLoss", ("first embeddings", first), ("second ones", second), file: file, line: line)
    let square = (first - second).square().sum(along: -1)
    requireEqualShapes("contrastiveLoss", ("distances", square), ("targets", targets), file: file, line: line)
    // The root has no slope at 0: equal embeddings get gradient 0 instead of NaN.
    let distance = Tensor.select(square .> 0, Tensor.select(square .> 0, square, 1.0).sqrt(), 0.0)
    return reduction(targets * square + (1 - targets) * (margin - distance).relu().square())
}
