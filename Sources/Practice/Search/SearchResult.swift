import Foundation
import ThalwegDataSets
public import ThalwegTraining

/// What a search came to.
public struct SearchResult: Sendable {
    public var folder: SearchFolder
    public var plan: SearchPlan
    public var records: [TrialRecord]
    /// Best first.
    public var standings: [SearchStanding]
    /// The winner, trained again and judged by the test examples.
    public var best: ModelDescription
    /// Its settings, over those that every trial starts from.
    public var settings: [String: SearchValue]
    /// Whether it learned from the dev examples, too.
    public var learnedFromDev: Bool
    /// What it costs on this machine.
    public var costs: ModelCosts?
    /// Of the trials and of training the winner again, over all sessions of the search.
    public var seconds: Double

    public var winner: SearchStanding? { standings.first }
    /// Trial 0.
    public var unchanged: SearchStanding? { standings.first { $0.record.trial == 0 } }

    /// What trains the winner again.
    public var command: String {
        (["thalweg train --config", folder.settings.relativePath.shellQuoted]
            + settings.sorted { $0.key < $1.key }.map { "--set " + "\($0.key)=\($0.value.text)".shellQuoted })
            .joined(separator: " ")
    }

    /// What is said of the conditions where no trial meets all of them.
    public var missedConditions: String? {
        guard let winner, !winner.isFeasible else { return nil }
        let missed = plan.constraints.compactMap { constraint -> String? in
            guard let value = winner.record.metrics[constraint.metric] else {
                return "\(constraint.metric) is not known"
            }
            guard !constraint.isMet(value) else { return nil }
            return "\(constraint.metric) is \(numberText(value)), not \(constraint.relation.rawValue) "
                + numberText(constraint.limit)
        }
        return "No trial meets all conditions. The nearest is trial \(winner.record.trial): "
            + missed.joined(separator: "; ") + "."
    }

    /// What was gained, in a sentence.
    public var gain: String {
        guard let winner, winner.record.trial != 0 else { return "Nothing did better than the settings as they are." }
        guard let found = winner.objective, let before = unchanged?.objective, let unchanged,
            unchanged.record.status == .finished
        else { return "Trial \(winner.record.trial) is the best; the settings as they are came to no end." }
        let sets = winner.count > 1 ? "the mean of \(winner.count) dev sets" : "the dev examples, which chose it"
        return
            "\(plan.objective.name) \(plan.objective.text(found)) instead of \(plan.objective.text(before)) with the "
            + "settings as they are, by \(sets)."
    }

    /// How the winner did on the test examples, in a sentence; nil without any.
    public var testSentence: String? {
        let name = best.task.metricName
        if let test = best.training.assessments?.test {
            let count = best.training.testUses ?? 1
            let uses =
                count == 1
                ? "once"
                : "which have now been used \(grouped(count)) times, so that they flatter what is chosen by them"
            let interval = test.interval.map {
                " (95 % interval \(metricText($0.low, name: name)) to \(metricText($0.high, name: name)))"
            }
            return "Trained again\(learnedFromDev ? " with the dev examples" : "") and judged by "
                + "\(counted(test.score.count, "test example")), \(uses): \(name) "
                + metricText(test.score.metric, name: name) + (interval ?? "") + "."
        }
        return best.training.assessments?.crossValidation.map {
            "By cross-validation over \($0.folds) folds: \(name) \(metricText($0.assessment.score.metric, name: name))."
        }
    }
}

extension TrialRecord {
    /// What the trial sets, as `learning-rate=0.01 layers=64,32`.
    public var settings: String {
        parameters.isEmpty
            ? "unchanged"
            : parameters.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value.text)" }.joined(separator: " ")
    }
}
