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
    /// That the data are too few to choose by, in a sentence; nil where they are not.
    public var caution: String?
    /// Whether it learned from the dev examples, too.
    public var learnedFromDev: Bool
    /// What told how long it trained without a dev set to stop it; nil where there was no choice.
    public var rehearsal: SearchRehearsal?
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
        guard let winner, winner.record.trial != 0 else { return nothingGained }
        guard let unchanged, unchanged.record.status == .finished, winner.objective != nil else {
            return "Trial \(winner.record.trial) is the best; the settings as they are came to no end."
        }
        guard winner.violation == unchanged.violation else {
            return comparison(winner, unchanged) + ": the conditions decided, which those miss"
                + (winner.isFeasible ? "." : " by more.")
        }
        guard let gain = winner.gain else {
            return "\(comparison(winner, unchanged)), by the dev examples, which chose it."
        }
        let verdict =
            gain.isBeyondNoise
            ? errors(gain)
            : "which is within the noise; of the trials as good as the best it has the lowest "
                + (plan.tieBreaker ?? "loss")
        return "\(comparison(winner, unchanged)), by the mean of \(devSets(winner)), \(verdict)."
    }

    private var nothingGained: String {
        let second = standings.dropFirst().first
        guard let winner, let second, winner.isFeasible == second.isFeasible, let gain = second.gain, gain.mean > 0
        else { return "Nothing did better than the settings as they are." }
        return "Nothing did better than the settings as they are beyond the noise of \(devSets(second)): trial "
            + "\(second.record.trial) comes to \(comparison(second, winner)), \(errors(gain))."
    }

    private func comparison(_ standing: SearchStanding, _ unchanged: SearchStanding) -> String {
        let texts = [standing, unchanged].map { $0.objective.map(plan.objective.text) ?? "?" }
        return "\(plan.objective.name) \(texts[0]) instead of \(texts[1]) with the settings as they are"
    }

    private func devSets(_ standing: SearchStanding) -> String {
        plan.base.dev == nil
            ? "\(standing.count) dev sets that did not choose it"
            : "\(standing.count) further trainings, which differ in their seed and not in the dev examples that chose and judge them"
    }

    private func errors(_ gain: SearchGain) -> String {
        gain.standardError > 0
            ? String(format: "%.1f times the standard error of the difference", gain.mean / gain.standardError)
            : "the same on each"
    }

    /// Why the winner's training ended where dev sets had stopped the trials, in a sentence; nil where it did not.
    public var cutSentence: String? {
        guard let rehearsal, !rehearsal.isAsGood else { return nil }
        let end = best.training.epochs
        let losses =
            rehearsal.loss.isFinite
            ? "a loss of \(numberText(rehearsal.loss)) instead of \(numberText(rehearsal.stoppedLoss))"
            : "one came to no end"
        return
            "Its training ends after \(counted(end, "epoch")), where further dev sets had stopped it: with none to stop it, "
            + "a whole training did worse in rehearsals on \(counted(rehearsal.count, "dev set")) (\(losses))."
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
