import Foundation
import ThalwegDataSets
import ThalwegEngine
import ThalwegFormats
import ThalwegNetworks

extension DenseNetwork {
    /// The network that a resolved configuration asks for, with its initial weights.
    ///
    /// - Throws: `ConfigurationError` for settings that do not fit together, `DataError` for a file of initial weights.
    init(_ configuration: TrainingConfiguration, data: PreparedData) throws {
        let preprocessing = data.preprocessing
        let hidden = configuration.layers ?? []
        var keep = configuration.keepProbability ?? [1]
        if keep.count == 1 { keep = Array(repeating: keep[0], count: hidden.count) }
        if hidden.isEmpty { keep = [] }
        guard keep.count == hidden.count else {
            throw ConfigurationError(
                key: "keep-probability", problem: "has \(keep.count) numbers for \(hidden.count) hidden layers")
        }
        let architecture = Architecture(
            inputs: preprocessing.inputWidth,
            embeddings: preprocessing.embeddings.map { .init(count: $0.cardinality, width: $0.width) },
            hidden: hidden, outputs: preprocessing.outputWidth,
            activation: try Activation(parsing: configuration.activation), keepProbabilities: keep,
            batchNorm: configuration.batchNorm,
            normalizesBeforeActivation: configuration.batchNormPlacement == .before,
            layerNorm: configuration.layerNorm, dataType: configuration.dataType)
        try architecture.requireMemory()
        self.init(
            architecture, initializer: try configuration.initializer.map { try Initializer(parsing: $0) },
            scale: configuration.initialScale, seed: UInt64(configuration.seed))
        if let file = configuration.initialWeights { try loadInitialWeights(URL(fileURLWithPath: file)) }
    }

    /// Takes weights from a file; biases that it lacks stay zero.
    private func loadInitialWeights(_ url: URL) throws {
        let tensors =
            url.pathExtension.lowercased() == "npz" ? try NumPy.readNPZ(url) : try SafeTensors.read(url).tensors
        let known = stateDictionary().map(\.name)
        if let missing = known.first(where: { $0.hasPrefix("layers.") && $0.hasSuffix(".weight") && tensors[$0] == nil }
        ) {
            throw DataError(.mismatch, file: url.relativePath, tensor: missing, "is missing: the network needs it")
        }
        if let extra = tensors.keys.sorted().first(where: { !known.contains($0) }) {
            throw DataError(
                .mismatch, file: url.relativePath, tensor: extra,
                "has no place in the network, which has " + known.joined(separator: ", "))
        }
        do { try load(tensors, isStrict: false) } catch {
            throw DataError(.mismatch, file: url.relativePath, error.description)
        }
    }

    /// The network in one line: `64-256-128-10, relu, dropout keeps 0.8`.
    public var line: String {
        var line = ([architecture.inputs] + architecture.hidden + [architecture.outputs]).map(String.init)
            .joined(separator: "-")
        if architecture.hidden.isEmpty { return line + ", no hidden layer" }
        line += ", \(architecture.activation)"
        let keep = architecture.keepProbabilities
        if keep.contains(where: { $0 < 1 }) {
            let different = Set(keep).count == 1 ? Array(keep.prefix(1)) : keep
            line += ", dropout keeps " + different.map(numberText).joined(separator: ", ")
        } else {
            line += ", no dropout"
        }
        if architecture.batchNorm { line += ", batch norm" }
        if architecture.layerNorm { line += ", layer norm" }
        return line
    }
}

extension DenseNetwork.Architecture {
    /// Refuses a network that this machine cannot hold: weights, gradients and two averages each.
    fileprivate func requireMemory() throws {
        let widths = ([inputs] + hidden + [outputs]).map(Double.init)
        let weights = zip(widths, widths.dropFirst()).reduce(0) { $0 + $1.0 * $1.1 }
        let bytes = weights * Double(dataType.size) * 4
        let memory = Double(ProcessInfo.processInfo.physicalMemory)
        guard bytes <= memory else {
            let gibibytes = [bytes, memory].map { String(format: "%.0f GiB", $0 / 0x1p30) }
            throw ConfigurationError(
                key: "layers",
                problem: "asks for a network that needs about \(gibibytes[0]); this machine has \(gibibytes[1])")
        }
    }
}

extension Objective {
    /// The objective of examples that all count the same.
    init(_ configuration: TrainingConfiguration, preprocessing: Preprocessing) {
        self.init(
            task: preprocessing.task, labelSmoothing: configuration.labelSmoothing,
            regressionLoss: configuration.regressionLoss, targets: .init(preprocessing),
            outputs: preprocessing.task == .regression ? preprocessing.outputWidth : 1)
    }

    /// The objective of a run, with the weights of its classes and examples.
    ///
    /// - Throws: `ConfigurationError` for settings that do not fit the task or the classes.
    init(_ configuration: TrainingConfiguration, data: PreparedData) throws(ConfigurationError) {
        self.init(configuration, preprocessing: data.preprocessing)
        guard configuration.falseNegativeCost == nil || task == .binary else {
            throw ConfigurationError(
                key: "false-negative-cost", problem: "is for two classes; the task is \(task.rawValue)")
        }
        isWeighted = data.train.weights != nil
        classWeights = try configuration.classWeights.map { weights throws(ConfigurationError) in
            var totals = [Double](repeating: 0, count: data.preprocessing.classes.count)
            for (row, place) in data.train.y.doubles().enumerated() where !totals.isEmpty {
                totals[Int(place)] += data.train.weights?[row] ?? 1
            }
            return try weights.factors(classes: data.preprocessing.classes, totals: totals)
        }
    }
}
