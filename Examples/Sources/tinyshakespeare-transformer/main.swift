// A small transformer learns to write like Shakespeare, character by character.
//
//     THALWEG_DATA=folder swift run -c release --package-path Examples tinyshakespeare-transformer
//
// The folder holds text-tinyshakespeare/input.txt; the first nine tenths are trained on, the last is for validation.
// 4 layers, 4 heads, width 128, context 64, 2,000 steps of 12 sequences end at 1.77 nats a character on the validation
// text. The rate was chosen there too: 0.001 gives 1.90, 0.002 gives 1.81.
import Foundation
import Thalweg

let (context, batch, steps, peakRate) = (64, 12, 2000, 0.004)

guard let folder = ProcessInfo.processInfo.environment["THALWEG_DATA"],
    let text = try? String(contentsOfFile: "\(folder)/text-tinyshakespeare/input.txt", encoding: .utf8)
else {
    FileHandle.standardError.write(Data("THALWEG_DATA must name the folder with text-tinyshakespeare/input.txt\n".utf8))
    exit(1)
}
let characters = Set(text).sorted()
let numbers = Dictionary(uniqueKeysWithValues: characters.enumerated().map { ($1, $0) })
let tokens = text.compactMap { numbers[$0] }
let (train, validation) = (tokens[..<(tokens.count * 9 / 10)], tokens[(tokens.count * 9 / 10)...])

/// Sequences that begin at `starts`, and the same one character later.
func sequences(_ part: ArraySlice<Int>, _ starts: [Int]) -> (x: Tensor, y: Tensor) {
    func rows(_ shift: Int) -> Tensor {
        let values = starts.flatMap { part[(part.startIndex + $0 + shift)...].prefix(context) }
        return Tensor(values, shape: [starts.count, context])
    }
    return (rows(0), rows(1))
}

let model = GPT(
    GPT.Configuration(vocabulary: characters.count, context: context, width: 128, layers: 4, heads: 4), seed: 1)

/// Mean loss over all of the validation text, cut into sequences.
func validationLoss(_ model: GPT) -> Double {
    let starts = Array(stride(from: 0, to: validation.count - context, by: context))
    let losses = stride(from: 0, to: starts.count, by: 128).map { first -> Double in
        let (x, y) = sequences(validation, Array(starts[first..<min(first + 128, starts.count)]))
        return softmaxCrossEntropy(logits: model(x), classes: y, reduction: .sum).item()
    }
    return losses.reduce(0, +) / Double(starts.count * context)
}

func short(_ number: Double) -> String { String(format: "%.4f", number) }

let step = TrainingStep(
    model, rule: UpdateRule(Adam(.decoupled, beta2: 0.99, weightDecay: 0.1), clipping: .norm(1))
) { softmaxCrossEntropy(logits: $0, classes: $1) }
let schedule = try Schedule(.cosine(warmup: 1, cycles: 1, growth: 1, floor: 0.1))
var random = RandomSource(key: RandomKey(seed: 1))
let start = ContinuousClock.now
var cost = 0.0

print("\(characters.count) characters, \(model.parameterCount) parameters")
for number in 0..<steps {
    let (x, y) = sequences(train, (0..<batch).map { _ in Int.random(in: 0..<train.count - context, using: &random) })
    // The schedule counts in epochs; here one is a hundred steps.
    let progress = Schedule.Progress(epoch: number / 100, step: number, stepsPerEpoch: 100, epochs: steps / 100)
    cost += step(x, y, rate: schedule.rate(base: peakRate, at: progress)).cost / 100
    if (number + 1) % 100 == 0 {
        let seconds = start.duration(to: .now).components.seconds
        let report = (number + 1) % 500 == 0 ? "  validation \(short(validationLoss(model)))" : ""
        print("step \(number + 1)  loss \(short(cost))\(report)  \(seconds) s")
        cost = 0
    }
}
print("\nvalidation loss: \(short(validationLoss(model))) nats a character\n")
model.generate([numbers["\n"] ?? 0], count: 500, sampling: Sampling(temperature: 0.8, topK: 20, seed: 1)) {
    print(characters[$0], terminator: "")
}
print()
