import Foundation
import ThalwegDataSets
import ThalwegEngine
import ThalwegTraining

/// Puts mistakes in order.
struct MistakeRanking {
    let outcomes: PredictedOutcomes
    /// Places of the wrong answers; empty for a regression.
    let wrong: [Int]
    private let losses: [Double]

    init(_ outcomes: PredictedOutcomes, wrong: [Int]) {
        self.outcomes = outcomes
        self.wrong = wrong
        losses = outcomes.losses
    }

    /// Of greatest loss; of a regression all examples stand in line.
    func worst(_ top: Int) -> [Int] {
        first(top, of: outcomes.task == .regression ? Array(losses.indices) : wrong) { -losses[$0] }
    }

    /// Wrong answers of greatest probability.
    func confident(_ top: Int) -> [Int] { first(top, of: wrong) { -outcomes.probability($0, outcomes.answered[$0]) } }

    /// Wrong answers whose probability is nearest to that of the wanted class.
    func uncertain(_ top: Int) -> [Int] {
        first(top, of: wrong) {
            abs(outcomes.probability($0, outcomes.answered[$0]) - outcomes.probability($0, outcomes.wanted[$0]))
        }
    }

    private func first(_ top: Int, of rows: [Int], by key: (Int) -> Double) -> [Int] {
        let keys = rows.map { (key: key($0), row: $0) }
        return keys.sorted { ($0.key, $0.row) < ($1.key, $1.row) }.prefix(top).map(\.row)
    }

    func mistake(_ index: Int, row: Int, line: Int?, influences: [Influence], tags: [String]) -> ErrorAnalysis.Mistake {
        var mistake = ErrorAnalysis.Mistake(
            row: row, line: line, wanted: "", answered: "", loss: losses[index], influences: influences, tags: tags,
            index: index)
        if outcomes.task == .regression {
            let range = (index * outcomes.outputs)..<((index + 1) * outcomes.outputs)
            mistake.wanted = outcomes.wantedNumbers[range].map(numberText).joined(separator: ", ")
            mistake.answered = outcomes.predictedNumbers[range].map(numberText).joined(separator: ", ")
        } else {
            let (wanted, answered) = (outcomes.wanted[index], outcomes.answered[index])
            mistake.wanted = outcomes.classes[wanted]
            mistake.answered = outcomes.classes[answered]
            mistake.probability = outcomes.probability(index, answered)
            mistake.wantedProbability = outcomes.probability(index, wanted)
        }
        return mistake
    }
}

extension PredictedOutcomes {
    /// For each example -log of the wanted class's probability, or the absolute error (of several outputs, the root of the mean
    /// square).
    public var losses: [Double] {
        (0..<count).map { row in
            guard task == .regression else { return -log(max(probability(row, wanted[row]), .ulpOfOne)) }
            let squares = (0..<outputs).reduce(0) { $0 + pow(error(row * outputs + $1), 2) }
            return (squares / Double(outputs)).squareRoot()
        }
    }
}
