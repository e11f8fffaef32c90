import Foundation
import Thalweg
import ThalwegPractice

/// What a search for the learning rate found, as text with a plot and as JSON.
struct RateReport {
    var search: RateFinder.Search
    var folder: RunFolder
    /// What to type to train with the suggestion.
    var command: String?

    struct JSON: Encodable {
        var suggestion: Double?
        var steepest: Double?
        var lowest: Double?
        var steps: Int
        var out: String
    }

    var json: JSON {
        JSON(
            suggestion: search.suggestion, steepest: search.steepest, lowest: search.lowest, steps: search.points.count,
            out: folder.path)
    }

    func text(columns: Int) -> String {
        var lines = plot(columns: min(max(columns, 40), 100), rows: 12)
        lines.append("")
        if let suggestion = search.suggestion, let steepest = search.steepest, let lowest = search.lowest {
            lines += aligned([
                ["fastest fall", numberText(steepest)], ["lowest cost", numberText(lowest)],
                ["suggestion", numberText(suggestion) + ", half way between them"],
            ])
        } else {
            lines.append("The cost does not fall at any rate: no suggestion.")
        }
        lines.append("")
        lines.append("Saved in \(folder.path): rates.csv, rates.json." + (command.map { " Next: \($0)" } ?? ""))
        return lines.joined(separator: "\n")
    }

    /// The smoothed cost over the logarithm of the rate.
    private func plot(columns: Int, rows: Int) -> [String] {
        let costs = search.points.map(\.smoothed)
        guard let first = costs.first, let least = costs.min() else { return [] }
        // The steep end says only that it is steep.
        let most = least + 2.5 * max(first - least, abs(least) * 1e-3)
        let points = search.points.map { ChartPoint($0.rate, min($0.smoothed, most)) }
        return TerminalPlot(
            "cost while the learning rate rises", x: Axis("learning rate", scale: .logarithmic), y: Axis("cost"),
            series: [.init("cost", points)], mark: search.suggestion.map { .init($0, "suggestion") }
        ).lines(columns: columns, rows: rows)
    }
}
