import Foundation
internal import ThalwegDataSets
internal import ThalwegFormats
internal import ThalwegTraining

extension RunDiagnosis {
    /// Diagnoses the run in a folder.
    ///
    /// - Throws: `TrainingError.notARun`, `DataError` for damaged weights or a train-dev file that does not fit, and what training
    ///   throws where a learning curve is asked for.
    public init(run path: String, options: Options = Options()) throws {
        let evidence = try RunEvidence(run: path)
        run = path
        task = evidence.task
        if let metric = options.metric, let task, !metric.tasks.contains(task) {
            throw ConfigurationError(problem: "metric '\(metric.name)' does not fit a \(task.rawValue) task")
        }
        if let classes = evidence.model?.description.classes { try options.metric?.requireClass(of: classes) }
        metric =
            options.metric.map { $0.isHigherBetter ? "1 - \($0.name)" : $0.name }
            ?? (task == .regression ? "rmse" : "error")
        notes = evidence.notes
        curve = CurveReading(evidence.rows)
        let levels = try Self.levels(evidence, options)
        errors = levels?.diagnosis
        remarks = evidence.model == nil ? [evidence.ending] : []
        if let judge = evidence.model?.description.training.assessments?.judge,
            let baseline = judge.assessment.baseline,
            judge.assessment.gain == Assessment.Gain.none
        {
            remarks.append(
                "The model is not better than a rule that does not look at the inputs (\(judge.name) "
                    + "\(evidence.metricText(judge.assessment.score.metric)), the rule \(evidence.metricText(baseline)))."
            )
        }
        (twoSampleTests, shifts) = ([:], [:])
        duplicates = []
        (verdicts, next) = ([], [])
        if let data = evidence.data { try inspect(data, evidence.configuration) }
        if let model = evidence.model, let data = evidence.data {
            let best = options.metric == nil ? levels?.bayes.high.value : nil
            labelDoubt = LabelDoubt(model, data: data, best: best)
        }
        if options.measuresLearningCurve, let data = evidence.data {
            learningCurve = try LearningCurve.measured(
                evidence.configuration, data: data, isInterrupted: options.isInterrupted
            ) { options.tell("learning curve: training on \(counted($0, "example"))") }
            if data.dev == nil { notes.append("without a dev set there is no learning curve") }
        }
        var facts = RunFacts(
            configuration: evidence.configuration, run: path, train: evidence.trainCount, dev: evidence.devCount,
            test: evidence.testCount, isClassification: task != .regression, devError: levels?.dev?.value,
            curve: curve, learningCurve: learningCurve, hasStoppedEarly: evidence.hasStoppedEarly)
        facts.options = options.words
        facts.inputs = evidence.model?.description.architecture.inputs ?? 0
        facts.isOfSearch = SearchFolder.holds(RunFolder(path))
        judge(evidence, facts)
    }

    /// The errors from human level to test; nil for a run without a model.
    static func levels(_ evidence: RunEvidence, _ options: Options = Options()) throws -> ErrorLevels? {
        guard let model = evidence.model else { return nil }
        let description = model.description
        let errors = ModelErrors(model, metric: options.metric)
        let known = description.training.assessments
        func error(_ part: PreparedData.Part?, _ assessment: Assessment?) -> MeasuredError? {
            if let part, part.count > 0 {
                // Not a number where the weights are none, and where a metric is not defined on these examples.
                let error = errors(part)
                return error.value.isFinite ? error : nil
            }
            guard let assessment, assessment.score.count > 0, options.metric == nil else { return nil }
            return assessment.measuredError(task: description.task)
        }
        let data = evidence.data
        guard let train = error(data?.train, known?.train) else { return nil }
        let dev = error(data?.dev, known?.dev)
        let trainDev =
            try options.trainDev.map { try trainDevError($0, model, errors) }
            ?? data?.trainDev.map(errors.callAsFunction)
        var bayes = options.humanError.map { ErrorLevels.Bayes.known($0) }
        if bayes == nil, options.metric == nil, let data {
            // Dev examples from elsewhere say nothing of what can be reached on the training examples' distribution.
            let own = trainDev ?? (evidence.configuration.dev == nil ? dev : nil)
            bayes = NeighborErrors(data.train, preprocessing: description.preprocessing).map { $0.bayes(besides: own) }
            if let known = bayes, Recipe.isBelowUsual(evidence.layers, examples: evidence.trainCount),
                let probe = try CapacityProbe(
                    data, configuration: evidence.configuration, besides: errors, isInterrupted: options.isInterrupted),
                train.value - probe.gain.value < known.high.value
            {
                // What it would come to on all training examples.
                let error = max(train.value - probe.gain.value, 0)
                bayes?.high = .exact(error)
                bayes?.low = .exact(min(known.low.value, error))
                bayes?.paired = probe.gain
                bayes?.method =
                    "at most that of the usual network, trained on \(counted(probe.examples, "example")) for comparison"
            }
        }
        let isShare = options.metric.map { $0.unit == .share } ?? (description.task != .regression)
        if let human = options.humanError, isShare ? human > 1 : options.isHumanErrorShare {
            throw ConfigurationError(
                key: "human-error",
                problem: isShare
                    ? "is a share of wrong answers: at most 1, or 100%"
                    : "is in the target's unit here, not a percentage")
        }
        let baseline = options.metric == nil ? known?.train.baseline ?? train.value : train.value
        return ErrorLevels(
            bayes: bayes, train: train, trainDev: trainDev, dev: dev, test: error(data?.test, known?.test),
            unit: isShare ? .share : .number(baseline: baseline))
    }

    private static func trainDevError(
        _ file: String, _ model: TrainedModel, _ errors: ModelErrors
    ) throws -> MeasuredError {
        let examples = try model.examples(from: file).examples
        return try naming(file) { errors.error(try model.outcomes(examples)) }
    }

    /// Compares the parts of the data with each other.
    private mutating func inspect(_ data: PreparedData, _ configuration: TrainingConfiguration) throws {
        for (name, part) in [("dev", data.dev), ("test", data.test)] {
            if let part { duplicates.append(DuplicatedRows(part, name: name, train: data.train)) }
        }
        // Parts that were drawn at random have one distribution.
        let given = data.fingerprints
        guard given.dev != nil || given.test != nil, let source = configuration.data else { return }
        let loaded = try DataSource.load(
            source,
            options: LoadOptions(target: configuration.target, dev: configuration.dev, test: configuration.test))
        for (name, part, raw) in [("dev", data.dev, loaded.dev), ("test", data.test, loaded.test)] {
            guard let part, let raw else { continue }
            twoSampleTests[name] = TwoSampleTest(
                data.train.x, part.x, embeddings: data.preprocessing.embeddings.count,
                seed: UInt64(configuration.seed))
            shifts[name] = ColumnShift.columns(
                loaded.train, raw,
                rows: (sampled(loaded.train.count, 5000, seed: 0x6373), sampled(raw.count, 5000, seed: 0x6374)),
                names: ("train", name))
        }
        if let dev = data.dev, let test = data.test {
            twoSampleTests["dev-test"] = TwoSampleTest(
                dev.x, test.x, embeddings: data.preprocessing.embeddings.count, seed: UInt64(configuration.seed))
        }
    }
}

extension RunDiagnosis.Options {
    /// As on the command line.
    fileprivate var words: [String] {
        let given = [
            ("--human-error", humanError.map { "\($0)" }), ("--train-dev", trainDev), ("--metric", metric?.name),
        ]
        return given.flatMap { option, value in value.map { [option, $0.shellQuoted] } ?? [] }
    }
}

extension NeighborErrors {
    /// The Bayes error between the asymptotic lower bound and the best error on new examples: of neighbors, or of the model itself.
    func bayes(besides own: MeasuredError?) -> ErrorLevels.Bayes {
        let isOwn = own.map { $0.value < best.value } ?? false
        let high = isOwn ? own ?? best : best
        let words =
            isOwn
            ? "the model's own error on new examples"
            : "the error of \(neighbors == 1 ? "one neighbor" : "\(neighbors) neighbors")"
        // A bound above what a model reaches is none: the neighbors lie too far apart.
        let isUsable = low < high.value
        return ErrorLevels.Bayes(
            low: .exact(isUsable ? low : 0), high: high, source: .estimated,
            method: isUsable
                ? "between half the error of one neighbor (Cover and Hart) and \(words)" : "between 0 and \(words)")
    }
}
