import Foundation
import ThalwegDataSets
import ThalwegTraining

extension Search {
    /// Ends trials that do worse, at the epoch they are in, than the median of those that have finished did at that
    /// epoch.
    func pruneWorst() throws {
        guard options.prunes, ContinuousClock.now - lastPruning > .seconds(1) else { return }
        lastPruning = .now
        let ended = journal.records.filter { $0.status == .finished && $0.fold == 0 }
        guard ended.count >= MedianRule.fewest else { return }
        for record in ended.dropFirst(curves.count) { curves.append(curve(of: record.folder)) }
        for process in running where process.job.fold == 0 && process.job.trial > 0 && process.job.rung == 0 {
            let isWorse = MedianRule.isWorse(
                curve(of: process.job.folder), than: curves, isHigherBetter: plan.objective.isHigherBetter)
            if isWorse { process.terminate(.pruned) }
        }
    }

    /// The metric of the dev examples after each epoch, from 0; their cost where the objective is no metric of the log.
    private func curve(of run: String) -> [Double] {
        let rows = (try? RunFolder(folder.url.appendingPathComponent(run).path).metricsRows()) ?? []
        let isMetric = plan.objective.name == data.preprocessing.task.metricName
        var curve: [Double] = []
        for row in rows where row.epoch == curve.count {
            let value = isMetric ? row.devMetric : plan.objective.isHigherBetter ? row.devCost.map { -$0 } : row.devCost
            guard let value else { break }
            curve.append(value)
        }
        return curve
    }
}

/// The median rule (Golovin et al. 2017): a training is hopeless when the best it has reached is worse than what half
/// of the others had reached by that epoch.
public enum MedianRule {
    /// Finished trainings below which nothing is judged.
    static let fewest = 5
    /// Epochs that every training gets.
    static let grace = 3

    /// - Parameter curve: a metric after each epoch, from 0; the others' likewise.
    public static func isWorse(_ curve: [Double], than others: [[Double]], isHigherBetter: Bool) -> Bool {
        let epoch = curve.count - 1
        guard others.count >= fewest, epoch >= grace else { return false }
        let sign = isHigherBetter ? 1.0 : -1.0
        func best(_ curve: [Double]) -> Double { curve.prefix(epoch + 1).map { sign * $0 }.max() ?? -.infinity }
        let values = others.map(best).sorted()
        return best(curve) < values[values.count / 2]
    }
}
