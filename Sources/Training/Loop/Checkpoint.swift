import Foundation
import ThalwegDataSets
import ThalwegEngine
import ThalwegFormats
import ThalwegNetworks

/// Where a run stands, beside its tensors.
struct CheckpointState: Codable {
    var format = 1
    /// Steps done.
    var step: Int
    /// Whole epochs done.
    var epoch: Int
    /// Batches of the present epoch done.
    var batch: Int
    var configuration: TrainingConfiguration
    var fingerprint: String
    /// What was read for each part; absent in checkpoints of early versions.
    var sources: [DataPartSource]?
    /// Plans that were in force before the run was extended.
    var extensions: [RunExtension]?
    /// Of the file with the order of the examples, where one is given.
    var orderFingerprint: String?
    /// Bytes of `metrics.csv` that belong to this state.
    var metricsLength: UInt64
    /// Bytes of `watch.csv`; nil for a run that is not watched.
    var watchLength: UInt64?
    /// A row whose training cost only the next step tells.
    var pending: MetricsRow?
    var stopping: EarlyStopping
    var rate: LearningRate
    /// Time spent training, over all processes.
    var seconds: Double
    var end: TrainingResult.End?
    /// The file in `checkpoint/` that holds the tensors of this state.
    var tensors: String
}

extension TrainingConfiguration {
    /// What a checkpoint calls the settings.
    fileprivate static let storedNames = Set(Mirror(reflecting: TrainingConfiguration()).children.compactMap(\.label))
}

/// A run that was resumed with another number of epochs or steps: what had been planned until then.
struct RunExtension: Codable, Equatable {
    /// The step the new plan starts from.
    var step: Int
    var epochs: Int?
    var steps: Int?

    var plan: String {
        [epochs.map { "\($0) epochs" }, steps.map { "at most \($0) steps" }].compactMap { $0 }.joined(separator: ", ")
    }
}

/// Writes and reads checkpoints.
///
/// The tensors go into a new file, then `state.json`, which names it, is replaced by a rename: at every moment the folder holds
/// one whole checkpoint. Then the earlier tensors are removed.
struct CheckpointStore {
    let run: RunFolder
    let failpoint: Failpoint

    private var stateFile: URL { run.checkpoint.appendingPathComponent("state.json") }

    func save(_ state: CheckpointState, tensors: [(name: String, tensor: Tensor)]) throws {
        failpoint.pass(.beforeCheckpoint)
        var state = state
        state.tensors = "step-\(state.step).safetensors"
        try SafeTensors.write(
            tensors, metadata: ["step": "\(state.step)"], to: run.checkpoint.appendingPathComponent(state.tensors))
        failpoint.pass(.tensorsWritten)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        let bytes = [UInt8](try encoder.encode(state))
        try writeAtomically(stateFile) { writer in
            try writer.write(Array(bytes[..<(bytes.count / 2)]))
            try writer.flush()
            failpoint.pass(.stateHalfWritten)
            try writer.write(Array(bytes[(bytes.count / 2)...]))
        }
        failpoint.pass(.stateWritten)
        removeOthers(than: state.tensors)
        failpoint.pass(.oldTensorsRemoved)
    }

    /// The newest checkpoint; nil when the run was ended before its first.
    ///
    /// - Throws: `TrainingError` when its files are damaged, `DataError` when they cannot be read.
    func load() throws -> (state: CheckpointState, tensors: [String: Tensor])? {
        guard let state = try loadState() else { return nil }
        let file = run.checkpoint.appendingPathComponent(URL(fileURLWithPath: state.tensors).lastPathComponent)
        return (state, try SafeTensors.read(file).tensors)
    }

    /// The newest checkpoint without its tensors; nil before the first.
    func loadState() throws -> CheckpointState? {
        guard FileManager.default.fileExists(atPath: stateFile.path) else { return nil }
        return try run.decode(
            CheckpointState.self, from: withLaterSettings(run.contents(of: stateFile)), of: stateFile)
    }

    /// A checkpoint of an earlier version lacks the settings that came later: they get their defaults, with which training is as it was.
    ///
    /// - Throws: `TrainingError.file` for a setting that this version does not know.
    private func withLaterSettings(_ bytes: Data) throws -> Data {
        guard var state = try? JSONSerialization.jsonObject(with: bytes) as? [String: Any],
            let stored = state["configuration"] as? [String: Any],
            let defaults = try JSONSerialization.jsonObject(with: JSONEncoder().encode(TrainingConfiguration()))
                as? [String: Any]
        else { return bytes }
        if let unknown = stored.keys.sorted().first(where: { !TrainingConfiguration.storedNames.contains($0) }) {
            throw TrainingError.file(
                stateFile.relativePath, problem: "holds the setting '\(unknown)', which this version does not know")
        }
        state["configuration"] = defaults.merging(stored) { $1 }
        return try JSONSerialization.data(withJSONObject: state)
    }

    /// Removes earlier tensors, and what a killed process left half written.
    func removeOthers(than kept: String) {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: run.checkpoint.path)) ?? []
        for name in names
        where name != kept && name != "state.json" && (name.hasSuffix(".safetensors") || name.hasSuffix(".tmp")) {
            try? FileManager.default.removeItem(at: run.checkpoint.appendingPathComponent(name))
        }
    }
}

/// Watches the dev cost and remembers where it was best.
struct EarlyStopping: Codable {
    /// Epochs without a better cost before training stops; 0 never stops.
    var patience: Int
    var bestCost: Double?
    var bestStep = 0
    var bestEpoch = 0
    var epochsSinceBest = 0

    init(patience: Int) { self.patience = patience }

    var isActive: Bool { patience > 0 }
    var shouldStop: Bool { isActive && epochsSinceBest >= patience }

    /// Takes an epoch's dev cost; true when it is the best so far.
    mutating func observe(_ cost: Double, step: Int, epoch: Int) -> Bool {
        if cost.isFinite, cost < bestCost ?? .infinity {
            bestCost = cost
            bestStep = step
            bestEpoch = epoch
            epochsSinceBest = 0
            return true
        }
        epochsSinceBest += 1
        return false
    }
}
