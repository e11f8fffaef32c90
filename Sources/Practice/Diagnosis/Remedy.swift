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
    /// The command that repeats the run with some settings changed.
    func command(_ settings: [Remedy.Setting], name: String) -> String {
        let changes = settings.map { " --set " + "\($0.key)=\($0.value)".asShellWord }.joined()
        let tag = name.split(separator: " ").joined(separator: "-")
        return
            "thalweg train --config \("\(run)/config.toml".asShellWord)\(changes) --out \("\(run)-\(tag)".asShellWord)"
    }

    func remedy(
        _ name: String, _ advice: String, _ settings: [Remedy.Setting], gain: Double? = nil
    ) -> Remedy {
        Remedy(name, advice, settings: settings, command: command(settings, name: name), gain: gain)
    }
}

extension String {
    /// As one word of a shell command; commas and equals signs need no quotes.
    var asShellWord: String {
        !isEmpty && allSatisfy { $0.isLetter || $0.isNumber || "/._-+=,:@%".contains($0) } ? self : shellQuoted
    }
}
