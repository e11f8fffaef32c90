// An LSTM learns to write like Shakespeare, character by character.
//
//     THALWEG_DATA=folder swift run -c release --package-path Examples tinyshakespeare-lstm
//
// The folder holds text-tinyshakespeare/input.txt; the first nine tenths are trained on, the last is for validation. 32
// places of the text are read side by side, 64 characters a step, and the state goes on from step to step.
import Foundation
import Thalweg

let (streams, piece, epochs) = (32, 64, 4)

guard let folder = ProcessInfo.processInfo.environment["THALWEG_DATA"],
    let text = try? String(contentsOfFile: "\(folder)/text-tinyshakespeare/input.txt", encoding: .utf8)
else {
    FileHandle.standardError.write(Data("THALWEG_DATA must name the folder with text-tinyshakespeare/input.txt\n".utf8))
    exit(1)
}
let characters = Set(text).sorted()
let numbers = Dictionary(uniqueKeysWithValues: characters.enumerated().map { ($1, $0) })
let symbols = text.compactMap { numbers[$0] }
let boundary = symbols.count * 9 / 10

/// The text cut into `streams` rows, row by row in pieces, and the same one character later.
func pieces(of part: ArraySlice<Int>) -> [(x: Tensor, y: Tensor)] {
    let length = (part.count - 1) / streams
    func rows(_ shift: Int) -> Tensor {
        Tensor(Array(part.dropFirst(shift).prefix(streams * length))).reshaped(to: [streams, length])
    }
    let (x, y) = (rows(0), rows(1))
    return (0..<length / piece).map { (x[.all, $0 * piece..<($0 + 1) * piece], y[.all, $0 * piece..<($0 + 1) * piece]) }
}
let (training, validation) = (pieces(of: symbols[..<boundary]), pieces(of: symbols[boundary...]))

let model = CharacterLSTM(symbols: characters.count, width: 128, key: RandomKey(seed: 1))
let stream = CharacterStream(model, batch: streams)
let step = TrainingStep(stream, rule: UpdateRule(Adam(), clipping: .norm(5))) {
    softmaxCrossEntropy(logits: $0, classes: $1)
}

/// Nats a character.
func loss(of model: CharacterLSTM, on pieces: [(x: Tensor, y: Tensor)]) -> Double {
    var (total, state): (Double, RecurrentState?) = (0, nil)
    for (x, y) in pieces {
        let (logits, next) = model(x, state: state)
        total += softmaxCrossEntropy(logits: logits, classes: y).item()
        state = next
    }
    return total / Double(pieces.count)
}

print(model.summary(inputShape: [piece], dataType: .int64))
let start = ContinuousClock.now
for epoch in 1...epochs {
    stream.reset()
    let costs = training.map { step($0.x, $0.y, rate: epoch < epochs ? 0.004 : 0.001).cost }
    let seconds = start.duration(to: .now).components.seconds
    print(
        "epoch \(epoch)  training \(costs.suffix(100).reduce(0, +) / 100)  validation \(loss(of: model, on: validation))  \(seconds) s"
    )
}
var random = RandomSource(key: RandomKey(seed: 2))
let prompt = [numbers["\n"] ?? 0]
print(String(model.sample(after: prompt, count: 500, temperature: 0.8, using: &random).map { characters[$0] }))
