public import ThalwegDataSets
public import ThalwegTraining

extension TrainedModel {
    /// What is wanted for examples and what the model says: what metrics and error analysis look at. Weights are those of the run's
    /// weight column, where the examples have it.
    ///
    /// - Parameters:
    ///   - rows: which examples, in which order; all when nil.
    ///   - threads: all cores when nil.
    /// - Throws: `DataError` when the examples do not fit the model or have no targets.
    public func outcomes(_ examples: Examples, rows: [Int]? = nil, threads: Int? = nil) throws -> PredictedOutcomes {
        let preprocessing = description.preprocessing
        let wanted = try preprocessing.rawTargets(examples, rows: rows)
        let weights = try preprocessing.weights(examples, rows: rows)
        let predictions = try predict(examples, rows: rows, threads: threads).predictions
        guard description.task != .regression else {
            return PredictedOutcomes(
                wanted: wanted,
                predicted: predictions.flatMap { prediction -> [Double] in
                    if case .numbers(let numbers) = prediction { numbers } else { [] }
                }, outputs: preprocessing.outputWidth, weights: weights)
        }
        let places = Dictionary(uniqueKeysWithValues: description.classes.enumerated().map { ($1, $0) })
        var answered: [Int] = []
        var probabilities: [Double] = []
        for case .label(let label, let row) in predictions {
            answered.append(places[label] ?? 0)
            probabilities += row
        }
        return PredictedOutcomes(
            classes: description.classes, wanted: wanted.map { Int($0) }, probabilities: probabilities,
            answered: answered, weights: weights)
    }

    /// The same for a part of the run's own data.
    ///
    /// - Throws: as `outcomes(_:rows:threads:)`.
    public func outcomes(_ part: Part, threads: Int? = nil) throws -> PredictedOutcomes {
        try outcomes(part.examples, rows: part.rows, threads: threads)
    }

    /// Outcomes of every part of the run's own data, read and divided again as for its training.
    ///
    /// - Throws: as `ownData()`.
    public func ownOutcomes(threads: Int? = nil) throws -> [(part: EvaluationLog.Part, outcomes: PredictedOutcomes)] {
        try ownData().parts.map { ($0.name, try outcomes($0.part, threads: threads)) }
    }
}
