import ThalwegDataSets
import ThalwegEngine

/// What can be said about the training examples' targets without looking at an input: the baseline a model has to beat.
public struct TargetStatistics: Codable, Sendable, Hashable {
    /// Training examples of each class, in the model's order; empty for regression.
    public var counts: [Int]
    /// The mean of each output in the target's unit; empty for classes.
    public var means: [Double]

    init(_ part: PreparedData.Part, preprocessing: Preprocessing) {
        let width = preprocessing.task == .regression ? preprocessing.outputWidth : 1
        let numbers = part.y.doubles()
        if preprocessing.task == .regression {
            counts = []
            var sums = [Double](repeating: 0, count: width)
            for (index, number) in preprocessing.unscaled(numbers).enumerated() {
                sums[index % width] += number * (part.weights?[index / width] ?? 1)
            }
            means = sums.map { $0 / Double(max(numbers.count / width, 1)) }
        } else {
            means = []
            counts = [Int](repeating: 0, count: preprocessing.classes.count)
            for number in numbers { counts[Int(number)] += 1 }
        }
    }

    /// The place of the most frequent class; nil for regression.
    public var mostFrequent: Int? {
        counts.indices.max { (counts[$0], $1) < (counts[$1], $0) }
    }

    /// Classes with less than half of an equal share of the training examples, by place.
    public var rare: [Int] {
        let total = counts.reduce(0, +)
        return counts.indices.filter { counts[$0] * counts.count * 2 < total }
    }

    /// Whether the numbers are those of `preprocessing`: a file may say anything.
    func fits(_ preprocessing: Preprocessing) -> Bool {
        preprocessing.task == .regression
            ? counts.isEmpty && means.count == preprocessing.outputWidth && means.allSatisfy(\.isFinite)
            : means.isEmpty && counts.count == preprocessing.classes.count
                && counts.allSatisfy { (0...(1 << 36)).contains($0) }
    }
}
