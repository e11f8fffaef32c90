public import ThalwegEngine

/// Scaled dot-product attention: softmax(scale · query · keyᵀ + bias) · value, each head for itself.
///
/// - Parameters:
///   - query: `[batch, heads, time, depth]`.
///   - key: `[batch, keyHeads, steps, depth]`; `heads` is a multiple of `keyHeads`, and each key head serves
///     `heads / keyHeads` neighboring query heads (grouped queries).
///   - value: `[batch, keyHeads, steps, valueDepth]`.
///   - mask: `bool`, broadcasts to `[batch, heads, time, steps]`: true where a query may look. A query that may look
///     nowhere gives zeros, with gradient zero. What stands in a step nobody may look at (NaN too) changes nothing.
///   - bias: numbers added to the scores, broadcasts to `[batch, heads, time, steps]`; -inf hides a step.
///   - isCausal: a query sees no later steps. The queries are the last `time` of the `steps`.
///   - scale: above 0; 1 / sqrt(depth) when nil.
///   - dropout: of the weights, in training.
/// - Returns: `[batch, heads, time, valueDepth]`.
///
/// Sources: Vaswani et al. 2017; grouped queries: Ainslie et al. 2023.
public func scaledDotProductAttention(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor? = nil, bias: Tensor? = nil, isCausal: Bool = false,
    scale: Double? = nil, dropout: Dropout = Dropout(keepProbability: 1), context: Context = Context(),
    file: StaticString = #fileID, line: UInt = #line
) -> Tensor {
    let (q, k, v) = (query.shape, key.shape, value.shape)
    require(
        q.rank == 4 && k.rank == 4 && v.rank == 4 && q[0] == k[0] && q[3] == k[3] && k[1] > 0 && q[1] % k[1] == 0
            && v[0] == k[0] && v[1] == k[1] && v[2] == k[2],
        "scaledDotProductAttention: query \(q), key \(k) and value \(v) do not fit [batch, heads, time, depth], "
            + "[batch, keyHeads, steps, depth], [batch, keyHeads, steps, valueDepth]", file: file, line: line)
    require(
        mask.map { $0.dataType == .bool } ?? true,
        "scaledDotProductAttention: the mask is not bool; numbers to add "
            + "to the scores are a bias", file: file, line: line)
    require(
        scale.map { $0 > 0 } ?? true, "scaledDotProductAttention: the scale must be above 0", file: file, line: line)
    let seen = mask.map { seenKeys($0, heads: q[1], keyHeads: k[1]) }
    return attended(
        query: query, key: key.cleared(outside: seen), value: value.cleared(outside: seen), mask: mask, bias: bias,
        isCausal: isCausal, scale: scale, dropout: dropout, context: context
    ).swappingAxes(1, 2)
}

/// Scaled dot-product attention of heads that lie side by side: what stands between the projections of a layer.
///
/// - Parameters:
///   - query: `[batch, time, heads · depth]`.
///   - key, value: `[batch, steps, keyHeads · depth]`.
///   - keyHeads: nil: as many as `heads`.
///   - mask, bias, isCausal, dropout: as in `scaledDotProductAttention`; what a mask hides must be finite.
///   - cache: query, key and value are those of the next steps, which see themselves and all earlier ones.
/// - Returns: `[batch, time, heads · depth]`.
public func multiHeadAttention(
    query: Tensor, key: Tensor, value: Tensor, heads: Int, keyHeads: Int? = nil, mask: Tensor? = nil,
    bias: Tensor? = nil, isCausal: Bool = false, cache: KeyValueCache? = nil,
    dropout: Dropout = Dropout(keepProbability: 1), context: Context = Context()
) -> Tensor {
    var pairs = KeyValues(
        keys: key.splitHeads(keyHeads ?? heads), values: value.splitHeads(keyHeads ?? heads))
    var mask = mask
    if let cache {
        let (all, seen) = cache.append(pairs)
        pairs = all
        mask = mask.map { $0 .& seen } ?? seen
    }
    let result = attended(
        query: query.splitHeads(heads), key: pairs.keys, value: pairs.values, mask: mask, bias: bias,
        isCausal: isCausal && cache == nil, scale: nil, dropout: dropout, context: context)
    return result.reshaped(to: [query.shape[0], query.shape[1], result.shape[2] * result.shape[3]])
}

/// The computation itself, and the specification of any fused form of it.
///
/// The result is `[batch, time, heads, valueDepth]`: steps before heads, so that heads are merged for nothing. Keys and
/// values must be finite numbers wherever the mask hides them.
func attended(
    query: Tensor, key: Tensor, value: Tensor, mask: Tensor?, bias: Tensor?, isCausal: Bool, scale: Double?,
    dropout: Dropout, context: Context
) -> Tensor {
    let (batch, heads, time, depth) = (query.shape[0], query.shape[1], query.shape[2], query.shape[3])
    let (keyHeads, steps, valueDepth) = (key.shape[1], key.shape[2], value.shape[3])
    // Queries that share a key head are rows of one matrix: keys are not repeated.
    let rows = heads / keyHeads * time
    let grouped = query.reshaped(to: [batch, keyHeads, rows, depth])
    var scores = matmul(grouped, key.swappingAxes(2, 3)).reshaped(to: [batch, heads, time, steps])
    var scale = scale ?? 1 / Double(depth).squareRoot()
    if let bias {
        scores = scores * scale + bias
        scale = 1
    }
    if let allowed = allowedPairs(mask, isCausal: isCausal, time: time, steps: steps) {
        scores = Tensor.select(allowed, scores, -Double.infinity)
    }
    let top = scores.max(along: 3, keepingDimensions: true).stoppingGradient()
    let center = Tensor.select(top .== -Double.infinity, 0.0, top)  // -inf where all is hidden
    let weights = ((scores - center) * scale).exp()  // [batch, heads, time, steps]
    let total = weights.sum(along: 3, keepingDimensions: true)
    let divisor = Tensor.select(total .== 0, 1.0, total)
    // Dividing the sums costs less than dividing the weights, there and in the gradient.
    let sums = matmul(dropout(weights, context).reshaped(to: [batch, keyHeads, rows, steps]), value)
        .reshaped(to: [batch, heads, time, valueDepth])
    return sums.swappingAxes(1, 2) / divisor.swappingAxes(1, 2)
}

/// Where queries may look; nil: everywhere.
private func allowedPairs(_ mask: Tensor?, isCausal: Bool, time: Int, steps: Int) -> Tensor? {
    guard isCausal, time > 1 else { return mask }
    let last = (Tensor.range(time) + Double(steps - time)).expandingDimensions(at: 1)
    let causal = Tensor.range(steps) .<= last  // [time, steps]
    return mask.map { $0 .& causal } ?? causal
}

/// The steps that some query of the key head may look at: `[batch or 1, keyHeads or 1, steps or 1, 1]`.
private func seenKeys(_ mask: Tensor, heads: Int, keyHeads: Int) -> Tensor {
    let shape = [Int](repeating: 1, count: max(0, 4 - mask.rank)) + mask.shape.dimensions
    var seen = mask.reshaped(to: Shape(shape)).any(along: 2)
    if shape[1] > 1, heads > keyHeads {
        seen = seen.reshaped(to: [shape[0], keyHeads, heads / keyHeads, shape[3]]).any(along: 2)
    }
    return seen.expandingDimensions(at: 3)
}

extension Tensor {
    /// Zeros where the flags, which broadcast, are false: chosen, not multiplied, so that NaN goes too.
    func cleared(outside flags: Tensor?) -> Tensor { flags.map { Tensor.select($0, self, 0.0) } ?? self }

    /// `[batch, time, heads · depth]` as `[batch, heads, time, depth]`.
    func splitHeads(_ heads: Int) -> Tensor {
        reshaped(to: [shape[0], shape[1], heads, shape[2] / heads]).swappingAxes(1, 2)
    }
}
