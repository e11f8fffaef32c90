import Foundation
public import ThalwegDataSets
import ThalwegEngine
public import ThalwegTraining

/// What a model gets wrong on a set of examples, and what the mistakes have in common: where to look before deciding what to do.
public struct ErrorAnalysis: Sendable {
    /// One example that went wrong, or nearly so.
    public struct Mistake: Sendable, Codable, Hashable {
        /// The example, counted from 1 in its data.
        public var row: Int
        /// The line of the file it begins on (tables).
        public var line: Int?
        /// The class, or the numbers, that was wanted and answered.
        public var wanted: String
        public var answered: String
        /// Of the answered and of the wanted class.
        public var probability: Double?
        public var wantedProbability: Double?
        /// -log of the wanted class's probability, or the absolute error (of several outputs, the root of the mean square).
        public var loss: Double
        /// The columns that mattered most for the answer.
        public var influences: [Influence]
        public var tags: [String]
        /// Its place among the examples looked at, from 0.
        public var index: Int
    }

    /// How often one class was taken for another.
    public struct Confusion: Sendable, Codable, Hashable {
        public var wanted: String
        public var answered: String
        public var count: Int
        /// Of all mistakes.
        public var share: Double
        /// The accuracy that its end would gain.
        public var ceiling: Double
    }

    /// The examples looked at, as they were read.
    public let examples: Examples
    /// Where they stand in their data, from 0.
    public let rows: [Int]
    public let outcomes: PredictedOutcomes
    /// What the examples are called, for titles.
    public let name: String
    public let run: String
    public let targetName: String?
    /// The share of wrong answers, or the root mean squared error.
    public let error: Double
    /// Wrong answers; nil for a regression.
    public let mistakeCount: Int?
    /// Those of greatest loss, those of greatest probability, and those that were nearest to being right.
    public let worst: [Mistake]
    public let confident: [Mistake]
    public let uncertain: [Mistake]
    /// The most frequent first.
    public let confusions: [Confusion]
    /// The most significant first.
    public let slices: [ErrorSlice]
    /// Slices that were asked about.
    public let sliceCount: Int
    public let tags: TagReport?
    /// Labels that are probably wrong, of examples that training did not see; nil for training examples and regressions.
    public let labelErrors: LabelErrors?
    /// The first of the doubted examples; none where the model knows too little to doubt.
    public let suspects: [Mistake]

    /// Judges `model` on `part`.
    ///
    /// - Parameters:
    ///   - outcomes: those of `part`, where they are not to be those of `model`: of networks that did not see the examples
    ///     (`outOfFoldOutcomes`). What mattered for an answer is then not told.
    ///   - name: what the examples are called.
    ///   - isSeen: whether training saw them: their labels are then not doubted.
    ///   - top: mistakes of each kind.
    ///   - tags: the user's words on some examples.
    ///   - threads: all cores when nil.
    /// - Throws: `DataError` when the examples do not fit the model, have no targets, or when a tag names a row that is not there.
    public init(
        _ model: TrainedModel, _ part: Part, outcomes judged: PredictedOutcomes? = nil, name: String, isSeen: Bool,
        top: Int = 12, tags: RowTags? = nil, threads: Int? = nil
    ) throws {
        let outcomes = try judged ?? model.outcomes(part, threads: threads)
        let examples = part.examples.selecting(part.rows)
        self.examples = examples
        self.outcomes = outcomes
        self.name = name
        rows = part.rows
        run = model.folder.path
        targetName = model.description.preprocessing.targetName
        let measure = ErrorMeasure(outcomes)
        error = measure.overall
        let wrong = measure.isClassification ? outcomes.wanted.indices.filter { measure.errors[$0] > 0 } : []
        mistakeCount = measure.isClassification ? wrong.count : nil

        let ranking = MistakeRanking(outcomes, wrong: wrong)
        let suspected = isSeen ? nil : LabelErrors(outcomes)
        labelErrors = suspected
        let lists = [
            ranking.worst(top), ranking.confident(top), ranking.uncertain(top),
            (suspected?.isTelling == true ? suspected?.suspects ?? [] : []).prefix(top).map(\.row),
        ]
        let shown = Set(lists.flatMap { $0 }).sorted()
        let influences =
            judged == nil
            ? Dictionary(
                uniqueKeysWithValues: zip(shown, try model.influences(examples, rows: shown, threads: threads))) : [:]
        let table: Table? = if case .table(let table) = examples { table } else { nil }
        func mistakes(_ indices: [Int]) -> [Mistake] {
            indices.map { index in
                ranking.mistake(
                    index, row: part.rows[index] + 1, line: table?.lines[index],
                    influences: influences[index] ?? [], tags: tags?.tags(of: part.rows[index] + 1) ?? [])
            }
        }
        worst = mistakes(lists[0])
        confident = mistakes(lists[1])
        uncertain = mistakes(lists[2])
        suspects = mistakes(lists[3])
        confusions = Self.confusions(outcomes)
        let conditions =
            switch examples {
            case .table(let table):
                SliceCondition.all(
                    table, leavingOut: Set([model.description.preprocessing.options.weightColumn].compactMap { $0 }))
            case .arrays(let inputs, _):
                SliceCondition.all(
                    inputs, labels: measure.isClassification ? outcomes.wanted : nil, classes: outcomes.classes)
            }
        sliceCount = conditions.count
        slices = SliceFinder(measure: measure, conditions: conditions).slices()
        self.tags = try tags.map { try TagReport($0, rows: part.rows, measure: measure) }
    }

    private static func confusions(_ outcomes: PredictedOutcomes) -> [Confusion] {
        var counts: [[Int]: Int] = [:]
        for row in outcomes.wanted.indices where outcomes.wanted[row] != outcomes.answered[row] {
            counts[[outcomes.wanted[row], outcomes.answered[row]], default: 0] += 1
        }
        let total = counts.values.reduce(0, +)
        return counts.sorted { ($1.value, $0.key[0], $0.key[1]) < ($0.value, $1.key[0], $1.key[1]) }.map {
            pair, count in
            Confusion(
                wanted: outcomes.classes[pair[0]], answered: outcomes.classes[pair[1]], count: count,
                share: Double(count) / Double(total), ceiling: Double(count) / Double(outcomes.count))
        }
    }
}

extension Examples {
    /// Those at `rows`, in that order.
    func selecting(_ rows: [Int]) -> Examples {
        switch self {
        case .table(let table): return .table(table.selecting(rows))
        case .arrays(let inputs, let targets):
            let places = Tensor(rows)
            let picked = inputs.gathered(at: places)
            let targets = targets.map { $0.gathered(at: places) }
            evaluate([picked] + (targets.map { [$0] } ?? []))
            return .arrays(inputs: picked, targets: targets)
        }
    }
}
