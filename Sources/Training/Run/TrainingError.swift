/// Why training could not go on or a run could not be used. `description` is one line.
public enum TrainingError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The cost became infinite or not a number.
    case nonFinite(step: Int, epoch: Int, batch: Int, value: String, cause: String)
    /// Ctrl-C: a checkpoint was saved.
    case interrupted(step: Int, run: String)
    /// The folder is there already.
    case runExists(String)
    /// Another process trains in the folder.
    case busy(String)
    case notARun(String, problem: String)
    /// A change was asked for, but no process trains the run.
    case notTraining(run: String)
    /// A file of a run folder that is missing or damaged.
    case file(String, problem: String)
    /// Training has left no model yet: it goes on, or it ended so, for the reason `problem`. `epochs` are those planned; `step` is nil
    /// before the first checkpoint.
    case unfinished(run: String, status: RunRecord.Status?, problem: String?, step: Int?, epoch: Int, epochs: Int?)
    /// `--resume` on other data or settings.
    case changed(run: String, differences: [String])
    /// A checkpoint that cannot be used.
    case checkpoint(String, problem: String)

    public var description: String {
        switch self {
        case .nonFinite(let step, let epoch, let batch, let value, let cause):
            "the cost became \(value) at step \(step) (epoch \(epoch), batch \(batch)): \(cause)"
        case .interrupted(let step, let run):
            "interrupted at step \(step); a checkpoint is saved, go on with: \(RunFolder(run).resumeCommand)"
        case .runExists(let run):
            "\(run): already exists; go on with --resume, or name another folder with --out"
        case .busy(let run): "\(run): another process is training in this run folder"
        case .file(let file, let problem): "\(file): \(problem)"
        case .unfinished(let run, .failed, let problem, _, _, _):
            "\(run): training failed and left no model" + (problem.map { ": \($0)" } ?? "")
        case .unfinished(let run, .running, _, let step, let epoch, let epochs):
            "\(run): training goes on, there is no model yet"
                + (step.map { " (step \($0), \(epoch)\(epochs.map { " of \($0)" } ?? "") epochs done)" } ?? "")
        case .unfinished(let run, let status, _, let step?, let epoch, let epochs):
            "\(run): \(status == .killed ? "killed after" : "interrupted at") step \(step) "
                + "(\(epoch)\(epochs.map { " of \($0)" } ?? "") epochs done), no model yet; "
                + "go on with: \(RunFolder(run).resumeCommand)"
        case .unfinished(let run, let status, _, nil, _, _):
            "\(run): \(status == .killed ? "killed" : "interrupted") before its first checkpoint; "
                + "start again with: \(RunFolder(run).resumeCommand)"
        case .notTraining(let run):
            "\(run): is not training now; go on with: \(RunFolder(run).resumeCommand)"
        case .notARun(let run, let problem): "\(run): not a run folder: \(problem)"
        case .changed(let run, let differences):
            "\(run): cannot be resumed: " + differences.joined(separator: "; ")
        case .checkpoint(let run, let problem): "\(run): its checkpoint cannot be used: \(problem)"
        }
    }
}
