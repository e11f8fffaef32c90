internal import ThalwegDataSets
internal import ThalwegEngine
internal import ThalwegTraining

/// Whether a good part of the mistakes on dev and test examples are rather wrong labels.
///
/// A label is doubted where two judges who do not know each other agree against it: the model, by confident learning (`LabelErrors`), and
/// four of the five nearest training examples. Where classes overlap there are always such examples; so it is a finding only where
/// they are a great part of what even the best rule that is known gets wrong, which tells separable classes with wrong labels from
/// classes that overlap, and where the model knows enough for its doubts to count (`LabelErrors.isTelling`).
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
    /// The share of right labels that the two judges agree with, and so of wrong ones that they find: a wrong label looks to them like
    /// a right one.
    public var power: Double?

    /// The error of the best rule that is known: of the model, or of what the human level was estimated from.
    public var bestError: Double?

    /// The share of wrong labels, with those that the judges do not find.
    public var rate: Double { min(share / max(power ?? 1, 1e-6), 1) }

    public var share: Double { Double(suspects.count) / Double(max(examples, 1)) }

    /// At least ten labels found, one in a hundred examples beyond chance, and wrong labels two fifths of the best error that is known.
    public var isFault: Bool {
        guard suspects.count >= 10, examples > 0 else { return false }
        let low = MeasuredError.counts(wrong: suspects.count, of: examples).interval().low
        let error = min(bestError ?? 1, Double(mistakes) / Double(examples))
        return low > 0.01 && rate >= 0.4 * error
    }

    /// - Parameter best: the error of the best other rule that is known.
    init?(_ model: TrainedModel, data: PreparedData, best: Double?) {
        let preprocessing = model.description.preprocessing
        guard preprocessing.task != .regression else { return nil }
        let judge = ModelErrors(model)
        (suspects, mistakes, examples, bestError) = ([], 0, 0, best)
        var margins: [Double] = []
        var right = (asked: 0, confirmed: 0)
        for (name, part) in [("dev", data.dev), ("test", data.test)] {
            guard let part, part.count > 0 else { continue }
            let outcomes = judge.outcomes(part)
            examples += outcomes.count
            mistakes += zip(outcomes.wanted, outcomes.answered).count { $0 != $1 }
            guard let labels = LabelErrors(outcomes), labels.isTelling else { continue }
            let agreed = (0..<outcomes.count).filter { outcomes.wanted[$0] == outcomes.answered[$0] }
            let asked = sampled(agreed.count, 500, seed: 0x7270).map { agreed[$0] }
            let sure = asked.filter { row in
                let label = outcomes.wanted[row]
                return labels.thresholds[label].map { outcomes.probability(row, label) >= $0 } ?? false
            }
            right.asked += asked.count
            right.confirmed += zip(sure, Self.neighborAnswers(of: sure, part, data.train, preprocessing)).count {
                outcomes.wanted[$0] == $1
            }
            let doubted = labels.suspects
            let answers = Self.neighborAnswers(of: doubted.map(\.row), part, data.train, preprocessing)
            for (suspect, answer) in zip(doubted, answers) where answer == suspect.suggestion {
                suspects.append(
                    Suspect(
                        part: name, index: suspect.row, label: preprocessing.classes[suspect.label],
                        suggestion: preprocessing.classes[suspect.suggestion]))
                margins.append(suspect.suggestionProbability - suspect.labelProbability)
            }
        }
        power = right.asked > 0 ? Double(right.confirmed) / Double(right.asked) : nil
        suspects = suspects.indices.sorted { (margins[$1], $0) < (margins[$0], $1) }.map { suspects[$0] }
    }

    /// The class that at least four of the five nearest training examples have, for each of some examples.
    private static func neighborAnswers(
        of rows: [Int], _ part: PreparedData.Part, _ train: PreparedData.Part, _ preprocessing: Preprocessing
    ) -> [Int?] {
        guard !rows.isEmpty else { return [] }
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
                + "with those not found about \(percentText(rate)): the model and four of five "
                + "nearest training examples agree on another class (\(shown.joined(separator: "; "))). "
                + "Training labels are probably wrong as often.")
    }

    func remedies(_ facts: RunFacts) -> [Remedy] {
        var remedies = [
            Remedy(
                "labels",
                "look at the doubted labels and put them right, in dev and test first: errors are measured by them",
                command: "thalweg errors \(facts.run.shellQuoted)")
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
