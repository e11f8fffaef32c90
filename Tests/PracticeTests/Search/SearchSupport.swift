import ThalwegDataSets
import ThalwegPractice
import ThalwegTraining

extension SearchPlan {
    /// A plan of the multiclass task, with 90 epochs a training.
    static func make(
        _ strategy: SearchStrategy, _ space: SearchSpace, trials: Int, seed: UInt64 = 1, finalists: Int = 0
    ) throws -> SearchPlan {
        SearchPlan(
            strategy: strategy, trials: trials, seed: seed, finalists: finalists, space: space,
            objective: try SearchObjective("accuracy", task: .multiclass), base: TrainingConfiguration()
        ) { _ in 90 }
    }

    /// Plays the search to its end with a made-up training.
    ///
    /// - Parameter backward: trainings of a stage end in the opposite order.
    func played(
        backward: Bool = false, _ objective: (_ job: TrialJob) -> Double?
    ) throws -> [TrialRecord] {
        var records: [TrialRecord] = []
        while true {
            let jobs = try jobs(after: records)
            guard !jobs.isEmpty else { return records }
            for job in backward ? jobs.reversed() : jobs {
                let value = objective(job)
                var record = TrialRecord(job, status: value == nil ? .failed : .finished)
                record.objective = value
                record.epochs = job.epochs
                records.append(record)
            }
        }
    }
}

func read(_ toml: String, base: TrainingConfiguration = TrainingConfiguration()) throws -> SearchSpace {
    try SearchSpace(toml: toml, base: base, file: "space.toml")
}
