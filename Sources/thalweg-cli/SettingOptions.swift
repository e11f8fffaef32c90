import ArgumentParser
import Thalweg

/// The settings that have an option of their own. Values are text here: the configuration checks them and knows the names.
struct SettingOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Column to predict; the last one when not given.", valueName: "COL"))
    var target: String?

    @Option(help: ArgumentHelp("Column that tells how much each example counts.", valueName: "COL"))
    var weightColumn: String?

    @Option(help: ArgumentHelp("balanced, 1,5 in the order of the classes, or CLASS=5.", valueName: "W"))
    var classWeights: String?

    @Option(help: ArgumentHelp("What missing a positive costs, in false positives.", valueName: "X"))
    var falseNegativeCost: String?

    @Option(help: ArgumentHelp("auto, regression, binary or multiclass.", valueName: "auto|…"))
    var task: String?

    @Option(help: ArgumentHelp("Units of the hidden layers, as 128,64; \"\" for none.", valueName: "N,N"))
    var layers: String?

    @Option(help: ArgumentHelp("relu, tanh, sigmoid, leaky_relu(slope=0.1), gelu, …", valueName: "NAME"))
    var activation: String?

    @Option(
        name: .customLong("init"),
        help: ArgumentHelp("Initial weights: he, xavier, zeros, normal(scale=0.01), …", valueName: "NAME"))
    var initializer: String?

    @Option(
        help: ArgumentHelp("sgd, momentum, nesterov, adagrad, rmsprop, adam, adamw, amsgrad, nadam.", valueName: "NAME")
    )
    var optimizer: String?

    @Option(help: ArgumentHelp("Length of a step.", valueName: "X"))
    var learningRate: String?

    @Option(help: ArgumentHelp("constant, cosine(warmup=1), inverse(decay=1), plateau, …", valueName: "NAME"))
    var schedule: String?

    @Option(help: ArgumentHelp("Examples in a step: auto, full, or a number.", valueName: "auto|N|full"))
    var batchSize: String?

    @Option(help: ArgumentHelp("An .npy of integers [epochs, examples]: the order of examples.", valueName: "FILE"))
    var batchOrder: String?

    @Option(help: ArgumentHelp("Passes over the training examples.", valueName: "N"))
    var epochs: String?

    @Option(help: ArgumentHelp("Ends training after this many steps.", valueName: "N"))
    var steps: String?

    @Option(help: ArgumentHelp("Penalty lambda/m * sum of |w|.", valueName: "X"))
    var l1: String?

    @Option(help: ArgumentHelp("Penalty lambda/(2m) * sum of w^2.", valueName: "X"))
    var l2: String?

    @Option(help: ArgumentHelp("Dropout: share of units kept, for all hidden layers or each.", valueName: "P[,P…]"))
    var keepProbability: String?

    @Flag(help: "Normalize each hidden layer over the batch.")
    var batchNorm = false

    @Option(help: ArgumentHelp("Epochs without a better dev cost before stopping; 0 for never.", valueName: "N"))
    var earlyStopping: String?

    @Option(help: ArgumentHelp("Divides all inputs first, as 255 for pixels.", valueName: "X"))
    var scale: String?

    @Option(help: ArgumentHelp("standard, minmax or none.", valueName: "KIND"))
    var normalize: String?

    @Option(help: ArgumentHelp("Shares of training, dev and test examples.", valueName: "auto|T,D,T"))
    var split: String?

    @Option(help: ArgumentHelp("Examples to judge by while training.", valueName: "FILE"))
    var dev: String?

    @Option(help: ArgumentHelp("Examples to judge by once, at the end.", valueName: "FILE"))
    var test: String?

    @Option(help: ArgumentHelp("Start of all random numbers.", valueName: "N"))
    var seed: String?

    @Option(help: ArgumentHelp("Threads; results do not depend on it.", valueName: "N"))
    var threads: String?

    @Option(help: ArgumentHelp("float32 or float64.", valueName: "TYPE"))
    var dtype: String?

    @Option(help: ArgumentHelp("float32 or bf16: products in training; bf16 is faster.", valueName: "P"))
    var precision: String?

    @Option(help: ArgumentHelp("A .safetensors or .npz with the first weights.", valueName: "FILE"))
    var initialWeights: String?

    @Flag(help: "A row of metrics.csv for every step.")
    var logEveryStep = false

    @Flag(help: "Watch the layers: norms, dead and saturated units into watch.csv.")
    var watch = false

    /// What was given, by key.
    var assignments: [(key: String, value: String)] {
        let options: [(String, String?)] = [
            ("target", target), ("weight-column", weightColumn), ("class-weights", classWeights),
            ("false-negative-cost", falseNegativeCost), ("task", task), ("layers", layers), ("activation", activation),
            ("init", initializer),
            ("optimizer", optimizer), ("learning-rate", learningRate), ("schedule", schedule),
            ("batch-size", batchSize), ("batch-order", batchOrder), ("epochs", epochs), ("steps", steps), ("l1", l1),
            ("l2", l2),
            ("keep-probability", keepProbability), ("batch-norm", batchNorm ? "true" : nil),
            ("early-stopping", earlyStopping), ("scale", scale), ("normalize", normalize), ("split", split),
            ("dev", dev), ("test", test), ("seed", seed), ("threads", threads), ("dtype", dtype),
            ("precision", precision),
            ("initial-weights", initialWeights), ("log-every-step", logEveryStep ? "true" : nil),
            ("watch", watch ? "true" : nil),
        ]
        return options.compactMap { key, value in value.map { (key, $0) } }
    }
}
