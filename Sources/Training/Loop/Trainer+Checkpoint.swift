import Foundation
import ThalwegDataSets
import ThalwegEngine
import ThalwegNetworks

extension Trainer {
    func saveCheckpoint() throws {
        try log?.synchronize()
        state.metricsLength = log?.length ?? 0
        state.watchLength = try watch.synchronize()
        state.seconds = seconds
        var tensors = network.stateDictionary()
        tensors += step.state
        tensors += best.map { ("best.\($0.name)", $0.tensor) }
        try store.save(state, tensors: tensors)
        lastCheckpoint = .now
        for observer in observers { observer.trainingDidSaveCheckpoint(step: state.step) }
    }

    /// Goes on from the folder's checkpoint, or starts anew when the run was ended before its first.
    func resume() throws {
        guard let (saved, tensors) = try store.load() else {
            guard !FileManager.default.fileExists(atPath: folder.description.path) else {
                throw TrainingError.checkpoint(
                    folder.path, problem: "it is missing, and the run has left a model: nothing tells how to go on")
            }
            return
        }
        readjust(from: saved)
        var differences = configuration.differences(from: saved.configuration, ignoring: Self.changeable)
        if saved.fingerprint != data.fingerprint {
            let changes = saved.sources.map { DataPartSource.changes(data.sources, from: $0) } ?? []
            differences += changes.isEmpty ? ["the data have changed"] : changes
        }
        if saved.orderFingerprint != state.orderFingerprint {
            differences.append(
                "the order of the examples has changed (batch-order: \(configuration.batchOrder ?? "none"))")
        }
        let planned = plannedSteps(at: saved.step)
        if saved.step > planned {
            differences.append("\(saved.step) steps are done already, more than the \(planned) asked for")
        }
        guard differences.isEmpty else { throw TrainingError.changed(run: folder.path, differences: differences) }
        guard saved.step >= 0, saved.epoch >= 0, (0..<stepsPerEpoch).contains(saved.batch) else {
            throw TrainingError.checkpoint(
                folder.path, problem: "state.json names step \(saved.step), epoch \(saved.epoch), batch \(saved.batch)")
        }
        do {
            let names = Set(network.stateDictionary().map(\.name))
            try network.load(tensors.filter { names.contains($0.key) })
            try step.restore(count: saved.step, state: tensors)
            best = try network.stateDictionary().compactMap { entry in
                guard saved.stopping.isActive, saved.stopping.bestCost != nil else { return nil }
                guard let tensor = tensors["best.\(entry.name)"] else {
                    throw StateError.missing(name: "best.\(entry.name)")
                }
                return (entry.name, tensor)
            }
        } catch let error as StateError {
            throw TrainingError.checkpoint(folder.path, problem: error.description)
        }
        let rate = state.rate
        state = saved
        if saved.end != .stoppedEarly { state.end = nil }
        state.configuration = configuration
        state.sources = data.sources
        let before = saved.configuration
        if (before.epochs, before.steps) != (configuration.epochs, configuration.steps) {
            let extended = RunExtension(step: saved.step, epochs: before.epochs, steps: before.steps)
            state.extensions = (saved.extensions ?? []) + [extended]
        }
        // A plateau's memory goes on; any other rate is a function of the step.
        if case .plateau = rate.schedule.curve {} else { state.rate = rate }
        earlierSeconds = saved.seconds
        firstStep = saved.step
        log = try RowLog(folder.metrics, keeping: saved.metricsLength)
        if let dev = data.dev { latestDev = evaluator(dev) }
        store.removeOthers(than: saved.tensors)
    }

    /// Settings that a resumed run may change: how long it goes on and what does not touch the numbers.
    static let changeable: Set<String> = [
        "epochs", "steps", "threads", "checkpoint-seconds", "checkpoint-steps", "data", "dev", "test",
        "batch-order", "adjustments",
    ]
}
