internal import ThalwegEngine

/// Some rows of a network's inputs as numbers between which distances mean something: `[rows, width]`, float32.
///
/// Columns are centered, and divided by their deviation where it is above 1 (inputs that nobody scaled). Numbers of categories, in the
/// last `embeddings` columns, become vectors of random signs: 0 apart for the same category, about 1 for different ones.
func comparable(_ x: Tensor, embeddings: Int, rows: [Int]) -> Tensor {
    let chosen = x.gathered(at: Tensor(rows)).reshaped(to: [rows.count, -1]).cast(to: .float32)
    let numbers = chosen.shape[1] - embeddings
    var parts: [Tensor] = []
    if numbers > 0 {
        let plain = chosen[.all, 0..<numbers]
        let centered = plain - plain.mean(along: 0, keepingDimensions: true)
        let spread = centered.square().mean(along: 0, keepingDimensions: true).sqrt()
        parts.append(centered / maximum(spread, 1))
    }
    for column in numbers..<chosen.shape[1] {
        let signs = chosen[.all, column].doubles().flatMap { code -> [Float] in
            var random = RandomSource(key: RandomKey(seed: UInt64(max(code, 0))).split(column))
            let bits = random.next()
            return (0..<16).map { bits >> $0 & 1 == 1 ? 0.177 : -0.177 }
        }
        parts.append(Tensor(signs).reshaped(to: [rows.count, 16]))
    }
    return parts.count == 1 ? parts[0] : Tensor.concatenate(parts, along: 1)
}
