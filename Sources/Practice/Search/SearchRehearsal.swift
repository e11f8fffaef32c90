/// The winner's training without a dev set, tried where there is one to judge it: on the training examples of each further
/// dev set, against trainings that a dev set stopped.
///
/// The lowest dev loss of a stopped training is lower than its loss on other examples, since the dev set chose the epoch. Where
/// the other dev sets stopped their trainings nothing was chosen by it: that dev loss is the measure. It is a little too high, since
/// trainings differ, too, and not their dev sets alone. Both figures come from equally many examples; the training they stand
/// for has more.
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
    /// The mean dev loss of the trainings that a dev set stopped, where the other dev sets would have stopped them.
    public var stoppedLoss: Double

    package init(_ folds: [Fold]) {
        let ends = folds.map { fold in fold.stopped.indices.min { fold.stopped[$0] < fold.stopped[$1] } ?? 0 }
        let stopped = folds.indices.map { place in
            let losses = folds[place].stopped
            guard let last = losses.indices.last else { return Double.infinity }
            return folds.indices.filter { $0 != place }.map { losses[min(ends[$0], last)] }.mean
        }
        count = folds.count
        loss = folds.map { $0.rehearsed ?? .infinity }.mean
        stoppedLoss = stopped.mean
    }

    /// Whether a whole training loses nothing against one that ends where dev sets would stop it.
    public var isAsGood: Bool { loss.isFinite && loss <= stoppedLoss }
}
