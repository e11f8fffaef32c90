/// A trial with what it is worth.
public struct SearchStanding: Sendable {
    /// Its last training on the usual dev examples.
    public var record: TrialRecord
    /// The objective; its mean over all dev sets for a finalist.
    public var objective: Double?
    /// The mean loss on the same dev examples, which decides between equal objectives.
    public var loss: Double?
    /// Trainings behind `objective`.
    public var count = 1
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

    /// All trials, best first. Where finalists were trained on further dev sets, only they can win, by their mean.
    public func standings(_ records: [TrialRecord]) -> [SearchStanding] {
        let folds = Dictionary(grouping: records.filter { $0.fold > 0 }, by: \.trial)
        let ended = last(records)
        var finalists: [SearchStanding] = []
        var others: [SearchStanding] = []
        for record in ended {
            var standing = standing(record)
            let trainings = ([record] + (folds[record.trial] ?? [])).filter { $0.status == .finished }
            let values = trainings.compactMap(\.objective)
            if values.count == self.folds + 1 {
                standing.objective = values.reduce(0, +) / Double(values.count)
                standing.loss = trainings.reduce(0) { $0 + ($1.metrics["loss"] ?? 0) } / Double(values.count)
                standing.count = values.count
                finalists.append(standing)
            } else {
                others.append(standing)
            }
        }
        return sorted(finalists) + sorted(others)
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
