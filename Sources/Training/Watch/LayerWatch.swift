public import Foundation
import ThalwegFormats

/// A row of `watch.csv`: how a layer stood at a step.
public struct LayerWatch: Codable, Sendable, Hashable, LoggedRow {
    /// Steps done before it.
    public var step: Int
    /// The layer's name in the state dictionary, as `layers.0`.
    public var layer: String
    /// The Euclidean norm of the layer's weights.
    public var weightNorm: Double
    /// That of their gradient, before clipping.
    public var gradientNorm: Double
    /// The norm of the step's change of the weights over `weightNorm`: about 0.001 where training goes well.
    public var updateRatio: Double
    /// The share of the layer's units that answer 0 to every example of a sample; nil where the activation has no flat side at 0.
    public var dead: Double?
    /// The share of the layer's answers beyond 0.95 of the activation's range; nil where it has no bounds.
    public var saturated: Double?

    public init(
        step: Int, layer: String, weightNorm: Double, gradientNorm: Double, updateRatio: Double, dead: Double? = nil,
        saturated: Double? = nil
    ) {
        self.step = step
        self.layer = layer
        self.weightNorm = weightNorm
        self.gradientNorm = gradientNorm
        self.updateRatio = updateRatio
        self.dead = dead
        self.saturated = saturated
    }

    init(step: Int, _ norms: TrainingStep.LayerNorms, activity: UnitActivity.Shares?) {
        self.init(
            step: step, layer: norms.layer, weightNorm: norms.weight, gradientNorm: norms.gradient,
            updateRatio: norms.weight > 0 ? norms.update / norms.weight : norms.update > 0 ? .infinity : 0,
            dead: activity?.dead, saturated: activity?.saturated)
    }

    /// The gradient beside the weights it belongs to: layers of any size compare by it. nil for weights that are all 0.
    var relativeGradient: Double? { weightNorm > 0 ? gradientNorm / weightNorm : nil }

    static let header = "step,layer,weight_norm,gradient_norm,update_ratio,dead,saturated\n"

    func write(to text: inout [UInt8]) {
        text.append(contentsOf: "\(step),\(layer)".utf8)
        for value in [weightNorm, gradientNorm, updateRatio, dead, saturated] { text.appendCell(value) }
        text.append(UInt8(ascii: "\n"))
    }

    init?(line: Substring) {
        let cells = line.split(separator: ",", omittingEmptySubsequences: false)
        guard cells.count == 7, let step = Int(cells[0]), let weight = Double(cells[2]),
            let gradient = Double(cells[3]), let update = Double(cells[4]),
            cells[5...6].allSatisfy({ $0.isEmpty || Double($0) != nil })
        else { return nil }
        self.init(
            step: step, layer: String(cells[1]), weightNorm: weight, gradientNorm: gradient, updateRatio: update,
            dead: Double(cells[5]), saturated: Double(cells[6]))
    }
}

extension RunFolder {
    /// How layers stood, of runs with `watch = true`.
    public var watch: URL { url.appendingPathComponent("watch.csv") }
    /// What was noticed while training.
    public var findingsFile: URL { url.appendingPathComponent("findings.json") }

    /// The rows of `watch.csv` so far, without one that is still being written; none for a run that is not watched.
    ///
    /// - Throws: `TrainingError.file` when the file is not of the form.
    public func watchRows() throws -> [LayerWatch] {
        guard let bytes = try? Data(contentsOf: watch) else { return [] }
        let text = String(decoding: bytes, as: UTF8.self)
        guard text.hasPrefix(LayerWatch.header) else {
            throw TrainingError.file(watch.relativePath, problem: "is damaged: its first line is no header of a watch")
        }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).dropFirst()
        _ = lines.popLast()
        return try lines.enumerated().map { index, line in
            guard let row = LayerWatch(line: line) else {
                throw TrainingError.file(watch.relativePath, problem: "is damaged: line \(index + 2)")
            }
            return row
        }
    }

    /// What was noticed while training; nothing for runs of earlier versions.
    ///
    /// - Throws: `TrainingError.file` when the file is not of the form.
    public func findings() throws -> [Finding] {
        guard FileManager.default.fileExists(atPath: findingsFile.path) else { return [] }
        return try read([Finding].self, from: findingsFile)
    }
}
