/// The winner's training without a dev set, tried where there is one to judge it: on the training examples of each further
/// dev set, against trainings that a dev set stopped.
///
/// What a training is worth that was stopped by another dev set than the one that judges it lies between two figures. Its
/// lowest dev loss is too low, since the epoch was chosen by it. Its dev loss where the other dev sets stopped their
/// trainings is too high, since trainings differ, too, and not their dev sets alone. The middle is taken.
public struct SearchRehearsal: Sendable, Hashable {
    /// A further dev set.
    package struct Fold {
        /// Dev losses after each epoch, from the first on, of the training that the dev set stopped.
        package var stopped: [Double]
        /// At the end of the training that nothing stopped; nil where it came to no end.
        package var rehearsed: Double?

        package init(stopped: [Double], rehearsed: Double?) {
            self.stopped = stopped
            self.rehearsed = rehearsed
        }
    }

    /// Dev sets.
    public var count: Int
    /// The mean dev loss of the trainings that nothing stopped; infinite where one came to no end.
    public var loss: Double
    /// What the mean dev loss of the trainings that a dev set stopped would be on others.
    public var stoppedLoss: Double

    package init(_ folds: [Fold]) {
        let ends = folds.map { fold in fold.stopped.indices.min { fold.stopped[$0] < fold.stopped[$1] } ?? 0 }
        let stopped = folds.indices.map { place in
            let losses = folds[place].stopped
            guard let last = losses.indices.last else { return Double.infinity }
            let elsewhere = folds.indices.filter { $0 != place }.map { losses[min(ends[$0], last)] }
            return (losses[ends[place]] + elsewhere.mean) / 2
        }
        count = folds.count
        loss = folds.map { $0.rehearsed ?? .infinity }.mean
        stoppedLoss = stopped.mean
    }

    /// Whether nothing is lost without a dev set to tell when to stop.
    public var isAsGood: Bool { loss.isFinite && loss <= stoppedLoss }
}
