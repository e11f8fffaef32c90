internal import ThalwegEngine
internal import ThalwegTraining

/// What the usual network reaches on the same inputs: an upper bound of the Bayes error for runs whose network is smaller.
///
/// It trains with automatic settings on up to 4,000 training examples, stops by others, and is judged by up to 1,000 that it never saw.
struct CapacityProbe {
    /// How much lower its error is than the run's model's, on the examples that judge it.
    let gain: MeasuredError
    let examples: Int

    /// nil for fewer than 100 training examples, and where the usual network cannot be trained on them.
    ///
    /// - Throws: `DiagnosisInterrupted`.
    init?(
        _ data: PreparedData, configuration: TrainingConfiguration, besides own: ModelErrors,
        isInterrupted: @escaping () -> Bool
    ) throws {
        let count = data.train.count
        guard count >= 100 else { return nil }
        let order = sampled(count, 6000, seed: 0x7072)
        let judged = min(order.count / 4, 1000)
        let stopping = min(order.count / 8, 500)
        func part(_ range: Range<Int>) -> PreparedData.Part {
            let rows = Tensor(order[range].sorted())
            let part = PreparedData.Part(x: data.train.x.gathered(at: rows), y: data.train.y.gathered(at: rows))
            evaluate([part.x, part.y])
            return part
        }
        var settings = TrainingConfiguration()
        settings.seed = configuration.seed
        settings.threads = configuration.threads
        settings.dataType = configuration.dataType
        settings.weightColumn = configuration.weightColumn
        var probe = data
        let trained = (judged + stopping)..<min(judged + stopping + 4000, order.count)
        probe.train = part(trained)
        probe.dev = part(judged..<judged + stopping)
        probe.test = nil
        probe.crossValidationFolds = nil
        do {
            let model = try QuickRun.train(settings, data: probe, isInterrupted: isInterrupted)
            let judge = part(0..<judged)
            gain = ModelErrors.difference(from: ModelErrors(model).outcomes(judge), to: own.outcomes(judge))
        } catch let interruption as DiagnosisInterrupted {
            throw interruption
        } catch {
            return nil
        }
        examples = trained.count
    }
}
