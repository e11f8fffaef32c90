import ThalwegNetworks

extension TrainingStep {
    /// The step that a resolved configuration asks for.
    ///
    /// - Parameter examples: the size of the training set, which penalties are divided by.
    /// - Throws: `ChoiceError` for an optimizer or clipping that does not exist.
    convenience init(
        _ network: DenseNetwork, _ configuration: TrainingConfiguration, objective: Objective, examples: Int
    ) throws {
        let rule = UpdateRule(
            try OptimizerChoice(parsing: configuration.optimizer).optimizer,
            clipping: try configuration.clip.map { try GradientClipping(parsing: $0) },
            regularization: Regularization(l2: configuration.l2, l1: configuration.l1, maxNorm: configuration.maxNorm),
            examples: examples)
        self.init(
            network, rule: rule, seed: UInt64(configuration.seed), threads: configuration.threads,
            measures: [objective.measure], loss: objective.loss)
    }
}
