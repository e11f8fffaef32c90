import Thalweg

/// Figures and what they are worth, as text for people.
struct AssessmentReport {
    /// In the order of the table. The one named `judge` is the one that sentences are about.
    var parts: [(name: String, assessment: Assessment)]
    var judge: (name: String, assessment: Assessment)
    var model: ModelDescription

    private var metric: String { model.task.metricName }

    /// Classes with few training examples, by place.
    private var rare: [Int] { model.targets?.rare ?? [] }

    var table: [String] {
        let balances = !rare.isEmpty
        let head = ["", metric, "95 % interval", "baseline"] + (balances ? ["balanced"] : []) + ["loss", "examples"]
        let rows = parts.map { name, part -> [String] in
            let interval =
                part.interval.map { "\(text($0.low)) to \(text($0.high))" } ?? (part.isTooFew ? "too few to tell" : "-")
            let balanced = balances ? [part.balancedAccuracy.map(text) ?? "-"] : []
            return [name, text(part.score.metric), interval, part.baseline.map(text) ?? "-"] + balanced
                + [numberText(part.score.loss), grouped(part.score.count)]
        }
        return aligned([head] + rows)
    }

    /// What the figures say and what they do not.
    var sentences: [String] { [baseline, gain, imbalance, absent, threshold].compactMap { $0 } }

    /// `test accuracy 97.5 % (baseline 10.2 %, 360 examples)`.
    var line: String {
        let (name, part) = judge
        let isBeaten = part.gain != Assessment.Gain.none
        var inner = part.baseline.map { ["\(isBeaten ? "" : "not better than the ")baseline \(text($0))"] } ?? []
        if !rare.isEmpty, let balanced = part.balancedAccuracy { inner.append("balanced \(text(balanced))") }
        inner.append(counted(part.score.count, "example") + (part.isTooFew ? ": too few to tell" : ""))
        return "\(name) \(metric) \(text(part.score.metric)) (\(inner.joined(separator: ", ")))"
    }

    private func text(_ value: Double) -> String { metricText(value, name: metric) }

    private var baseline: String? {
        guard let targets = model.targets else { return nil }
        if let usual = targets.mostFrequent {
            return "Baseline: always '\(model.classes[usual])', the most frequent class of the training examples."
        }
        let means = targets.means.prefix(3).map(numberText).joined(separator: ", ")
        return "Baseline: always \(means)\(targets.means.count > 3 ? ", …" : ""), the mean of the training examples."
    }

    private var gain: String? {
        switch judge.assessment.gain {
        case nil, .better?: nil
        case .unclear?: "No clear gain: the baseline lies within the interval (\(judge.name))."
        case Assessment.Gain.none?: "The model is not better than the baseline (\(judge.name))."
        case .tooFew?:
            "\(counted(judge.assessment.score.count, "example")) are too few to tell how good the model is (\(judge.name))."
                .replacing(" example are", with: " example is")
        }
    }

    private var imbalance: String? {
        guard let targets = model.targets, !rare.isEmpty else { return nil }
        let total = Double(targets.counts.reduce(0, +))
        let shares = rare.prefix(4).map {
            "'\(model.classes[$0])' \(percentText(Double(targets.counts[$0]) / total))"
        }
        let recalls = judge.assessment.recalls.filter { $0.count > 0 }
        let shown = recalls.count <= 6 ? recalls : Array(recalls.sorted { ($0.share ?? 0) < ($1.share ?? 0) }.prefix(6))
        let words = shown.map { "'\($0.label)' \(percentText($0.share ?? 0)) of \(grouped($0.count))" }
        return "Imbalanced classes (of the training examples \(shares.joined(separator: ", "))"
            + "\(rare.count > 4 ? ", …" : "")). Recall (\(judge.name)"
            + "\(recalls.count > shown.count ? ", the worst" : "")): \(words.joined(separator: ", "))."
    }

    private var threshold: String? {
        model.threshold.map {
            "Answers '\(model.classes[1])' from a probability of \(numberText($0.probability)) on: missing one costs as much as "
                + "\(numberText($0.falseNegativeCost)) false ones."
        }
    }

    private var absent: String? {
        let labels = judge.assessment.recalls.filter { $0.count == 0 }.map { "'\($0.label)'" }
        guard !labels.isEmpty else { return nil }
        return
            "No example of \(labels.prefix(6).joined(separator: ", "))\(labels.count > 6 ? ", …" : "") (\(judge.name))."
    }
}

extension Assessments {
    /// In the order of reports.
    var parts: [(name: String, assessment: Assessment)] {
        [("train", train)] + (dev.map { [("dev", $0)] } ?? []) + (test.map { [("test", $0)] } ?? [])
            + (crossValidation.map { [("\($0.folds) folds", $0.assessment)] } ?? [])
    }
}
