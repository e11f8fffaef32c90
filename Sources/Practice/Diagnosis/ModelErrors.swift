public import ThalwegDataSets
internal import ThalwegEngine
internal import ThalwegNetworks
public import ThalwegTraining

/// The error of a network on one set of examples: the share of wrong answers, or the root of the mean squared error in the target's unit.
public struct ModelErrors {
    private let network: DenseNetwork
    private let preprocessing: Preprocessing

    public init(_ network: DenseNetwork, preprocessing: Preprocessing) {
        self.network = network
        self.preprocessing = preprocessing
    }

    public func callAsFunction(_ part: PreparedData.Part) -> MeasuredError {
        let losses = losses(part)
        return preprocessing.task == .regression
            ? .root(ofSquares: losses) : .counts(wrong: losses.count { $0 > 0 }, of: losses.count)
    }

    /// 1 for a wrong answer, or the squared error (the mean over an example's numbers), for each example.
    public func losses(_ part: PreparedData.Part) -> [Double] {
        var outputs: [Double] = []
        for start in stride(from: 0, to: part.count, by: 2048) {
            outputs += network(part.x[start..<min(start + 2048, part.count)]).doubles()
        }
        let wanted = part.y.doubles()
        let width = max(preprocessing.outputWidth, 1)
        switch preprocessing.task {
        case .binary: return zip(outputs, wanted).map { ($0 > 0) == ($1 > 0.5) ? 0 : 1 }
        case .multiclass:
            return wanted.enumerated().map { row, label in
                let scores = outputs[row * width..<(row + 1) * width]
                let best = scores.indices.max { (scores[$0], $1) < (scores[$1], $0) } ?? scores.startIndex
                return best - scores.startIndex == Int(label) ? 0 : 1
            }
        case .regression:
            let deviations = preprocessing.targetScaling.deviation
            return stride(from: 0, to: outputs.count, by: width).map { start in
                (0..<width).reduce(0) { sum, place in
                    let scale = deviations.isEmpty ? 1 : deviations[place]
                    let error = (outputs[start + place] - wanted[start + place]) * scale
                    return sum + error * error / Double(width)
                }
            }
        }
    }
}

extension Assessment {
    /// The error this figure tells: for a model whose data are gone.
    func measuredError(task: Task) -> MeasuredError {
        switch task {
        case .binary, .multiclass:
            return .counts(
                wrong: Int(((1 - score.metric) * Double(score.count)).rounded()), of: max(score.count, 1))
        case .regression:
            let unknown = Interval(low: 0, high: .infinity)
            return .value(score.metric, interval: interval ?? unknown, examples: score.count)
        }
    }
}
