import Thalweg
import ThalwegPractice

/// An error analysis as text and as JSON.
struct ErrorsReport {
    var analysis: ErrorAnalysis
    var html: String?

    var lines: [String] {
        var lines = [analysis.summary]
        if !analysis.confusions.isEmpty {
            lines += ["", "Confusions"]
            lines += aligned(
                [["wanted", "answered", "mistakes", "of all mistakes", "gains at most"]]
                    + analysis.confusions.prefix(8).map {
                        [
                            $0.wanted, $0.answered, grouped($0.count), percentText($0.share),
                            analysis.errorText($0.ceiling),
                        ]
                    })
        }
        lines += ["", "Where the error is higher"] + slices
        if let tags = analysis.tags { lines += ["", "Tags", analysis.tagSummary(tags)] + table(tags) }
        for list in analysis.lists { lines += ["", list.title] + self.list(list.mistakes) }
        if let summary = analysis.labelSummary {
            lines += ["", "Labels to check", summary] + list(analysis.suspects, words: analysis.suspectWords)
        }
        return lines
    }

    private var slices: [String] {
        guard !analysis.slices.isEmpty else { return [analysis.noSlices] }
        return aligned(
            [["slice", "examples", "error", "95 % interval", "elsewhere", "chance", "gains at most"]]
                + analysis.slices.map {
                    [
                        $0.title, grouped($0.count), analysis.errorText($0.error),
                        "\(analysis.errorText($0.interval[0])) to \(analysis.errorText($0.interval[1]))",
                        analysis.errorText($0.errorElsewhere), analysis.chanceText($0),
                        analysis.errorText($0.ceiling),
                    ]
                })
    }

    private func table(_ report: TagReport) -> [String] {
        aligned(
            [["tag", "examples", "mistakes", "of what was looked at", "gains at most"]]
                + report.tags.map {
                    [
                        $0.tag, grouped($0.count), $0.mistakes.map(grouped) ?? "-", percentText($0.share),
                        analysis.errorText($0.ceiling),
                    ]
                })
    }

    /// - Parameter words: by place in the list; what was wanted and answered when nil.
    private func list(_ mistakes: [ErrorAnalysis.Mistake], words: ((Int) -> String)? = nil) -> [String] {
        let rows = mistakes.enumerated().map { place, mistake in
            let why = mistake.influences.map {
                "\($0.column) \($0.value) (\($0.effect >= 0 ? "+" : "-")\(analysis.effectText(abs($0.effect))))"
            }
            let rest = (why + mistake.tags.map { "#\($0)" }).joined(separator: ", ")
            return [
                "example \(grouped(mistake.row))" + (mistake.line.map { ", line \(grouped($0))" } ?? ""),
                words?(place) ?? analysis.words(mistake), analysis.lossText(mistake),
            ] + (rest.isEmpty ? [] : [rest])
        }
        return aligned(rows)
    }

    struct JSON: Encodable {
        var run: String
        var data: String
        var examples: Int
        var error: Double
        var mistakes: Int?
        var confusions: [ErrorAnalysis.Confusion]
        var slices: [ErrorSlice]
        var slicesTried: Int
        var tags: TagReport?
        var worst: [ErrorAnalysis.Mistake]
        var confident: [ErrorAnalysis.Mistake]
        var uncertain: [ErrorAnalysis.Mistake]
        var labelErrors: Labels?
        var html: String?

        struct Labels: Encodable {
            var isTelling: Bool
            var agreement: Double?
            var rate: Double
            var doubted: Int
            var joint: [[Double]]
            var suspects: [Suspect]
        }

        struct Suspect: Encodable {
            var row: Int
            var label: String
            var suggestion: String
            var labelProbability: Double
            var suggestionProbability: Double
        }
    }

    var json: JSON {
        JSON(
            run: analysis.run, data: analysis.name, examples: analysis.outcomes.count, error: analysis.error,
            mistakes: analysis.mistakeCount, confusions: analysis.confusions, slices: analysis.slices,
            slicesTried: analysis.sliceCount, tags: analysis.tags, worst: analysis.worst,
            confident: analysis.confident, uncertain: analysis.uncertain,
            labelErrors: analysis.labelErrors.map { labels in
                .init(
                    isTelling: labels.isTelling, agreement: labels.agreement, rate: labels.rate,
                    doubted: labels.suspects.count, joint: labels.joint,
                    suspects: labels.suspects.map {
                        .init(
                            row: analysis.rows[$0.row] + 1, label: labels.classes[$0.label],
                            suggestion: labels.classes[$0.suggestion], labelProbability: $0.labelProbability,
                            suggestionProbability: $0.suggestionProbability)
                    })
            }, html: html)
    }
}
