import Foundation
import ThalwegDataSets
import ThalwegNetworks

/// What a run does when the user does not say: general rules by task and size, chosen on dev sets only.
///
/// How they were found is told in `docs/defaults.md`.
enum Defaults {
    /// `configuration` with every choice filled in for `data`.
    static func resolve(_ configuration: TrainingConfiguration, for data: PreparedData) -> TrainingConfiguration {
        var resolved = configuration
        let count = data.train.count
        resolved.task = data.preprocessing.task
        if resolved.keepProbability == nil {
            // Dropout belongs to the automatic network; whoever names layers gets just those. It costs regressions more than it
            // gives: their targets are smooth.
            let keep = configuration.layers != nil ? 1 : data.preprocessing.task == .regression ? 0.9 : 0.8
            resolved.keepProbability = [keep]
        }
        if resolved.layers == nil { resolved.layers = count <= 500 ? [64, 32] : [256, 128] }
        if resolved.batchSize == nil { resolved.batchSize = batchSize(count) }
        if resolved.learningRate == nil { resolved.learningRate = learningRate(resolved) }
        let stepsPerEpoch = resolved.stepsPerEpoch(examples: count)
        if resolved.epochs == nil {
            resolved.epochs =
                resolved.steps.map { ($0 + stepsPerEpoch - 1) / stepsPerEpoch }
                ?? epochs(stepsPerEpoch: stepsPerEpoch)
        }
        if resolved.schedule == nil {
            // A number of steps is an exact recipe, which names its schedule if it has one.
            let falling = Schedule.Curve.cosine(warmup: 0, cycles: 1, growth: 1, floor: 0)
            let schedule = configuration.steps == nil ? try? Schedule(falling) : .constant
            resolved.schedule = (schedule ?? .constant).description
        }
        if resolved.earlyStopping == nil {
            resolved.earlyStopping = data.dev == nil ? 0 : max(5, (resolved.epochs ?? 1) / 4)
        }
        return resolved.spelledOut()
    }

    /// All examples up to 2,000, else a power of two near a hundredth of them, from 32 to 256.
    static func batchSize(_ count: Int) -> BatchSize {
        guard count > 2000 else { return .full }
        let power = Int(log2(Double(count) / 100).rounded())
        return .count(1 << min(max(power, 5), 8))
    }

    /// Passes that make some hundreds of steps with few examples and some ten thousands with many.
    static func epochs(stepsPerEpoch: Int) -> Int {
        if stepsPerEpoch == 1 { return 300 }
        return min(max(6000 / stepsPerEpoch, 10), 60)
    }

    /// The rate that suits an optimizer and a kind of batch.
    static func learningRate(_ configuration: TrainingConfiguration) -> Double {
        let name = configuration.optimizer.prefix { $0 != "(" }
        switch name {
        case "sgd", "momentum", "nesterov": return 0.1
        case "adagrad": return 0.01
        default: return configuration.batchSize == .full ? 0.005 : 0.002
        }
    }
}

extension TrainingConfiguration {
    /// With every choice filled in that depends on the data.
    package func resolved(for data: PreparedData) -> TrainingConfiguration { Defaults.resolve(self, for: data) }

    /// Leaves those of some settings to be chosen that would be chosen just as they are: what a run folder's configuration has
    /// filled in is told from what somebody decided.
    ///
    /// - Returns: the keys of the settings that are left.
    package mutating func leaveToChoose(_ keys: Set<String>, for data: PreparedData) -> Set<String> {
        let whole = resolved(for: data)
        let plain = TrainingConfiguration()
        var left: Set<String> = []
        var count = -1
        // One choice may rest on another: dropout on whether layers are named.
        while left.count > count {
            count = left.count
            for setting in Setting.all where keys.contains(setting.key) && !left.contains(setting.key) {
                var candidate = self
                guard (try? setting.write(&candidate, setting.read(plain))) == true,
                    candidate.resolved(for: data) == whole
                else {
                    continue
                }
                self = candidate
                left.insert(setting.key)
            }
        }
        return left
    }

    /// Examples in a step, once known.
    func batchCount(examples: Int) -> Int {
        switch batchSize {
        case .count(let count): min(count, examples)
        case .full, nil: examples
        }
    }

    /// Steps of one pass; the last, smaller batch counts.
    package func stepsPerEpoch(examples: Int) -> Int {
        let batch = max(batchCount(examples: examples), 1)
        return max((examples + batch - 1) / batch, 1)
    }
}
