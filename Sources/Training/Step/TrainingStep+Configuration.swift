import ThalwegEngine
import ThalwegNetworks

extension TrainingStep {
    /// The step that a resolved configuration asks for.
    ///
    /// - Parameter examples: the size of the training set, which penalties are divided by.
    /// - Throws: `ChoiceError` for an optimizer or clipping that does not exist, `ConfigurationError` for a precision that
    ///   the processor does not support.
    convenience init(
        _ network: DenseNetwork, _ configuration: TrainingConfiguration, objective: Objective, examples: Int
    ) throws {
        try configuration.requirePrecision()
        let rule = UpdateRule(
            try OptimizerChoice(parsing: configuration.optimizer).optimizer,
            clipping: try configuration.clip.map { try GradientClipping(parsing: $0) },
            regularization: Regularization(l2: configuration.l2, l1: configuration.l1, maxNorm: configuration.maxNorm),
            examples: examples)
        self.init(
            network, rule: rule, seed: UInt64(configuration.seed), threads: configuration.threads,
            precision: configuration.precision, measuresGradientNorm: false, measures: [objective.measure],
            loss: objective.loss)
    }
}

extension TrainingConfiguration {
    fileprivate func requirePrecision() throws(ConfigurationError) {
        guard precision.isSupported else {
            throw ConfigurationError(
                key: "precision", problem: "is \(precision.rawValue), which this processor has no instructions for")
        }
        guard precision == .full || dataType == .float32 else {
            throw ConfigurationError(
                key: "precision", problem: "is \(precision.rawValue), but the numbers are \(dataType.rawValue)")
        }
    }
}
