public import Foundation
import ThalwegFormats

/// The folder a run lives in.
///
/// `model.safetensors`, `model.json`, `metrics.csv`, `config.toml` and `checkpoint/`. Every file is written beside its place and
/// renamed, so that it is whole whenever it can be seen (`metrics.csv` grows row by row).
public struct RunFolder: Sendable {
    public let url: URL

    public init(_ path: String) { url = URL(fileURLWithPath: path) }

    public var path: String { url.relativePath }
    public var weights: URL { url.appendingPathComponent("model.safetensors") }
    public var description: URL { url.appendingPathComponent("model.json") }
    public var metrics: URL { url.appendingPathComponent("metrics.csv") }
    public var configuration: URL { url.appendingPathComponent("config.toml") }
    public var report: URL { url.appendingPathComponent("report.html") }
    public var checkpoint: URL { url.appendingPathComponent("checkpoint") }

    /// What to type to go on with the run.
    public var resumeCommand: String { "thalweg train --resume --out \(path.shellQuoted)" }

    public var exists: Bool { FileManager.default.fileExists(atPath: url.path) }

    /// Makes the folder and the one for checkpoints.
    ///
    /// - Throws: `DataError` when the system refuses.
    func create() throws {
        do {
            try FileManager.default.createDirectory(at: checkpoint, withIntermediateDirectories: true)
        } catch {
            throw DataError(
                .permission, file: path, "the run folder cannot be made (permission, or a file has its name)")
        }
    }

    /// A folder under `runs` that does not exist: `runs/digits-1`, `runs/digits-2` and so on.
    public static func next(for data: String) -> String {
        let base = URL(fileURLWithPath: data).deletingPathExtension().lastPathComponent
        let name = base.isEmpty ? "run" : base
        var number = 1
        while FileManager.default.fileExists(atPath: "runs/\(name)-\(number)") { number += 1 }
        return "runs/\(name)-\(number)"
    }

    /// Writes `value` as JSON with sorted keys.
    package func write(_ value: some Encodable, to url: URL) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        let bytes = try encoder.encode(value)
        try writeAtomically(url) { writer in
            try bytes.withUnsafeBytes { try writer.write($0) }
            try writer.write("\n")
        }
    }

    /// What the folder is instead of a run's, as far as it shows.
    package var strangeness: String? {
        guard FileManager.default.fileExists(atPath: path) else { return "it does not exist" }
        let isSearch = FileManager.default.fileExists(atPath: url.appendingPathComponent("search.toml").path)
        return isSearch ? "it is a search's; the winner's is \(path)/best" : nil
    }

    /// Reads what `write` wrote.
    ///
    /// - Throws: `TrainingError.notARun` when the file is missing, `TrainingError.file` when it cannot be read or is not of the form.
    package func read<Value: Decodable>(
        _ type: Value.Type, from url: URL, keys: JSONDecoder.KeyDecodingStrategy = .useDefaultKeys
    ) throws -> Value {
        try decode(type, from: contents(of: url), of: url, keys: keys)
    }

    func contents(of url: URL) throws -> Data {
        do { return try Data(contentsOf: url) } catch {
            guard FileManager.default.fileExists(atPath: url.path) else {
                throw TrainingError.notARun(path, problem: strangeness ?? "\(url.lastPathComponent) is missing")
            }
            throw TrainingError.file(url.relativePath, problem: "cannot be read (permission?)")
        }
    }

    /// - Throws: `TrainingError.file`.
    func decode<Value: Decodable>(
        _ type: Value.Type, from bytes: Data, of url: URL, keys: JSONDecoder.KeyDecodingStrategy = .useDefaultKeys
    ) throws -> Value {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = keys
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        do { return try decoder.decode(type, from: bytes) } catch let error as DataError {
            throw TrainingError.file(url.relativePath, problem: "is damaged: \(error.problem)")
        } catch {
            throw TrainingError.file(
                url.relativePath, problem: "is damaged: " + ((error as? DecodingError)?.words ?? "\(error)"))
        }
    }
}

extension DecodingError {
    /// What is wrong with the file, as the end of a sentence.
    fileprivate var words: String {
        func place(_ path: [any CodingKey]) -> String {
            "'" + path.map { $0.intValue.map { "\($0)" } ?? $0.stringValue }.joined(separator: ".") + "'"
        }
        switch self {
        case .keyNotFound(let key, let context): return "\(place(context.codingPath + [key])) is missing"
        case .typeMismatch(_, let context), .valueNotFound(_, let context), .dataCorrupted(let context):
            return context.codingPath.isEmpty
                ? "it is no whole JSON" : "\(place(context.codingPath)) has a value that cannot be"
        @unknown default: return "it is of another form"
        }
    }
}

extension RunFolder {
    /// The run's settings, out of `config.toml`; out of the checkpoint where that file is gone.
    ///
    /// - Throws: `TrainingError.notARun`, `TrainingError.file` where neither is there, `ConfigurationError` for settings that cannot
    ///   be read.
    public func settings() throws -> TrainingConfiguration {
        guard exists else { throw TrainingError.notARun(path, problem: "it does not exist") }
        guard FileManager.default.fileExists(atPath: configuration.path) else {
            if let state = try loadState() { return state.configuration }
            guard isRun else { throw TrainingError.notARun(path, problem: "config.toml is missing") }
            throw TrainingError.file(
                configuration.relativePath, problem: "is missing, and no checkpoint tells the run's settings")
        }
        var settings = TrainingConfiguration()
        try settings.read(contentsOf: configuration)
        return settings
    }

    private func loadState() throws -> CheckpointState? {
        try CheckpointStore(run: self, failpoint: .none).loadState()
    }

    /// - Throws: `TrainingError.unfinished` for a run that has left no model yet.
    func requireModel() throws {
        func isThere(_ url: URL) -> Bool { FileManager.default.fileExists(atPath: url.path) }
        guard !isThere(description) else { return }
        let state = try loadState()
        guard state != nil || isThere(configuration) else { return }
        throw TrainingError.unfinished(
            run: path, status: status, problem: try? readRecord().sessions.last?.problem, step: state?.step,
            epoch: state?.epoch ?? 0, epochs: state?.configuration.epochs)
    }

    /// What to say of the model of `steps` steps when its training has gone on since and was interrupted.
    func interruption(after steps: Int) -> String? {
        guard let state = try? loadState(), state.step > steps || (state.step == steps && state.end == nil) else {
            return nil
        }
        return "training was interrupted at step \(state.step), this is the model of step \(steps); "
            + "go on with: \(resumeCommand)"
    }
}

extension String {
    /// As one word of a shell command.
    package var shellQuoted: String {
        allSatisfy { $0.isLetter || $0.isNumber || "/._-+=,:@%".contains($0) } && !isEmpty
            ? self : "'" + split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }
}
