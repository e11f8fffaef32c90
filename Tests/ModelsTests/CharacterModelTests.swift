import Testing
import ThalwegEngine
import ThalwegModels
import ThalwegNetworks

private let key = RandomKey(seed: 1)

@Suite struct CharacterModelTests {
    /// The dinosaur names' network of the course, char-rnn's defaults on tinyshakespeare's 65 characters, and the
    /// course's emoji network (two LSTM layers and a dense one, 223,877 trainable parameters).
    @Test func parameterCounts() {
        #expect(CharacterRNN(symbols: 27, width: 50, key: key).parameterCount == 5277)
        #expect(CharacterLSTM(symbols: 65, width: 128, layers: 2, bias: .both, key: key).parameterCount == 240_321)
        let emoji = Sequential([
            LSTM(50, 128, bias: .single, key: key), LSTM(128, 128, bias: .single, key: key), Dense(128, 5, key: key),
        ])
        #expect(emoji.parameterCount == 223_877)
    }

    @Test func stateNames() {
        let names = CharacterLSTM(symbols: 4, width: 3, layers: 2, key: key).stateDictionary().map(\.name)
        #expect(
            names == [
                "recurrent.weight_ih_l0", "recurrent.weight_hh_l0", "recurrent.bias_ih_l0", "recurrent.weight_ih_l1",
                "recurrent.weight_hh_l1", "recurrent.bias_ih_l1", "output.weight", "output.bias",
            ])
    }

    /// Reading a text in pieces gives the logits of reading it at once.
    @Test func streamsReadOn() {
        let model = CharacterLSTM(symbols: 5, width: 4, dataType: .float64, key: key)
        let text = Tensor([[0, 1, 2, 3, 4, 0], [4, 4, 3, 1, 0, 2]])
        let whole = model(text).doubles()
        let stream = CharacterStream(model, batch: 2)
        let pieces = [text[.all, 0..<2], text[.all, 2..<6]].map { piece in
            let context = Context(.training)
            let logits = stream(piece, context)
            context.commit()
            return logits
        }
        let joined = Tensor.concatenate(pieces, along: 1).doubles()
        #expect(zip(joined, whole).allSatisfy { abs($0 - $1) < 1e-15 })
        let reread = stream(text[.all, 0..<2]).doubles()
        #expect(reread != pieces[0].doubles())
        stream.reset()
        #expect(stream(text[.all, 0..<2]).doubles() == pieces[0].doubles())
    }

    /// A model whose next symbol is certain.
    @Test func samplesFollowTheDistribution() {
        let model = CharacterRNN(
            recurrent: RNN(
                4, 4, bias: .single, initializer: .identity, recurrentInitializer: .zeros, biasInitializer: .zeros,
                key: key), output: Dense(4, 4, initializer: .zeros, key: key))
        // After symbol k comes k + 1; after nothing, whatever the bias says: 0.
        model.output.weight.value = Tensor((0..<16).map { Float($0 / 4 == ($0 % 4 + 1) % 4 ? 200 : 0) }, shape: [4, 4])
        model.output.bias?.value = Tensor([Float(50), 0, 0, 0])
        var random = RandomSource(key: key)
        #expect(model.sample(count: 6, using: &random) == [0, 1, 2, 3, 0, 1])
        #expect(model.sample(after: [0, 1], count: 9, end: 3, using: &random) == [2, 3])
        model.output.weight.value = .zeros([4, 4])
        model.output.bias?.value = .zeros([4])
        let draws = model.sample(count: 400, using: &random)
        for symbol in 0..<4 { #expect((60...140).contains(draws.count { $0 == symbol })) }
    }
}
