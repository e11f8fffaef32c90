import GRDB
public import ThalwegTraining

/// What a list shows of a run: a part of `RunSummary` that the index hands out without decoding the rest.
public struct RunEntry: Sendable, Hashable {
    /// The run folder, relative to the folder of runs.
    public var path: String
    public var status: RunRecord.Status?
    /// Coordinated universal time, as `2026-11-24T11:05:21.123Z`.
    public var started: String?
    public var data: String?
    /// Units of the layers, as `64-256-128-10`.
    public var network: String?
    /// The name of the task's first metric.
    public var metric: String?
    /// The first metric of the training, dev and test examples.
    public var train: Double?
    public var dev: Double?
    public var test: Double?
    public var epochs: Int?
    /// Spent training.
    public var seconds: Double?

    public init(_ run: RunSummary) {
        path = run.path
        status = run.status
        started = run.started
        data = run.data
        network = run.network
        metric = run.metric
        func figure(_ part: String) -> Double? { run.metric.flatMap { run.figures["\(part)_\($0)"] } }
        (train, dev, test) = (figure("train"), figure("dev"), figure("test"))
        epochs = run.epochs
        seconds = run.seconds
    }

    static let columns =
        (["path", "status", "started", "data", "network", "metric"]
        + ["train", "dev", "test"].map { "json_extract(figures, '$.\"\($0)_' || metric || '\"')" }
        + ["epochs", "seconds"]).joined(separator: ", ")

    /// - Parameter row: of `columns`.
    init(_ row: Row) {
        path = row[0]
        status = (row[1] as String?).flatMap(RunRecord.Status.init)
        (started, data, network, metric) = (row[2], row[3], row[4], row[5])
        (train, dev, test) = (row[6], row[7], row[8])
        (epochs, seconds) = (row[9], row[10])
    }
}
