import Foundation
internal import ThalwegDataSets
import ThalwegTraining

extension Diagnosis {
    /// The verdict for people, a sentence or two for what is large and for what is not known.
    public var sentences: [String] {
        if isFaultless { return [faultless] }
        if outcome != .gaps, let tooFewToJudge {
            return ["Too few examples to say anything (\(tooFewToJudge)): any gap between these errors may be chance."]
        }
        switch outcome {
        case .gaps:
            let large = largest.compactMap { self[$0] }
            var sentences = large.enumerated().map { place, gap in
                let name = gap.question.name.capitalizedFirst
                let title =
                    large.count == 1
                    ? "\(name) is the problem" : place == 0 ? "\(name) is the larger problem" : "\(name) is large, too"
                return "\(title): \(sentence(gap))"
            }
            if let open = gaps.first(where: { $0.verdict == .tooFew }) { sentences.append(tooFew(open)) }
            return sentences
        case .fine:
            let hasDev = self[.variance] != nil
            return [
                "Nothing is wrong: no gap between these errors is larger than matters."
                    + (hasDev ? "" : " Without a dev set nobody knows about variance.")
            ] + gaps.filter { $0.verdict == .tooFew }.map(tooFew)
        case .tooFew: return gaps.filter { $0.verdict == .tooFew }.prefix(2).map(tooFew)
        case .unknown:
            guard let bias = self[.avoidableBias] else { return [] }
            return [
                "No gap is large. How much of the training error of \(text(error("train"))) can be avoided depends on the human-level "
                    + "error, which is not known: at most \(size(bias.most ?? bias.size)). Tell it with --human-error."
            ]
        }
    }

    /// Whether there is nothing to gain that these examples could show.
    var isFaultless: Bool {
        let measured = levels.filter { $0.examples != nil }
        return self[.variance] != nil && tooFewToJudge == nil && measured.allSatisfy { $0.error == 0 }
    }

    private var faultless: String {
        let unseen = levels.filter { ["dev", "test"].contains($0.name) }
        let least = unseen.compactMap(\.interval?.high).min()
        let bound = unit == .share ? least.map { "; with 95 % the true error is below \(text($0))" } : nil
        let parts = levels.compactMap { level in level.examples.map { "\(grouped($0)) \(level.name)" } }
        return "Nothing to gain: there is no error on \(parts.joined(separator: ", ")) examples\(bound ?? ""). "
            + "Only more examples, or harder ones, to judge by would tell more."
    }

    /// The parts that training and its judgment rest on, where one has too few examples for any verdict; nil where none has.
    var tooFewToJudge: String? {
        let parts = levels.filter { ["train", "dev"].contains($0.name) && ($0.examples ?? .max) < Gap.fewest }
        return parts.isEmpty
            ? nil : parts.map { "\(grouped($0.examples ?? 0)) \($0.name)" }.joined(separator: ", ")
    }

    /// A gap's size and interval in a sentence.
    func sentence(_ gap: Gap) -> String {
        let least = gap.most == nil || gap.size == gap.most ? "" : "at least "
        return "the \(gap.to) error of \(text(error(gap.to))) is \(least)\(size(gap.size)) above "
            + "\(gap.from == "human" ? "human level" : "the \(gap.from) error") "
            + "(\(size(gap.interval.low)) to \(size(gap.interval.high)) with 95 %)."
    }

    private func tooFew(_ gap: Gap) -> String {
        let needed = gap.examplesNeeded.map { "; about \(grouped($0)) examples would tell" } ?? ""
        return
            "Too few examples to tell \(gap.question.name): \(gap.to) - \(gap.from) lies between \(size(gap.interval.low)) and "
            + "\(size(gap.interval.high))\(needed)."
    }

    private func error(_ name: String) -> Double { levels.first { $0.name == name }?.error ?? .nan }

    /// An error for people.
    public func text(_ error: Double) -> String { unit == .share ? percentText(error) : numberText(error) }

    /// The size of a gap for people: points of percent for shares.
    public func size(_ gap: Double) -> String {
        unit == .share ? String(format: "%.1f points", gap * 100) : numberText(gap)
    }
}

extension String {
    var capitalizedFirst: String { prefix(1).uppercased() + dropFirst() }
}
