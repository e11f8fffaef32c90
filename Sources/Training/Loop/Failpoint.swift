import Foundation

/// Ends the process like a power cut at a named place, so that tests can see what a checkpoint survives.
///
/// Set by the hidden option `--failpoint NAME[:COUNT]` of `thalweg train`: the process kills itself the COUNT-th time it comes by.
public final class Failpoint {
    /// Where a process can be made to end.
    public enum Place: String, CaseIterable, Sendable {
        case step, row
        case beforeCheckpoint = "before-checkpoint"
        case tensorsWritten = "tensors-written"
        case stateHalfWritten = "state-half-written"
        case stateWritten = "state-written"
        case oldTensorsRemoved = "old-tensors-removed"
        case beforeModel = "before-model"
        case weightsWritten = "weights-written"
    }

    private let place: Place?
    private var remaining: Int

    public static var none: Failpoint { Failpoint() }

    init() {
        place = nil
        remaining = 0
    }

    /// - Throws: `ConfigurationError` when there is no such place.
    public init(_ text: String) throws {
        let parts = text.split(separator: ":", maxSplits: 1)
        guard let name = parts.first, let place = Place(rawValue: String(name)),
            let count = parts.count == 2 ? Int(parts[1]) : 1, count >= 1
        else {
            let known = Place.allCases.map(\.rawValue).joined(separator: ", ")
            throw ConfigurationError(problem: "no failpoint '\(text)'; known: \(known)")
        }
        self.place = place
        remaining = count
    }

    func pass(_ place: Place) {
        guard place == self.place else { return }
        remaining -= 1
        if remaining == 0 { kill(getpid(), SIGKILL) }
    }
}
