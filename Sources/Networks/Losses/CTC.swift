public import ThalwegEngine

/// Connectionist temporal classification: -log of the probability of all alignments of a label sequence with the input.
///
/// The recursion over time is recorded in log space, so its gradient is the usual one.
/// - Parameters:
///   - logits: `[batch, time, symbols]`.
///   - labels: integers `[batch, length]`; what lies beyond a label's length is ignored.
///   - inputLengths: steps of each example, at most `time`; nil means all.
///   - labelLengths: symbols of each label, at most `length`; nil means all.
///   - blank: the symbol that stands for "nothing new".
///
/// The mean divides each loss by its label's length first (PyTorch's convention). A label that does not fit gives a
/// loss above 1e29.
///
/// Source: Graves et al. 2006.
public func ctcLoss(
    logits: Tensor, labels: Tensor, inputLengths: [Int]? = nil, labelLengths: [Int]? = nil, blank: Int = 0,
    reduction: LossReduction = .mean, file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    require(
        logits.rank == 3 && labels.rank == 2 && logits.shape[0] == labels.shape[0],
        "ctcLoss: logits have shape \(logits.shape), labels \(labels.shape); expected [batch, time, symbols] and "
            + "[batch, length]",
        file: file, line: line)
    let (batch, time, length) = (logits.shape[0], logits.shape[1], labels.shape[1])
    let steps = inputLengths ?? Array(repeating: time, count: batch)
    let lengths = labelLengths ?? Array(repeating: length, count: batch)
    require(
        steps.count == batch && steps.allSatisfy { (1...time).contains($0) },
        "ctcLoss: input lengths \(steps) for \(batch) examples of \(time) steps", file: file, line: line)
    require(
        lengths.count == batch && lengths.allSatisfy { (0...length).contains($0) },
        "ctcLoss: label lengths \(lengths) for \(batch) labels of \(length) symbols", file: file, line: line)

    let impossible = -1e30
    // Blanks around every symbol: states b, l₁, b, l₂, b …
    let states = 2 * length + 1
    let blanks = Tensor.full([batch, length, 1], Double(blank), dataType: .int64)
    let pairs = Tensor.concatenate([blanks, labels.cast(to: .int64).expandingDimensions(at: 2)], along: 2)
    // [batch, states]
    let path = Tensor.concatenate([pairs.reshaped(to: [batch, 2 * length]), blanks[.all, 0]], along: 1)
    // A state may be entered from two before it, unless it is a blank or repeats the symbol.
    let earlier = path.padded(low: [0, 2], high: [0, 0], value: Double(blank))[.all, 0..<states]
    let maySkip = (path .!= Double(blank)) .& (path .!= earlier)
    let logProbabilities = logits.logSoftmax(along: -1)
    let emissions = logProbabilities.gatheredElements(
        at: path.expandingDimensions(at: 1).broadcast(to: [batch, time, states]), along: 2)  // [batch, time, states]

    func delayed(_ alpha: Tensor, by count: Int) -> Tensor {
        alpha.padded(low: [0, count], high: [0, 0], value: impossible)[.all, 0..<states]
    }
    let isStart = Tensor((0..<states).map { $0 < 2 })
    var alpha = Tensor.select(isStart, emissions[.all, 0], impossible)
    for step in 1..<max(time, 1) {
        let skipped = Tensor.select(maySkip, delayed(alpha, by: 2), impossible)
        let entered = Tensor.stack([alpha, delayed(alpha, by: 1), skipped], along: 2).logSumExp(along: 2)
        let goesOn = Tensor(steps.map { step < $0 }).expandingDimensions(at: 1)
        alpha = Tensor.select(goesOn, entered + emissions[.all, step], alpha)
    }
    // A path ends in the last symbol or the blank after it; an empty label only in the blank.
    let ends = lengths.map { [Int64(2 * $0), Int64($0 > 0 ? 2 * $0 - 1 : 0)] }
    let last = alpha.gatheredElements(at: Tensor(ends), along: 1)
    let isSymbol = Tensor(lengths.map { [true, $0 > 0] })
    let losses = -Tensor.select(isSymbol, last, impossible).logSumExp(along: 1)
    guard reduction == .mean else { return reduction(losses) }
    let divisors = Tensor(lengths.map { Double(max($0, 1)) }).cast(to: logits.dataType)
    return (losses / divisors).mean()
}
