// Names for dinosaurs, letter by letter: the course's character model (course 5, week 1).
//
//     THALWEG_DATA=folder swift run -c release --package-path Examples dinosaur-names [SEED]
//
// The folder holds text-dinosaurs/dinos.txt. A tanh network of 50 units reads one name a step; its state goes on from name
// to name. 35,000 steps at rate 0.01, gradients clipped to ±5. The loss is summed over a name's letters and smoothed from
// that of seven letters drawn blindly, 7·ln 27; the course's run stands at 22.397 at step 34,000.
import Foundation
import Thalweg

guard let folder = ProcessInfo.processInfo.environment["THALWEG_DATA"],
    let text = try? String(contentsOfFile: "\(folder)/text-dinosaurs/dinos.txt", encoding: .utf8)
else {
    FileHandle.standardError.write(Data("THALWEG_DATA must name the folder with text-dinosaurs/dinos.txt\n".utf8))
    exit(1)
}
let letters = Array("\nabcdefghijklmnopqrstuvwxyz")
let numbers = Dictionary(uniqueKeysWithValues: letters.enumerated().map { ($1, $0) })
let names = text.split(separator: "\n").map { $0.lowercased().compactMap { numbers[$0] } }

let seed = CommandLine.arguments.dropFirst().first.flatMap { UInt64($0) } ?? 1
let keys = KeyStream(seed: seed)
let small = Initializer.normal(scale: 0.01)
let model = CharacterRNN(
    recurrent: RNN(
        27, 50, bias: .single, initializer: small, recurrentInitializer: small, biasInitializer: .zeros,
        key: keys.next()),
    output: Dense(50, 27, initializer: small, key: keys.next()))
let step = TrainingStep(
    CharacterStream(model, batch: 1), rule: UpdateRule(SGD(), clipping: .value(5)), threads: 1
) { softmaxCrossEntropy(logits: $0, classes: $1, reduction: .sum) }

let order = BatchOrder(count: names.count, seed: seed).order(epoch: 0)
var random = RandomSource(key: keys.next())
var smoothed = 7 * log(27.0)
let start = ContinuousClock.now
for number in 0..<35_000 {
    let name = names[order[number % names.count]]
    // The model sees nothing, then the name; it is to say the name, then the end of the line.
    let cost = step(Tensor([[-1] + name]), Tensor([name + [0]]), rate: 0.01).cost
    smoothed = 0.999 * smoothed + 0.001 * cost
    guard number % 2000 == 0 else { continue }
    let samples = (0..<7).map { _ in
        model.sample(count: 50, end: 0, using: &random).map { String(letters[$0]) }.joined()
            .trimmingCharacters(in: .newlines).capitalized
    }
    let loss = String(format: "%.6f", smoothed)
    print("step \(number)  smoothed loss \(loss)  \(samples.joined(separator: " "))")
}
print("\(start.duration(to: .now).components.seconds) seconds")
