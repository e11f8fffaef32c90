internal import Foundation
public import ThalwegEngine
import ThalwegNetworks

/// How the next token is chosen from its logits.
public struct Sampling: Hashable, Sendable {
    /// Divides the logits: below 1 favors the likely tokens, 0 takes the likeliest.
    public var temperature: Double
    /// Only the most likely ones are drawn from; nil: all.
    public var topK: Int?
    public var seed: UInt64

    public init(
        temperature: Double = 1, topK: Int? = nil, seed: UInt64 = 0, file: StaticString = #fileID, line: UInt = #line
    ) {
        require(
            temperature >= 0 && topK.map { $0 > 0 } ?? true,
            "Sampling: temperature \(temperature) must not be negative, topK \(topK ?? 1) must be positive", file: file,
            line: line)
        self.temperature = temperature
        self.topK = topK
        self.seed = seed
    }

    /// Draws a token from logits.
    public func choose(_ logits: [Double], _ random: inout RandomSource) -> Int {
        let order = logits.indices.sorted { (logits[$0], $1) > (logits[$1], $0) }
        guard temperature > 0 else { return order[0] }
        let kept = order.prefix(topK ?? order.count)
        let weights = kept.map { exp((logits[$0] - logits[order[0]]) / temperature) }
        var rest = random.uniform() * weights.reduce(0, +)
        for (token, weight) in zip(kept, weights) {
            rest -= weight
            if rest < 0 { return token }
        }
        return order[0]
    }
}

extension GPT {
    /// Continues a prompt by `count` tokens (fewer when `end` is drawn, which is not returned).
    ///
    /// As long as all tokens fit into the context, each step computes the new token only; beyond, the last ones that fit
    /// are seen.
    ///
    /// - Parameter each: gets every token as it is drawn.
    /// - Returns: the new tokens.
    @discardableResult
    public func generate(
        _ prompt: [Int], count: Int, sampling: Sampling = Sampling(), end: Int? = nil, each: (Int) -> Void = { _ in }
    ) -> [Int] {
        require(!prompt.isEmpty, "generate: a prompt needs at least one token")
        var random = RandomSource(key: RandomKey(seed: sampling.seed))
        var decoder = Decoder(self)
        var tokens = prompt
        for _ in 0..<count {
            let token = sampling.choose(decoder.logits(after: tokens), &random)
            if token == end { break }
            tokens.append(token)
            each(token)
        }
        return Array(tokens[prompt.count...])
    }

    /// Logits of the next token, step by step. The weights are those of the moment it is made.
    public struct Decoder {
        private let model: GPT
        /// What the cache holds.
        private var seen: [Int] = []
        private var cache: [Tensor]
        private var functions: [Int: CompiledFunction] = [:]

        public init(_ model: GPT) {
            self.model = model
            cache = model.makeCache().flatMap(\.tensors)
        }

        /// - Parameter tokens: all so far; only the last `context` of them count.
        public mutating func logits(after tokens: [Int]) -> [Double] {
            let window = Array(tokens.suffix(model.configuration.context))
            if !window.starts(with: seen) || seen.count == window.count { restart() }
            let next = Array(window[seen.count...])
            let function = functions[next.count] ?? capture(next.count)
            functions[next.count] = function
            let results = function(cache + [Tensor(next, shape: [1, next.count])])
            cache = Array(results.dropFirst())
            seen = window
            return results[0].doubles()
        }

        private mutating func restart() {
            seen = []
            cache = model.makeCache().flatMap(\.tensors)
        }

        /// The model on the next `time` tokens: one plan for every position.
        private func capture(_ time: Int) -> CompiledFunction {
            let inputs = cache.map { (shape: $0.shape, dataType: $0.dataType) } + [([1, time], .int64)]
            let donated = Dictionary(uniqueKeysWithValues: cache.indices.map { ($0 + 1, $0) })
            return CompiledFunction(inputs: inputs, donated: donated) { arguments in
                let caches = stride(from: 0, to: cache.count, by: 3).map {
                    KeyValueCache(tensors: Array(arguments[$0..<$0 + 3]))
                }
                let logits = model(arguments[cache.count], cache: caches, Context())  // [1, time, vocabulary]
                return [logits[0, -1]] + caches.flatMap(\.tensors)
            }
        }
    }
}
