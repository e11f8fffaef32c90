/// Why a search could not go on. `description` is one line.
public enum SearchError: Error, Sendable, Equatable, CustomStringConvertible {
    /// The folder is there already.
    case exists(String)
    case notASearch(String, problem: String)
    /// Another process works in the folder.
    case busy(String)
    /// Records that do not belong to the search.
    case journal(problem: String)
    /// Data that have changed since the search was begun.
    case changed(String, problem: String)
    /// No trial came to an end; the reason of the first.
    case allFailed(String, reason: String)
    /// The trials came to an end, the training of the winner did not.
    case winnerFailed(String, reason: String)
    /// Ctrl-C or a polite kill.
    case interrupted(String, finished: Int)

    public var description: String {
        switch self {
        case .exists(let folder):
            "\(folder): already exists; go on with --resume \(folder), or name another folder with --out"
        case .notASearch(let folder, let problem): "\(folder): not a search folder: \(problem)"
        case .busy(let folder): "\(folder): another process is at work there"
        case .journal(let problem): "trials.jsonl does not fit the search: \(problem)"
        case .changed(let folder, let problem): "\(folder): cannot be resumed: \(problem)"
        case .allFailed(let folder, let reason): "\(folder): no trial came to an end; the first one: \(reason)"
        case .winnerFailed(let folder, let reason):
            "\(folder): the training of the winner did not come to an end: \(reason); try once more with: "
                + "thalweg tune --resume \(folder)"
        case .interrupted(let folder, let finished):
            "interrupted with \(finished) \(finished == 1 ? "training" : "trainings") finished; go on with: "
                + "thalweg tune --resume \(folder)"
        }
    }
}
