public import ThalwegTraining

/// What can be said of a run in a list: how it stands, what it was made of, what came out.
public struct RunSummary: Codable, Sendable, Hashable {
    /// The run folder, relative to the folder of runs.
    public var path: String
    /// The search the run is a trial of, relative to the folder of runs.
    public var search: String?
    /// nil where nobody can tell, as for runs of early versions that left no model.
    public var status: RunRecord.Status?
    /// Why it failed.
    public var problem: String?
    /// Coordinated universal time, as `2026-11-24T11:05:21.123Z`.
    public var started: String?
    public var ended: String?
    /// Spent training.
    public var seconds: Double?
    public var data: String?
    /// A digest of the data read.
    public var fingerprint: String?
    public var task: String?
    /// The name of the task's first metric.
    public var metric: String?
    /// Units of the layers, as `64-256-128-10`.
    public var network: String?
    public var parameters: Int?
    public var seed: Int?
    public var epochs: Int?
    public var steps: Int?
    /// The last command that worked on it, as one types it.
    public var command: String?
    /// Where the command was given.
    public var commandFolder: String?
    public var git: GitState?
    public var environment: RunEnvironment?
    /// Numbers by name: `dev_accuracy`, `test_loss`, `train_cost`. Of the finished model where there is one, else of the last row
    /// of `metrics.csv`.
    public var figures: [String: Double] = [:]
    /// By key, as `--set` takes them.
    public var settings: [String: String] = [:]
    /// Files in the run folder.
    public var artifacts: [String] = []

    /// The part that counts most of those that have a figure: test, then cross-validation, dev, train.
    public var judge: String? {
        guard let metric else { return nil }
        return ["test", "folds", "dev", "train"].first { figures["\($0)_\(metric)"] != nil }
    }
}

extension RunSummary {
    /// The data's name without its folder.
    public var dataName: String? { data.map(Self.dataName) }

    static func dataName(_ path: String) -> String { path.split(separator: "/").last.map(String.init) ?? path }

    /// Whether a field's name is that of a figure.
    public static func isFigure(_ field: String) -> Bool { RunQuery.isFigure(field) }

    /// Whether more is better of a figure.
    public static func isHigherBetter(_ figure: String) -> Bool {
        ["accuracy", "auc", "f1", "precision", "recall", "kappa", "r2", "top"].contains { figure.contains($0) }
    }
}
