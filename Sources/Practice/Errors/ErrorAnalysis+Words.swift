import ThalwegDataSets
import ThalwegEngine
import ThalwegTraining

/// The sentences that pages and terminals share.
extension ErrorAnalysis {
    /// An error, or a part of one, for people: a share in percent, or a number in the target's unit.
    public func errorText(_ value: Double) -> String { mistakeCount == nil ? numberText(value) : percentText(value) }

    /// How good the model is on these examples.
    public var summary: String {
        guard let mistakeCount else {
            return "\(grouped(outcomes.count)) examples, RMSE \(numberText(error))."
        }
        guard mistakeCount > 0 else { return "All of \(counted(outcomes.count, "example")) right." }
        return
            "\(counted(mistakeCount, "mistake")) on \(counted(outcomes.count, "example")): an error of \(percentText(error))."
    }

    /// Said where no slice stands out.
    public var noSlices: String {
        sliceCount == 0
            ? "Too few examples, or no columns, to look for slices."
            : "None of \(counted(sliceCount, "slice")) has a significantly higher error than the rest."
    }

    public func tagSummary(_ report: TagReport) -> String {
        let mistakes = report.reviewedMistakes.map { ", \(counted($0, "mistake")) among them" } ?? ""
        return
            "\(counted(report.reviewed, "example")) looked at\(mistakes). A tag gains at most its share of the error."
    }

    /// `wanted '7', answered '1' (93.1 %)`.
    public func words(_ mistake: Mistake) -> String {
        guard let probability = mistake.probability else {
            return "wanted \(mistake.wanted), predicted \(mistake.answered)"
        }
        return "wanted '\(mistake.wanted)', answered '\(mistake.answered)' (\(percentText(probability)))"
    }

    public func lossText(_ mistake: Mistake) -> String {
        mistakeCount == nil ? "off by \(numberText(mistake.loss))" : "loss \(numberText(mistake.loss))"
    }

    /// The probability that a slice's difference is chance.
    public func chanceText(_ slice: ErrorSlice) -> String {
        slice.falseDiscoveryRate < 0.001 ? "< 0.001" : numberText(slice.falseDiscoveryRate)
    }

    /// What there is to say about the labels; nil where they were not judged.
    public var labelSummary: String? {
        labelErrors.map { labels in
            guard labels.isTelling else {
                let why =
                    labels.count < 50
                    ? "there are only \(counted(labels.count, "label"))"
                    : "the model agrees with them too little (kappa \(labels.agreement.map(numberText) ?? "undefined"))"
                return "The labels are not judged: \(why)."
            }
            guard !labels.suspects.isEmpty else { return "No label is doubted." }
            return
                "\(counted(labels.suspects.count, "label")) of \(grouped(labels.count)) doubted, the surest first. If the "
                + "model's probabilities are right, about \(percentText(labels.rate)) of the labels are wrong; hard examples "
                + "are among the doubted, so look before changing one."
        }
    }

    /// The lists of mistakes that show something new, with their titles.
    public var lists: [(id: String, title: String, words: String, mistakes: [Mistake])] {
        var lists = [
            mistakeCount == nil
                ? ("worst", "Largest errors", "The examples furthest from their prediction.", worst)
                : ("worst", "Worst mistakes", "The right class got the least probability.", worst)
        ]
        // Of two classes the surest mistakes are the worst ones.
        if confident.map(\.index) != worst.map(\.index) {
            lists.append(
                ("confident", "Most confident mistakes", "The wrong answers the model was surest of.", confident))
        }
        if (mistakeCount ?? 0) > worst.count {
            lists.append(
                (
                    "uncertain", "Most uncertain mistakes", "The wrong answers that were nearest to being right.",
                    uncertain
                ))
        }
        return lists.filter { !$0.3.isEmpty }
    }

    /// What a doubted label is, and what it probably should be, by its place among the doubted.
    public func suspectWords(_ place: Int) -> String {
        guard let labels = labelErrors, labels.suspects.indices.contains(place) else { return "" }
        let suspect = labels.suspects[place]
        return "labeled '\(labels.classes[suspect.label])', probably '\(labels.classes[suspect.suggestion])' "
            + "(\(percentText(suspect.suggestionProbability)))"
    }

    /// The effect of a column: on a probability, or in the target's unit.
    public func effectText(_ effect: Double) -> String {
        mistakeCount == nil ? numberText(effect) : percentText(effect)
    }
}
