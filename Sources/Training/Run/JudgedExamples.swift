public import ThalwegDataSets
import ThalwegEngine

/// The examples that a run's figure rests on, as they were read: of the test set, else of the dev set, else those of training.
public struct JudgedExamples: Sendable {
    public var part: EvaluationLog.Part
    /// A copy: the data they come from need not be kept.
    public var examples: Examples
    /// Where they stand in their data, from 0.
    public var rows: [Int]

    init(_ partition: Partition) {
        let (name, part): (EvaluationLog.Part, Part) =
            if let test = partition.test { (.test, test) } else if let dev = partition.dev { (.dev, dev) } else {
                (.train, partition.train)
            }
        self.part = name
        rows = part.rows
        switch part.examples {
        case .table(let table): examples = .table(table.selecting(part.rows))
        case .arrays(let inputs, let targets):
            let places = Tensor(part.rows)
            let picked = inputs.gathered(at: places)
            let labels = targets.map { $0.gathered(at: places) }
            evaluate([picked] + (labels.map { [$0] } ?? []))
            examples = .arrays(inputs: picked, targets: labels)
        }
    }
}

extension RunData {
    public var judged: JudgedExamples { JudgedExamples(partition) }
}
