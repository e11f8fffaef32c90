import Foundation

/// One line of a search's journal: how a training of a trial ended.
public struct TrialRecord: Codable, Sendable, Equatable {
    public enum Status: String, Codable, Sendable {
        case finished
        /// It crashed, diverged, was killed or took too long: `reason` says what.
        case failed
        /// Ended early because others were better at the same epoch.
        case pruned
    }

    /// From 0: the settings without any change.
    public var trial: Int
    /// What the trial sets, by key; what is not there stays as it is.
    public var parameters: [String: SearchValue]
    /// Of successive halving: how often it had been promoted, from 0.
    public var rung = 0
    /// 0, or the number of another training of a finalist, with other examples for dev set (or another start, where a
    /// dev file is given).
    public var fold = 0
    /// Of a rehearsal of the winner's training without a dev set: the settings that decide its length.
    public var course: [String: SearchValue]?
    public var status: Status
    public var reason: String?
    /// The value of the objective on the dev examples; nil unless finished.
    public var objective: Double?
    /// Everything known of the trial, by name: metrics of the dev examples, `train_…` the training examples',
    /// parameters, measurements.
    public var metrics: [String: Double] = [:]
    public var epochs: Int?
    public var steps: Int?
    /// Of training, over all its processes.
    public var seconds: Double?
    /// Seconds the search had been running when this training ended, over all its sessions.
    public internal(set) var elapsed: Double?
    /// The run folder, within the search's folder.
    public var folder: String

    /// What tells one training from another.
    var key: TrialJob.Key { .init(trial: trial, rung: rung, fold: fold, course: course) }

    /// Whether it is a finalist's training on a further dev set, which tells when to stop.
    var judgesFinalist: Bool { fold > 0 && course == nil }

    public init(_ job: TrialJob, status: Status, reason: String? = nil) {
        trial = job.trial
        parameters = job.parameters
        rung = job.rung
        fold = job.fold
        course = job.course
        self.status = status
        self.reason = reason
        folder = job.folder
    }
}

/// A training to be done.
public struct TrialJob: Sendable, Hashable {
    struct Key: Hashable {
        var trial: Int
        var rung: Int
        var fold: Int
        var course: [String: SearchValue]?
    }

    public var trial: Int
    public var parameters: [String: SearchValue]
    public var rung = 0
    /// Epochs to train for in all; as many as the settings say when nil.
    public var epochs: Int?
    public var fold = 0
    /// Of a rehearsal of the winner's training without a dev set: the settings that decide its length. Its dev set judges
    /// it, and does nothing else.
    public var course: [String: SearchValue]?

    public init(trial: Int, parameters: [String: SearchValue]) {
        self.trial = trial
        self.parameters = parameters
    }

    var key: Key { Key(trial: trial, rung: rung, fold: fold, course: course) }

    /// The run folder, within the search's folder. A promoted trial goes on in its own.
    var folder: String {
        "trials/" + String(format: "%03d", trial) + (fold == 0 ? "" : "-fold\(fold)")
            + (course == nil ? "" : "-rehearsal")
    }
}
