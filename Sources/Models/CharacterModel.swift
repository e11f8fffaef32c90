public import ThalwegEngine
public import ThalwegNetworks

/// The course's language model of characters: `CharacterRNN(symbols: 27, width: 50, key: key)`.
public typealias CharacterRNN = CharacterModel<RNNCell>
/// char-rnn's: `CharacterLSTM(symbols: 65, width: 128, layers: 2, bias: .both, key: key)` has 240,321 parameters.
public typealias CharacterLSTM = CharacterModel<LSTMCell>

/// Predicts the next symbol of a text from all before it: one-hot symbols, a recurrent layer, a dense layer.
///
/// - Shapes: input `[batch, time]` of integers, -1 for "nothing yet"; output, the logits, `[batch, time, symbols]`.
/// - State names: `recurrent.weight_ih_l0`, …, `output.weight`, `output.bias`.
///
/// Source: Karpathy 2015, "The Unreasonable Effectiveness of Recurrent Neural Networks".
public struct CharacterModel<Cell: RecurrentCell>: Layer {
    public let recurrent: Recurrent<Cell>
    public let output: Dense

    public init(recurrent: Recurrent<Cell>, output: Dense) {
        self.recurrent = recurrent
        self.output = output
    }

    /// - Parameter keepProbability: of a unit between two layers in training.
    public init(
        symbols: Int, width: Int, layers: Int = 1, bias: RecurrentBias = .single, keepProbability: Double = 1,
        dataType: DataType = .float32, key: RandomKey
    ) {
        recurrent = Recurrent(
            symbols, width, layers: layers, bias: bias, keepProbability: keepProbability, dataType: dataType,
            key: key.split(0))
        output = Dense(width, symbols, initializer: .xavier, dataType: dataType, key: key.split(1))
    }

    public var symbols: Int { output.outputs }

    public func callAsFunction(_ x: Tensor, _ context: Context) -> Tensor { self(x, state: nil, context).logits }

    /// The logits, and the state after the last symbol.
    public func callAsFunction(
        _ x: Tensor, state: RecurrentState?, lengths: Tensor? = nil, _ context: Context = Context(.inference)
    ) -> (logits: Tensor, state: RecurrentState) {
        let symbols = x.oneHot(symbols, dataType: output.weight.dataType)  // [batch, time, symbols]
        let (hidden, state) = recurrent(symbols, state: state, lengths: lengths, context)
        return (context.record(self, x, output(hidden, context)), state)
    }

    /// Draws symbols one after another, each from the model's distribution given all before.
    ///
    /// - Parameters:
    ///   - prompt: what the text begins with; not repeated in the result.
    ///   - end: a symbol that ends the text; it is the result's last.
    ///   - temperature: below 1 the likely becomes likelier.
    public func sample(
        after prompt: [Int] = [], count: Int, end: Int? = nil, temperature: Double = 1,
        using random: inout some RandomNumberGenerator
    ) -> [Int] {
        let initial = recurrent.zeroState(batch: 1, dataType: output.weight.dataType).tensors
        let inputs = [(shape: Shape([1, 1]), dataType: DataType.int64)] + initial.map { ($0.shape, $0.dataType) }
        let step = CompiledFunction(inputs: inputs) { arguments in
            let (logits, next) = self(arguments[0], state: RecurrentState(Array(arguments[1...])))
            return [(logits / temperature).softmax()] + next.tensors
        }
        var state = initial
        func probabilities(after symbol: Int) -> [Double] {
            let results = step([Tensor([[symbol]])] + state)
            state = Array(results[1...])
            return results[0].doubles()
        }
        for symbol in prompt.dropLast() { _ = probabilities(after: symbol) }
        var text: [Int] = []
        while text.count < count, text.last != end || end == nil {
            let chances = probabilities(after: text.last ?? prompt.last ?? -1)
            var rest = Double.random(in: 0..<1, using: &random) * chances.reduce(0, +)
            text.append(
                chances.firstIndex { chance in
                    rest -= chance
                    return rest < 0
                } ?? chances.count - 1)
        }
        return text
    }
}
