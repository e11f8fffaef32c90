public import ThalwegEngine

/// Multi-head attention: queries, keys and values are projected, split into heads, attended and projected again.
///
/// - Shapes: query `[batch, time, width]`, key `[batch, steps, keyWidth]`, value `[batch, steps, valueWidth]`; output
///   `[batch, time, width]`. State names are PyTorch's: `in_proj_weight` `[width + 2 · keyHeads · depth, width]` with the
///   rows of queries, keys and values one below the other, `in_proj_bias`, `out_proj.weight`, `out_proj.bias`. Separate
///   projections are `query`, `key` and `value`, a `weight` and a `bias` each.
/// - Start: Glorot's uniform distribution for the projections (as PyTorch), zeros for the biases.
///
///       let attention = MultiHeadAttention(64, heads: 4, key: keys.next())
///       attention(Tensor.ones([2, 10, 64])).shape      // [2, 10, 64]
///
/// Source: Vaswani et al. 2017.
public struct MultiHeadAttention: Layer {
    /// How queries, keys and values are projected.
    public enum Projections: Sendable {
        /// One matrix holds all three.
        case packed
        case separate
    }

    private enum Input {
        case packed(weight: Parameter, bias: Parameter?)
        case separate(query: Dense, key: Dense, value: Dense)
    }

    public let width: Int
    public let heads: Int
    public let keyHeads: Int
    /// Turns queries and keys by their positions.
    public let rotary: RotaryPositions?
    /// Of the attention weights.
    public let dropout: Dropout
    /// nil: the heads side by side are the output.
    public let output: Dense?
    private let input: Input

    /// - Parameters:
    ///   - keyHeads: heads of keys and values (grouped queries); nil: as many as `heads`.
    ///   - keyWidth, valueWidth: of other inputs for keys and values; they need separate projections.
    ///   - hasOutput: false leaves out the last projection.
    public init(
        _ width: Int, heads: Int, keyHeads: Int? = nil, keyWidth: Int? = nil, valueWidth: Int? = nil,
        bias: Bool = true, projections: Projections = .packed, hasOutput: Bool = true, rotary: RotaryPositions? = nil,
        keepProbability: Double = 1, initializer: Initializer = .glorotUniform, dataType: DataType = .float32,
        key: RandomKey, file: StaticString = #fileID, line: UInt = #line
    ) {
        let keyHeads = keyHeads ?? heads
        require(
            width > 0 && heads > 0 && keyHeads > 0 && width % heads == 0 && heads % keyHeads == 0,
            "MultiHeadAttention: width \(width) must be a multiple of \(heads) heads, and these of \(keyHeads) key heads",
            file: file, line: line)
        require(
            projections == .separate || (keyWidth ?? width, valueWidth ?? width) == (width, width),
            "MultiHeadAttention: keys or values of another width need separate projections", file: file, line: line)
        self.width = width
        self.heads = heads
        self.keyHeads = keyHeads
        self.rotary = rotary
        dropout = Dropout(keepProbability: keepProbability)
        let keyOutputs = width / heads * keyHeads
        func dense(_ inputs: Int, _ outputs: Int, _ number: Int) -> Dense {
            Dense(
                inputs, outputs, bias: bias, initializer: initializer, dataType: dataType, key: key.split(number))
        }
        switch projections {
        case .packed:
            let outputs = width + 2 * keyOutputs
            input = .packed(
                weight: Parameter(initializer([outputs, width], dataType: dataType, key: key.split(0))),
                bias: bias ? Parameter(.zeros([outputs], dataType: dataType), role: .bias) : nil)
        case .separate:
            input = .separate(
                query: dense(width, width, 0), key: dense(keyWidth ?? width, keyOutputs, 1),
                value: dense(valueWidth ?? width, keyOutputs, 2))
        }
        output = hasOutput ? dense(width, width, 3) : nil
    }

    public var depth: Int { width / heads }

    /// Self-attention without a mask.
    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor { self(x, context: context) }

    /// - Parameters:
    ///   - key: nil: the query itself (self-attention).
    ///   - value: nil: the key.
    ///   - mask, bias, isCausal: as in `scaledDotProductAttention`; what a mask hides must be finite.
    ///   - present: `bool` `[batch, steps]`, false where a step of key and value is padding: what stands there, NaN too,
    ///     changes no other value.
    ///   - cache: of a self-attention without padding: the query holds the next steps, which also see all earlier ones.
    public func callAsFunction(
        _ query: Tensor, key: Tensor? = nil, value: Tensor? = nil, mask: Tensor? = nil, bias: Tensor? = nil,
        present: Tensor? = nil, isCausal: Bool = false, cache: KeyValueCache? = nil, context: Context
    ) -> Tensor {
        require(
            cache == nil || key == nil && present == nil, "\(summary): a cache is for self-attention without padding")
        let query = key == nil ? query.cleared(outsideSteps: present) : query
        let key = key?.cleared(outsideSteps: present) ?? query
        let value = value?.cleared(outsideSteps: present) ?? key
        var masks = [mask, present.map { $0[.all, .newAxis, .newAxis] }]
        var pairs = keyValues(key, value, at: cache?.positions(key.shape[1]))
        if let cache {
            let (all, seen) = cache.append(pairs)
            pairs = all
            masks.append(seen)
        }
        let joined = masks.reduce(nil as Tensor?) { joined, mask in
            joined.map { left in mask.map { left .& $0 } ?? left } ?? mask
        }
        return attend(
            query, to: pairs, at: cache.map { $0.count - Double(query.shape[1]) }, mask: joined, bias: bias,
            isCausal: isCausal && cache == nil, context: context)
    }

    /// Projected keys and values: of a memory that many queries will look at, for instance.
    ///
    /// - Parameter positions: for rotary positions; nil counts from 0.
    public func keyValues(_ key: Tensor, _ value: Tensor? = nil, at positions: Tensor? = nil) -> KeyValues {
        let keys = project(key, .key).splitHeads(keyHeads)
        return KeyValues(
            keys: rotated(keys, at: positions), values: project(value ?? key, .value).splitHeads(keyHeads))
    }

    /// Attention of the query to keys and values that were projected before.
    ///
    /// - Parameter offset: the position of the first query, for rotary positions; nil: 0.
    public func attend(
        _ query: Tensor, to pairs: KeyValues, at offset: Tensor? = nil, mask: Tensor? = nil, bias: Tensor? = nil,
        isCausal: Bool = false, context: Context
    ) -> Tensor {
        let queries = project(query, .query).splitHeads(heads)
        let positions = offset.map { Tensor.range(query.shape[1]) + $0 }
        let merged = attended(
            query: rotated(queries, at: positions), key: pairs.keys, value: pairs.values, mask: mask, bias: bias,
            isCausal: isCausal, scale: nil, dropout: dropout, context: context
        ).reshaped(to: [query.shape[0], query.shape[1], width])
        return context.record(self, query, output?(merged, context) ?? merged)
    }

    private func rotated(_ x: Tensor, at positions: Tensor?) -> Tensor {
        rotary.map { $0(x, at: positions ?? Tensor.range(x.shape[2])) } ?? x
    }

    private enum Part: Int { case query, key, value }

    private func project(_ x: Tensor, _ part: Part) -> Tensor {
        switch input {
        case .packed(let weight, let bias):
            requireFeatures(x, width, self)
            let keyOutputs = depth * keyHeads
            let start = part == .query ? 0 : width + (part.rawValue - 1) * keyOutputs
            let rows = start..<start + (part == .query ? width : keyOutputs)
            let product = matmul(x, weight.value[rows].transposed())
            return bias.map { product + $0.value[rows] } ?? product
        case .separate(let query, let key, let value):
            return [query, key, value][part.rawValue](x)
        }
    }

    public func visit(_ visitor: Visitor) {
        switch input {
        case .packed(let weight, let bias):
            visitor.parameter("in_proj_weight", weight)
            visitor.parameter("in_proj_bias", bias)
        case .separate(let query, let key, let value):
            visitor.module("query", query)
            visitor.module("key", key)
            visitor.module("value", value)
        }
        if let output { visitor.module("out_proj", output) }
        visitor.module("dropout", dropout)
    }

    /// Scores and sums over as many steps as there are queries, and the projections that are not layers of their own.
    public func operations(input shape: Shape, output: Shape) -> Int {
        let time = shape[shape.rank - 2]
        let attention = 4 * shape.elementCount * time
        guard case .packed(let weight, _) = input else { return attention }
        return attention + 2 * shape.elementCount * weight.shape[0]
    }

    public var summary: String {
        "MultiHeadAttention(\(width), heads: \(heads)\(keyHeads == heads ? "" : ", keyHeads: \(keyHeads)"))"
    }
}

extension Tensor {
    /// `[batch, time, width]` with zeros in the steps that are not present (`[batch, time]`).
    func cleared(outsideSteps present: Tensor?) -> Tensor {
        guard let present else { return self }
        require(
            present.dataType == .bool && present.shape.dimensions == Array(shape.prefix(2)),
            "present is \(present.dataType.rawValue)\(present.shape), expected bool\(Array(shape.prefix(2)))")
        return cleared(outside: present.expandingDimensions(at: 2))
    }
}
