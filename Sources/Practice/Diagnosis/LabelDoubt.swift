internal import ThalwegDataSets
internal import ThalwegEngine
internal import ThalwegTraining

/// Whether a good part of the mistakes on dev and test examples are rather wrong labels.
///
/// A label is doubted where two judges who do not know each other agree against it: the model, by confident learning (`LabelErrors`), and
/// four of the five nearest training examples. Where classes overlap there are always such examples; so it is a finding only where
/// a great part of the mistakes is of this kind, which tells separable classes with wrong labels from classes that overlap.
public struct LabelDoubt: Codable, Sendable, Hashable {
    /// One doubted label of the dev or test examples.
    public struct Suspect: Codable, Sendable, Hashable {
        /// `dev` or `test`, and the example's place in it, from 0.
        public var part: String
        public var index: Int
        public var label: String
        public var suggestion: String
    }

    /// The surest first.
    public var suspects: [Suspect]
    public var mistakes: Int
    public var examples: Int

    public var share: Double { Double(suspects.count) / Double(max(examples, 1)) }

    /// At least ten labels, one in a hundred examples beyond chance, and two fifths of all mistakes.
    public var isFault: Bool {
        guard suspects.count >= 10, examples > 0 else { return false }
        let low = MeasuredError.counts(wrong: suspects.count, of: examples).interval().low
        return low > 0.01 && suspects.count * 5 >= mistakes * 2
    }

    init?(_ model: TrainedModel, data: PreparedData) {
        let preprocessing = model.description.preprocessing
        guard preprocessing.task != .regression else { return nil }
        let judge = ModelErrors(model)
        (suspects, mistakes, examples) = ([], 0, 0)
        var margins: [Double] = []
        for (name, part) in [("dev", data.dev), ("test", data.test)] {
            guard let part, part.count > 0 else { continue }
            let outcomes = judge.outcomes(part)
            examples += outcomes.count
            mistakes += zip(outcomes.wanted, outcomes.answered).count { $0 != $1 }
            guard let doubted = LabelErrors(outcomes)?.suspects, !doubted.isEmpty else { continue }
            let answers = Self.neighborAnswers(of: doubted.map(\.row), part, data.train, preprocessing)
            for (suspect, answer) in zip(doubted, answers) where answer == suspect.suggestion {
                suspects.append(
                    Suspect(
                        part: name, index: suspect.row, label: preprocessing.classes[suspect.label],
                        suggestion: preprocessing.classes[suspect.suggestion]))
                margins.append(suspect.suggestionProbability - suspect.labelProbability)
            }
        }
        suspects = suspects.indices.sorted { (margins[$1], $0) < (margins[$0], $1) }.map { suspects[$0] }
    }

    /// The class that at least four of the five nearest training examples have, for each of some examples.
    private static func neighborAnswers(
        of rows: [Int], _ part: PreparedData.Part, _ train: PreparedData.Part, _ preprocessing: Preprocessing
    ) -> [Int?] {
        let rows = Array(rows.prefix(1000))
        let known = sampled(train.count, NeighborErrors.candidates, seed: 0x6C61)
        let raw = [train.x.gathered(at: Tensor(known)), part.x.gathered(at: Tensor(rows))].map {
            $0.reshaped(to: [$0.shape[0], -1]).cast(to: .float32)
        }
        let all = comparable(
            Tensor.concatenate(raw, along: 0), embeddings: preprocessing.embeddings.count,
            rows: Array(0..<known.count + rows.count))
        let (candidates, asked) = (all[0..<known.count], all[known.count...])
        let distances = (candidates.square().sum(along: 1) - matmul(asked, candidates.transposed()) * 2)
            .scalars(as: Float.self)
        let targets = train.targets(preprocessing).numbers
        return rows.indices.map { query in
            let nearest = NeighborErrors.nearest(
                distances, from: query * known.count, count: known.count, except: nil, 5)
            let votes = nearest.map { Int(targets[known[$0]]) }
            return votes.first { answer in votes.count { $0 == answer } >= 4 }
        }
    }

    var finding: Finding {
        let shown = suspects.prefix(3).map {
            "\($0.part) example \($0.index + 1) is labeled \($0.label), rather \($0.suggestion)"
        }
        return Finding(
            .labelErrors,
            "\(grouped(suspects.count)) of \(grouped(examples)) dev and test examples (\(percentText(share))) are probably mislabeled, "
                + "\(percentText(Double(suspects.count) / Double(max(mistakes, 1)))) of all mistakes: the model and four of five "
                + "nearest training examples agree on another class (\(shown.joined(separator: "; "))). "
                + "Training labels are probably wrong as often.")
    }

    func remedies(_ facts: RunFacts) -> [Remedy] {
        var remedies = [
            Remedy(
                "labels",
                "look at the doubted labels and put them right, in dev and test first: errors are measured by them",
                command: "thalweg errors \(facts.run.asShellWord)")
        ]
        if facts.configuration.labelSmoothing == 0 {
            remedies.append(
                facts.remedy(
                    "smoothing", "until then make training trust labels less: label smoothing of 0.1",
                    [.init("label-smoothing", "0.1")]))
        }
        return remedies
    }
}

/// Some places of `count`, at most `most`, drawn without repetition.
func sampled(_ count: Int, _ most: Int, seed: UInt64) -> [Int] {
    var random = RandomSource(key: RandomKey(seed: seed))
    return Array((0..<count).shuffled(using: &random).prefix(most))
}
