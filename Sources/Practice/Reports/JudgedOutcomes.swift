import ThalwegDataSets
import ThalwegTraining

/// What a model answers for the examples its figure rests on: confusions, calibration, the worst mistakes.
struct JudgedOutcomes {
    let name: String
    private let judged: JudgedExamples
    private let outcomes: PredictedOutcomes

    /// - Throws: `DataError` when the examples do not fit the model.
    init(_ model: TrainedModel, _ judged: JudgedExamples) throws {
        name = judged.part.rawValue
        self.judged = judged
        outcomes = try model.outcomes(judged.examples)
    }

    /// Classes of a confusion matrix at most: a larger one shows those that are confused most.
    private static let most = 30

    var html: HTML {
        HTMLBuilder.buildBlock(
            element("div", ["class": "cards"]) {
                if outcomes.task == .regression {
                    scatter
                } else {
                    if let matrix = ConfusionMatrix(outcomes) { confusion(matrix) }
                    if let reliability = Reliability(outcomes, bins: 10) { calibration(reliability) }
                }
            }, worst)
    }

    private func confusion(_ matrix: ConfusionMatrix) -> HTML {
        func mistakes(_ place: Int) -> Double {
            matrix.wanted(place) + matrix.answered(place) - 2 * matrix.counts[place][place]
        }
        var places = Array(matrix.classes.indices)
        if places.count > Self.most {
            let busiest = matrix.present.map { (mistakes($0), $0) }.sorted { $0.0 > $1.0 }.prefix(Self.most)
            places = busiest.map(\.1).sorted()
        }
        let names = places.map { shortened(matrix.classes[$0], to: 24) }
        let title =
            places.count < matrix.classes.count
            ? "Confusion matrix: the \(places.count) classes with the most mistakes of \(grouped(matrix.classes.count))"
            : "Confusion matrix"
        return HeatMap(
            title, rowLabel: "wanted", columnLabel: "answered", rows: names, columns: names,
            values: places.map { row in places.map { matrix.counts[row][$0] } }
        ).html
    }

    private func calibration(_ reliability: Reliability) -> HTML {
        let points = reliability.bins.map { bin -> ChartPoint in
            let interval = Interval.wilson(share: bin.share, count: Int(bin.weight.rounded()))
            return ChartPoint(bin.probability, bin.share, low: interval.low, high: interval.high)
        }
        let what = outcomes.task == .binary ? "'\(outcomes.classes[1])'" : "the answer"
        let error = reliability.expectedError.map { ", expected error \(percentText($0))" } ?? ""
        return ScatterChart(
            "Calibration\(error)", x: Axis("probability given to \(what)", range: 0...1),
            y: Axis("share that was so", range: 0...1), groups: [.init(name, points)], hasDiagonal: true
        ).html
    }

    private var scatter: HTML {
        let points = zip(outcomes.wantedNumbers, outcomes.predictedNumbers).map { ChartPoint($0, $1) }
        let ends = points.flatMap { [$0.x, $0.y] }.filter(\.isFinite)
        let range = (ends.min() ?? 0)...(ends.max() ?? 1)
        return ScatterChart(
            "Predicted against wanted", x: Axis("wanted", range: range), y: Axis("predicted", range: range),
            groups: [.init(name, points)], hasDiagonal: true
        ).html
    }

    private var worst: HTML {
        let isRegression = outcomes.task == .regression
        let wrong = isRegression ? [] : outcomes.wanted.indices.filter { outcomes.wanted[$0] != outcomes.answered[$0] }
        let ranking = MistakeRanking(outcomes, wrong: wrong)
        let places = ranking.worst(12)
        guard !places.isEmpty else { return element("p") { "No mistakes." } }
        let images = ExampleImages(judged.examples)
        let lines: [Int]? = if case .table(let table) = judged.examples { table.lines } else { nil }
        let heading = isRegression ? "Largest errors" : "Worst of \(counted(wrong.count, "mistake"))"
        return section(heading, level: 3) {
            element("ol", ["class": "gallery"]) {
                for place in places {
                    let mistake = ranking.mistake(
                        place, row: judged.rows[place] + 1, line: lines?[place], influences: [], tags: [])
                    element("li") {
                        if let images {
                            element(
                                "img", ["src": images.address(place), "alt": "example \(mistake.row)", "width": "72"])
                        }
                        element("p") { words(mistake, isRegression) }
                        element("p", ["class": "note"]) {
                            "example \(grouped(mistake.row))" + (mistake.line.map { ", line \(grouped($0))" } ?? "")
                        }
                    }
                }
            }
            element("p", ["class": "note"]) { "More of them, and what they have in common: thalweg errors." }
        }
    }

    private func words(_ mistake: ErrorAnalysis.Mistake, _ isRegression: Bool) -> String {
        guard !isRegression else { return "\(mistake.answered) for \(mistake.wanted)" }
        let answered = mistake.probability.map { " (\(percentText($0)))" } ?? ""
        let wanted = mistake.wantedProbability.map { " (\(percentText($0)))" } ?? ""
        return "\(mistake.answered)\(answered) for \(mistake.wanted)\(wanted)"
    }
}
