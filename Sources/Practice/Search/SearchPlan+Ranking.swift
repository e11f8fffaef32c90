/// A trial with what it is worth.
public struct SearchStanding: Sendable {
    /// Its last training on the usual dev examples.
    public var record: TrialRecord
    /// The objective; for a finalist its mean over the further dev sets, which did not choose it.
    public var objective: Double?
    /// The mean loss on the same dev examples, which decides between equal objectives.
    public var loss: Double?
    /// Trainings behind `objective`.
    public var count = 1
    /// Of a finalist: by how much it is better than the settings as they are.
    public var gain: SearchGain?
    /// How far it is from meeting all conditions, as a share of the limit it misses most; 0 when it meets them.
    public var violation = 0.0

    public var isFeasible: Bool { violation == 0 }
}

extension SearchPlan {
    /// Best first: finished trials that meet all conditions, then those that miss them by less, then those that failed.
    /// Equal ones by their loss, then by their number.
    func ranking(_ records: [TrialRecord]) -> [SearchStanding] {
        sorted(records.map(standing))
    }

    /// All trials that have been trained in full, best first, without regard to further dev sets.
    func contenders(_ records: [TrialRecord]) -> [SearchStanding] {
        ranking(last(records).filter { $0.status == .finished })
    }

    /// All trials, best first. Where finalists were trained on further dev sets, only they can win, by their mean over
    /// these; differences that are no more than the noise between dev sets do not count (`rankedBeyondNoise`).
    public func standings(_ records: [TrialRecord]) -> [SearchStanding] {
        let further = Dictionary(grouping: records.filter { $0.judgesFinalist && $0.status == .finished }, by: \.trial)
        var finalists: [Finalist] = []
        var others: [SearchStanding] = []
        for record in last(records) {
            var standing = standing(record)
            let trainings = (further[record.trial] ?? []).sorted { $0.fold < $1.fold }
            let objectives = trainings.compactMap(\.objective)
            guard record.status == .finished, folds > 0, objectives.count == folds else {
                others.append(standing)
                continue
            }
            standing.objective = objectives.mean
            standing.loss = trainings.map { $0.metrics["loss"] ?? 0 }.mean
            standing.count = folds
            let losses = tieBreaker.map { name in trainings.compactMap { $0.metrics[name] } }
            finalists.append(Finalist(standing: standing, objectives: objectives, losses: losses ?? []))
        }
        return rankedBeyondNoise(finalists) + sorted(others)
    }

    /// A finalist with its values on the further dev sets.
    private struct Finalist {
        var standing: SearchStanding
        var objectives: [Double]
        /// Empty where there is no tie breaker.
        var losses: [Double]
    }

    /// Finalists, best first, with the winner ahead of all.
    ///
    /// Those within one standard error of the best are as good as it; of them, the one with the lowest log loss wins,
    /// which is less noisy than shares. The settings as they are win where they are among them and the log loss is not
    /// lower by more than its standard error, either.
    private func rankedBeyondNoise(_ finalists: [Finalist]) -> [SearchStanding] {
        let noise = SearchGain.standardError(finalists.map(\.objectives))
        let sign = objective.isHigherBetter ? 1.0 : -1.0
        var finalists = finalists
        if let before = finalists.first(where: { $0.standing.record.trial == 0 }) {
            for index in finalists.indices where finalists[index].standing.record.trial != 0 {
                finalists[index].standing.gain = SearchGain(
                    mean: sign * (finalists[index].objectives.mean - before.objectives.mean), standardError: noise)
            }
        }
        let ranked = sorted(finalists.map(\.standing))
        guard let best = ranked.first else { return [] }
        let tied = finalists.filter { finalist in
            finalist.standing.violation == best.violation
                && sign * ((best.objective ?? 0) - finalist.objectives.mean) <= noise
        }
        let unchanged = tied.first { $0.standing.record.trial == 0 }
        var winner = unchanged?.standing ?? best
        if tied.allSatisfy({ $0.losses.count == folds }),
            let lowest = tied.min(by: { $0.losses.mean < $1.losses.mean })
        {
            let noise = unchanged == nil ? 0 : SearchGain.standardError(finalists.map(\.losses))
            if lowest.losses.mean < (unchanged?.losses.mean ?? .infinity) - noise { winner = lowest.standing }
        }
        return [winner] + ranked.filter { $0.record.trial != winner.record.trial }
    }

    /// The last record of each trial, in the order of their numbers; trials that went furthest only, where some were
    /// promoted.
    private func last(_ records: [TrialRecord]) -> [TrialRecord] {
        let usual = records.filter { $0.fold == 0 }
        let top = usual.map(\.rung).max() ?? 0
        let latest = Dictionary(usual.map { ($0.trial, $0) }) { $0.rung > $1.rung ? $0 : $1 }
        return latest.values.filter { $0.rung == top || $0.status != .finished }.sorted { $0.trial < $1.trial }
    }

    private func sorted(_ standings: [SearchStanding]) -> [SearchStanding] {
        standings.sorted { a, b in
            let isFinished = (a.record.status == .finished, b.record.status == .finished)
            if isFinished.0 != isFinished.1 { return isFinished.0 }
            if a.violation != b.violation { return a.violation < b.violation }
            switch (a.objective, b.objective) {
            case (let x?, let y?) where x != y: return objective.isBetter(x, than: y)
            case (nil, _?): return false
            case (_?, nil): return true
            default: break
            }
            let losses = [a, b].map { $0.loss ?? .infinity }
            return losses[0] != losses[1] ? losses[0] < losses[1] : a.record.trial < b.record.trial
        }
    }

    private func standing(_ record: TrialRecord) -> SearchStanding {
        SearchStanding(
            record: record, objective: record.objective, loss: record.metrics["loss"], violation: violation(record))
    }

    private func violation(_ record: TrialRecord) -> Double {
        constraints.map { $0.violation(record.metrics[$0.metric]) }.max() ?? 0
    }
}
