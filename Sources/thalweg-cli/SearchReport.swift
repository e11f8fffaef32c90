import Foundation
import Thalweg
import ThalwegPractice

/// A line on standard error for every training that ends.
final class SearchProgress: SearchObserver {
    private let isQuiet: Bool
    private var best: Double?

    init(isQuiet: Bool) { self.isQuiet = isQuiet }

    func searchWillStart(_ search: Search) {
        guard !isQuiet else { return }
        let plan = search.plan
        let parameters = Set(plan.space.parameters.map(\.key)).count
        var lines = [
            [
                "search",
                "\(plan.strategy.rawValue), \(counted(search.proposals, "trial")) over "
                    + counted(parameters, "parameter") + rungs(plan),
            ],
            [
                "objective",
                "\(plan.objective.name) of the dev examples, \(plan.objective.isHigherBetter ? "high" : "low")",
            ],
        ]
        if !plan.constraints.isEmpty {
            lines.append(["subject to", plan.constraints.map(\.description).joined(separator: ", ")])
        }
        lines.append(["folder", search.folder.path])
        if !search.records.isEmpty {
            lines.append(["resumed", "\(counted(search.records.count, "training")) done before"])
        }
        for line in aligned(lines) { Terminal.note(line + "\n") }
        if let caution = search.caution { Terminal.note("note: \(caution)\n") }
        for finding in search.findings { Terminal.note("note: \(finding.line)\n") }
        for record in search.records { observe(record, search) }
    }

    func trialDidEnd(_ record: TrialRecord, in search: Search) {
        observe(record, search)
        guard !isQuiet else { return }
        var line = "trial \(record.trial)"
        let isNew = !search.records.contains { $0.trial == record.trial && $0.rung < record.rung }
        if !isNew { line += " promoted" }
        if record.course != nil { line += ", rehearsal without a dev set to stop it" }
        if record.fold > 0 { line += ", dev set \(record.fold + 1)" }
        line += ": "
        switch record.status {
        case .finished:
            line += "\(search.plan.objective.name) \(record.objective.map { search.plan.objective.text($0) } ?? "?")"
            line += best == record.objective && record.fold == 0 ? " (best so far)" : ""
        case .failed, .pruned: line += "\(record.status.rawValue), \(record.reason ?? "")"
        }
        if let epochs = record.epochs { line += ", \(counted(epochs, "epoch"))" }
        if let seconds = record.seconds { line += ", \(duration(seconds))" }
        if record.fold == 0, isNew { line += "  " + record.settings }
        Terminal.note(line + "\n")
    }

    func searchWillTrainBest(_ winner: SearchStanding) {
        guard !isQuiet else { return }
        Terminal.note("training the winner again, trial \(winner.record.trial)\n")
    }

    /// What trials are trained for where only the best are trained in full.
    private func rungs(_ plan: SearchPlan) -> String {
        guard let first = plan.rungs.first, plan.rungs.count > 1 else { return "" }
        let share = Int((1 / first).rounded())
        return ", the first \(grouped(plan.coarseTrials)) for a \(share == 3 ? "third" : "ninth") of the epochs"
    }

    private func observe(_ record: TrialRecord, _ search: Search) {
        guard record.fold == 0, record.status == .finished, let value = record.objective else { return }
        if best.map({ search.plan.objective.isHigherBetter ? value > $0 : value < $0 }) ?? true { best = value }
    }
}

/// What a search found, for the terminal and as JSON.
struct SearchReport {
    private let result: SearchResult
    private let importance: SearchImportance

    init(_ result: SearchResult) {
        self.result = result
        importance = SearchImportance(plan: result.plan, records: result.records)
    }

    private var objective: SearchObjective { result.plan.objective }
    private var winner: SearchStanding? { result.winner }
    private var unchanged: SearchStanding? { result.unchanged }

    var line: String {
        let score = winner?.objective.map { objective.text($0) } ?? "?"
        return
            "\(objective.name) \(score) on dev, trial \(winner?.record.trial ?? 0); saved in \(result.folder.best.path)"
    }

    var text: String {
        ([summary, ""] + table + [""] + conditions + importanceLines + [""] + verdict).joined(separator: "\n")
    }

    private var summary: String {
        let trials = Set(result.records.map(\.trial)).count
        let failed = Set(result.records.filter { $0.status == .failed }.map(\.trial)).count
        let pruned = result.records.count { $0.status == .pruned }
        var words =
            "\(counted(trials, "trial")), \(counted(result.records.count, "training")) in \(duration(result.seconds))"
        if failed > 0 { words += "; \(failed) failed" }
        if pruned > 0 { words += "; \(pruned) pruned" }
        return words + "."
    }

    private var table: [String] {
        let limits = result.plan.constraints.map(\.metric)
        var rows = [["", "trial", objective.name, "dev sets", "loss"] + limits + ["settings"]]
        let shown = result.standings.filter { $0.record.status == .finished }.prefix(10)
        let others = shown.contains { $0.record.trial == 0 } ? [] : unchanged.map { [$0] } ?? []
        for (place, standing) in (shown + others).enumerated() {
            let record = standing.record
            let measured = limits.map { name in record.metrics[name].map(numberText) ?? "?" }
            let mark = place == 0 ? "best" : standing.isFeasible ? "" : "misses"
            rows.append(
                [
                    mark, "\(record.trial)", standing.objective.map { objective.text($0) } ?? "?",
                    "\(standing.count)", standing.loss.map(numberText) ?? "?",
                ] + measured + [record.settings])
        }
        return aligned(rows)
    }

    private var conditions: [String] { result.missedConditions.map { [$0, ""] } ?? [] }

    private var importanceLines: [String] {
        guard importance.trials > 0 else { return [] }
        var lines: [String] = []
        if importance.isTold {
            lines.append(
                "What mattered: shares of the variance of \(importance.trials) trials' ranks (forest, explains "
                    + "\(percentText(importance.explained ?? 0)) of it in trials it has not seen)")
        } else {
            lines.append(
                "What mattered cannot be told by \(counted(importance.trials, "trial")): too few, or too much alike.")
        }
        let told = importance.entries.filter { $0.best != "-" }
        let rows = told.map { entry in
            ["  " + entry.name] + (importance.isTold ? [entry.share.map(percentText) ?? "?"] : []) + [entry.best]
        }
        let head = ["  parameter"] + (importance.isTold ? ["share"] : []) + ["in the best \(importance.bestTrials)"]
        return lines + aligned([head] + rows)
    }

    private var verdict: [String] {
        var lines = [result.gain] + [result.caution, result.cutSentence, result.testSentence].compactMap { $0 }
        if let measured = result.costs {
            lines.append(
                "\(grouped(measured.parameters)) parameters, \(numberText(measured.sizeMb)) MB; one example takes "
                    + "\(numberText(measured.latencyMs)) ms, \(measured.batchSize) take "
                    + "\(numberText(measured.batchLatencyMs)) ms "
                    + "(one thread, this machine).")
        }
        lines.append("")
        lines.append(
            "Saved in \(result.folder.best.path), the trials as pictures in \(result.folder.page.relativePath). "
                + "The same again: \(result.command)"
        )
        return lines
    }

    var json: JSON {
        JSON(
            out: result.folder.path, best: result.folder.best.path, strategy: result.plan.strategy,
            objective: objective.name, trials: Set(result.records.map(\.trial)).count,
            trainings: result.records.count,
            failed: Set(result.records.filter { $0.status == .failed }.map(\.trial)).count,
            pruned: result.records.count { $0.status == .pruned }, seconds: result.seconds,
            winner: winner.map(JSON.Standing.init), unchanged: unchanged.map(JSON.Standing.init),
            standings: result.standings.filter { $0.record.status == .finished }.map(JSON.Standing.init),
            learnedFromDev: result.learnedFromDev, rehearsal: result.rehearsal.map(JSON.Rehearsal.init),
            test: result.best.training.test?.metric, testExamples: result.best.training.test?.count,
            costs: result.costs, importance: importance,
            command: result.command)
    }

    struct JSON: Encodable {
        struct Standing: Encodable {
            var trial: Int
            var objective: Double?
            var loss: Double?
            var devSets: Int
            var gain: Double?
            var gainStandardError: Double?
            var isFeasible: Bool
            var violation: Double
            var parameters: [String: SearchValue]
            var metrics: [String: Double]

            init(_ standing: SearchStanding) {
                trial = standing.record.trial
                objective = standing.objective
                loss = standing.loss
                devSets = standing.count
                gain = standing.gain?.mean
                gainStandardError = standing.gain?.standardError
                isFeasible = standing.isFeasible
                violation = standing.violation
                parameters = standing.record.parameters
                metrics = standing.record.metrics
            }
        }

        struct Rehearsal: Encodable {
            var devSets: Int
            /// nil where one came to no end.
            var loss: Double?
            var stoppedLoss: Double
            /// Whether the winner's training ends where dev sets had stopped the trials.
            var cut: Bool

            init(_ rehearsal: SearchRehearsal) {
                devSets = rehearsal.count
                loss = rehearsal.loss.isFinite ? rehearsal.loss : nil
                stoppedLoss = rehearsal.stoppedLoss
                cut = !rehearsal.isAsGood
            }
        }

        var out: String
        var best: String
        var strategy: SearchStrategy
        var objective: String
        var trials: Int
        var trainings: Int
        var failed: Int
        var pruned: Int
        var seconds: Double
        var winner: Standing?
        var unchanged: Standing?
        var standings: [Standing]
        var learnedFromDev: Bool
        var rehearsal: Rehearsal?
        var test: Double?
        var testExamples: Int?
        var costs: ModelCosts?
        var importance: SearchImportance
        var command: String
    }
}
