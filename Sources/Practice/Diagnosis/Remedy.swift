public import ThalwegTraining

/// One thing to do against an error, with what it is expected to bring.
public struct Remedy: Codable, Sendable, Hashable {
    public typealias Setting = Finding.Action.Setting

    /// Which of the orthogonal controls it turns.
    public var name: String
    /// In words, with the numbers it rests on.
    public var advice: String
    /// Settings to change; empty where the advice is none of settings.
    public var settings: [Setting]
    /// What to type; nil where there is nothing to type.
    public var command: String?
    /// The share of the present dev error that should go, where it can be estimated.
    public var gain: Double?

    init(_ name: String, _ advice: String, settings: [Setting] = [], command: String? = nil, gain: Double? = nil) {
        self.name = name
        self.advice = advice
        self.settings = settings
        self.command = command
        self.gain = gain
    }

    var action: Finding.Action { Finding.Action(advice, settings: settings) }
}

extension RunFacts {
    func remedy(
        _ name: String, _ advice: String, _ settings: [Remedy.Setting], gain: Double? = nil
    ) -> Remedy {
        let settings = settings + companions(of: settings)
        return Remedy(
            name, advice, settings: settings, command: command(settings, folder: folder(name)), gain: gain)
    }

    /// The folder of the training that a remedy advises.
    func folder(_ name: String) -> String { "\(run)-\(name)" }

    /// The same, with a number where it is there already.
    func unusedFolder(_ name: String) -> String {
        let plain = folder(name)
        var (folder, number) = (plain, 1)
        while RunFolder(folder).exists {
            number += 1
            folder = "\(plain)-\(number)"
        }
        return folder
    }

    /// The command that repeats the run with some settings changed.
    func command(_ settings: [Remedy.Setting], folder: String) -> String {
        let changes = settings.map { " --set " + "\($0.key)=\($0.value)".shellQuoted }.joined()
        return "thalweg train --config \("\(run)/config.toml".shellQuoted)\(changes) --out \(folder.shellQuoted)"
    }

    /// Settings that fit this very network, these examples and this course: none of them can stay in a search.
    var tiedToTheRun: [String] {
        [
            configuration.initialWeights.map { _ in "initial-weights" },
            configuration.batchOrder.map { _ in "batch-order" },
            configuration.devFold.map { _ in "dev-fold" }, configuration.adjustments.first.map { _ in "adjustments" },
        ].compactMap { $0 }
    }

    /// What else must change with these settings for the training to be possible and theirs.
    private func companions(of settings: [Remedy.Setting]) -> [Remedy.Setting] {
        let keys = Set(settings.map(\.key))
        func touches(_ others: String...) -> Bool { !keys.isDisjoint(with: others) }
        var more: [Remedy.Setting] = []
        if let layers = settings.first(where: { $0.key == "layers" }), let keep = configuration.keepProbability,
            keep.count > 1, keep.count != layers.value.split(separator: ",").count
        {
            more.append(.init("keep-probability", numberText(keep.mean)))
        }
        // Weights and orders from files are those of one network and of one number of examples and epochs.
        if configuration.initialWeights != nil, touches("layers", "batch-norm") {
            more.append(.init("initial-weights", "none"))
        }
        if configuration.batchOrder != nil, touches("epochs", "split", "train-dev") {
            more.append(.init("batch-order", "none"))
        }
        if configuration.devFold != nil, touches("split") { more.append(.init("dev-fold", "none")) }
        // A table names the rates itself, and changes made while training come after any setting.
        if touches("learning-rate"), configuration.schedule?.hasPrefix("table") == true {
            more.append(.init("schedule", "auto"))
        }
        if !configuration.adjustments.isEmpty, touches("learning-rate", "epochs", "steps") {
            more.append(.init("adjustments", "none"))
        }
        return more.filter { !keys.contains($0.key) }
    }
}

/// Gives every training that is advised a folder of its own, so that all commands can be typed one after the other.
struct AdvisedFolders {
    private let facts: RunFacts
    private var owners: [String: [Remedy.Setting]] = [:]

    init(_ facts: RunFacts) { self.facts = facts }

    mutating func callAsFunction(_ remedy: Remedy) -> Remedy {
        guard !remedy.settings.isEmpty else { return remedy }
        let plain = facts.folder(remedy.name)
        var (folder, number) = (plain, 1)
        while owners[folder].map({ $0 != remedy.settings }) ?? RunFolder(folder).exists {
            number += 1
            folder = "\(plain)-\(number)"
        }
        owners[folder] = remedy.settings
        var remedy = remedy
        remedy.command = facts.command(remedy.settings, folder: folder)
        return remedy
    }
}
