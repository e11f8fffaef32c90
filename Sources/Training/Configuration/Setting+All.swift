import ThalwegDataSets
import ThalwegEngine
import ThalwegNetworks

extension Setting {
    /// Every setting there is, in the order in which `config.toml` lists them.
    public static let all: [Setting] = data + network + optimizer + training + run

    /// The setting called `key`.
    ///
    /// - Throws: `ConfigurationError` that suggests the nearest name when there is none.
    package static func named(_ key: String) throws -> Setting {
        // `early_stopping` is meant as `early-stopping`.
        let folded = key.replacing("_", with: "-")
        if let setting = all.first(where: { $0.key == folded }) { return setting }
        let near = nearestName(to: key, among: all.map(\.key))
        throw ConfigurationError(
            key: key, problem: "does not exist" + (near.map { "; did you mean '\($0)'?" } ?? ""))
    }

    private static let data: [Setting] = [
        .text("data", .data, \.data, absent: "none", "digits, a CSV or TSV file, a folder of IDX files, or an .npz"),
        .text("target", .data, \.target, absent: "auto", "column to predict; auto is the last one"),
        .text("weight-column", .data, \.weightColumn, absent: "none", "column with the weights of the examples"),
        .choice(
            "task", .data, \.task, among: ["regression", "binary", "multiclass"], absent: "auto",
            "what to predict; auto tells it from the target"),
        .text("dev", .data, \.dev, absent: "none", "file of examples to judge by while training"),
        .text("test", .data, \.test, absent: "none", "file of examples to judge by once, at the end"),
        .numbers(
            "split", .data, \.split, .nonNegative, absent: "auto",
            form: "three shares that add up to 1, the first above 0, as 0.6,0.2,0.2",
            "shares of training, dev and test examples",
            check: { $0.count == 3 && $0[0] > 0 && abs($0.reduce(0, +) - 1) < 1e-6 }),
        .number(
            "train-dev", .data, \.trainDev, .fraction, absent: "none",
            "share of the training examples held back to tell variance from data mismatch"),
        .integer(
            "split-seed", .data, \.splitSeed, from: 0, to: .max, absent: "auto",
            "start of the split's random numbers; auto is seed"),
        .integer(
            "dev-fold", .data, \.devFold, from: 0, absent: "none",
            "which part of the examples outside the test set is the dev set"),
        .choice("normalize", .data, \.normalize, "how inputs are brought to one scale"),
        .number("scale", .data, \.scale, .positive, absent: "none", "divides all inputs first, as 255 for pixels"),
        .choice("categories", .data, \.categories, "how categories enter the network"),
        .flag("bins", .data, \.bins, "numeric columns also as how far they have come through a few bins"),
        .flag("normalize-target", .data, \.normalizeTarget, "bring a regression's target to mean 0, deviation 1"),
        .choice(
            "target-transform", .data, \.targetTransform, absent: "none",
            "learn a regression's target by its logarithm; log1p is log(1 + y)"),
    ]

    private static let network: [Setting] = [
        .integers("layers", .network, \.layers, absent: "auto", "units of each hidden layer; empty for none"),
        .named("activation", .network, \.activation, as: Activation.self, "after each hidden layer"),
        .named("init", .network, \.initializer, as: Initializer.self, absent: "auto", "rule of initial weights"),
        .number("init-scale", .network, \.initialScale, .positive, absent: "none", "multiplies the initial weights"),
        .text("initial-weights", .network, \.initialWeights, absent: "none", "safetensors or npz with first weights"),
        .numbers(
            "keep-probability", .network, \.keepProbability, .probability, absent: "auto",
            form: "probabilities above 0 and up to 1 with commas between", "dropout: share of units kept, per layer"),
        .flag("batch-norm", .network, \.batchNorm, "normalize each hidden layer over the batch"),
        .choice("batch-norm-placement", .network, \.batchNormPlacement, "before or after the activation"),
        .flag("layer-norm", .network, \.layerNorm, "normalize each hidden layer over its units"),
    ]

    private static let optimizer: [Setting] = [
        .named("optimizer", .optimizer, \.optimizer, as: OptimizerChoice.self, "rule that turns gradients into steps"),
        .number("learning-rate", .optimizer, \.learningRate, .positive, absent: "auto", "length of a step"),
        .named("schedule", .optimizer, \.schedule, as: Schedule.self, absent: "auto", "how the rate changes"),
    ]

    private static let training: [Setting] = [
        Setting(
            key: "batch-size", group: .training, help: "examples in a step",
            form: "a whole number of at least 1, \"full\"",
            read: {
                switch $0.batchSize {
                case .full: .string("full")
                case .count(let count): .integer(count)
                case nil: nil
                }
            },
            write: { configuration, value in
                if value == nil {
                    configuration.batchSize = nil
                } else if value?.asString?.trimmed == "full" {
                    configuration.batchSize = .full
                } else if let count = value?.asInteger, count >= 1 {
                    configuration.batchSize = .count(count)
                } else {
                    return false
                }
                return true
            }, absent: "auto", names: ["full"], numerals: .whole),
        .text("batch-order", .training, \.batchOrder, absent: "none", "npy of integers [epochs, examples]: the order"),
        .integer("epochs", .training, \.epochs, from: 1, absent: "auto", "passes over the training examples"),
        .integer("steps", .training, \.steps, from: 1, absent: "none", "ends training after this many steps"),
        .number("l1", .training, \.l1, .nonNegative, "lambda of the penalty lambda/m * sum of |w|"),
        .number("l2", .training, \.l2, .nonNegative, "lambda of the penalty lambda/(2m) * sum of w^2"),
        .number("max-norm", .training, \.maxNorm, .positive, absent: "none", "bound of the weights into a unit"),
        .named("clip", .training, \.clip, as: GradientClipping.self, absent: "none", "bounds on gradients"),
        Setting(
            key: "augment", group: .training, help: "random changes to training images, new ones each epoch",
            form: "changes with commas between, as rotate(degrees=10), shift(pixels=2)",
            read: { $0.augment.map(SettingValue.string) },
            write: { configuration, value in
                guard let value else {
                    configuration.augment = nil
                    return true
                }
                guard let text = value.asString, !text.isEmpty else { return false }
                do throws(ChoiceError) {
                    configuration.augment = try ImageAugmentation(parsing: text).description
                } catch {
                    throw ConfigurationError(key: "augment", problem: "cannot be '\(text)': \(error)")
                }
                return true
            }, absent: "none", names: ImageOperation.names),
        .number("label-smoothing", .training, \.labelSmoothing, .fraction, "share of the label given to all classes"),
        .classWeights,
        .number(
            "false-negative-cost", .training, \.falseNegativeCost, .positive, absent: "none",
            "of two classes: chooses the threshold on dev; a false positive costs 1"),
        .choice("regression-loss", .training, \.regressionLoss, "what a regression minimizes"),
        .integer(
            "early-stopping", .training, \.earlyStopping, from: 0, absent: "auto",
            "epochs without a better dev cost before stopping; 0 for never"),
    ]

    private static let run: [Setting] = [
        .integer("seed", .run, \.seed, from: 0, to: .max, "start of all random numbers"),
        .integer(
            "threads", .run, \.threads, from: 1, to: mostThreads, absent: "auto", "threads to compute with"),
        Setting(
            key: "dtype", group: .run, help: "numbers to compute with", form: "one of float32, float64",
            read: { .string($0.dataType.rawValue) },
            write: { configuration, value in
                switch value?.asString?.trimmed {
                case "float32": configuration.dataType = .float32
                case "float64": configuration.dataType = .float64
                default: return false
                }
                return true
            }, absent: nil, names: ["float32", "float64"]),
        .choice("precision", .run, \.precision, "of the matrix products in training; bf16 with float32 sums"),
        .flag("log-every-step", .run, \.logEveryStep, "a row of metrics.csv for every step"),
        .flag("watch", .run, \.watch, "watch.csv: norms of weights, gradients and updates, dead and saturated units"),
        Setting(
            key: "adjustments", group: .run, help: "changes made while training (thalweg adjust)",
            form: "a list of changes in the order of their steps, as \"1200: learning-rate=0.001\"",
            read: { $0.adjustments.isEmpty ? nil : .list($0.adjustments.map { .string($0.description) }) },
            write: { configuration, value in
                let texts = value?.asList?.map(\.asString) ?? []
                let adjustments = texts.compactMap { $0.flatMap(Adjustment.init(parsing:)) }
                guard adjustments.count == texts.count, value == nil || value?.asList != nil,
                    zip(adjustments, adjustments.dropFirst()).allSatisfy({ $0.step <= $1.step })
                else { return false }
                configuration.adjustments = adjustments
                return true
            }, absent: "none"),
        .number("checkpoint-seconds", .run, \.checkpointSeconds, .nonNegative, "seconds between checkpoints"),
        .integer(
            "checkpoint-steps", .run, \.checkpointSteps, from: 1, absent: "none", "steps between checkpoints, besides"),
    ]
}
