import ThalwegDataSets
public import ThalwegTraining

extension SearchSpace {
    /// The space for those who name none: the settings that mattered most in practice, around what the defaults would
    /// be for these data. About half of the less important ones stay as they are in any trial, so that a few dozen
    /// trials are not spread too thin.
    ///
    /// - Parameters:
    ///   - base: what every trial starts from.
    ///   - fixed: settings that the user has given: they are not searched.
    /// - Throws: `ConfigurationError` when everything is fixed.
    public static func standard(
        for data: PreparedData, base: TrainingConfiguration, fixed: Set<String>
    ) throws -> SearchSpace {
        let settings = base.resolved(for: data)
        let examples = data.train.count
        let rate = settings.learningRate ?? 0.001
        let width = settings.layers?.max() ?? 128
        var parameters: [SearchParameter] = [
            SearchParameter("learning-rate", .log(rate / 10, rate * 5)),
            SearchParameter(
                "layers", .layers(.init(depth: 1...3, width: max(width / 4, 4)...(width * 2))), skip: 0.25),
            SearchParameter("activation", .choice(["relu", "silu", "tanh"].map { .text($0) })),
            SearchParameter("keep-probability", .uniform(0.5, 1)),
            SearchParameter("l2", .log(0.01, 30), skip: 0.5),
            SearchParameter("optimizer", .choice([.text("adamw")]), skip: 0.7),
            SearchParameter(
                "optimizer.weight_decay", .log(0.001, 1), when: [.init("optimizer", in: [.text("adamw")])]),
            SearchParameter("batch-norm", .choice([.flag(true)]), skip: 0.75),
            SearchParameter(
                "layer-norm", .choice([.flag(true)]), skip: 0.75, when: [.init("batch-norm", in: [.flag(false)])]),
        ]
        if base.steps == nil {
            parameters.append(
                SearchParameter("schedule", .choice(["one_cycle", "constant"].map { .text($0) }), skip: 0.7))
        }
        // Sizes at which an epoch has at least four steps; a full batch stays the common case where it is the default.
        let sizes = [16, 32, 64, 128, 256, 512].filter { $0 * 4 <= examples }
        if sizes.count > 1, !(base.steps != nil && base.batchSize == .full) {
            let isFull = settings.batchSize == .full
            parameters.append(
                SearchParameter(
                    "batch-size", .choice(sizes.suffix(4).map { .integer($0) }), skip: isFull ? 0.6 : 0.4))
        }
        if !data.preprocessing.embeddings.isEmpty {
            parameters.append(
                SearchParameter("categories", .choice([.text("one-hot")]), skip: 0.7))
        }
        if settings.bins, data.preprocessing.inputNames.contains(where: { $0.hasSuffix(" bin 1") }) {
            parameters.append(SearchParameter("bins", .choice([.flag(false)]), skip: 0.7))
        }
        if data.preprocessing.task == .regression {
            parameters.append(SearchParameter("regression-loss", .choice([.text("huber")]), skip: 0.7))
        }
        let free = parameters.filter { !fixed.contains($0.key) && !($0.owner.map(fixed.contains) ?? false) }
        return try SearchSpace(free, base: base)
    }
}
