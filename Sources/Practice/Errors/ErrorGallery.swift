import Foundation
import ThalwegDataSets
import ThalwegEngine
import ThalwegTraining

/// An error analysis as a page that needs nothing but itself: light and dark, for keyboards and screen readers, too.
public struct ErrorGallery {
    private let analysis: ErrorAnalysis
    private let images: ExampleImages?

    public init(_ analysis: ErrorAnalysis) {
        self.analysis = analysis
        images = ExampleImages(analysis.examples)
    }

    /// The whole page.
    public var html: String {
        let title = "Errors of \(analysis.run) on \(analysis.name)"
        return """
            <!doctype html>
            <html lang="en">
            <head>
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>\(Self.escaped(title))</title>
            <style>\(Self.style)</style>
            </head>
            <body>
            <main>
            <h1>\(Self.escaped(title))</h1>
            <p class="lead">\(Self.escaped(analysis.summary))</p>
            \(sections)
            </main>
            </body>
            </html>

            """
    }

    /// The sections alone, to stand in another page beside `style`.
    public var sections: String {
        ([confusionSection, sliceSection, tagSection]
            + analysis.lists.map { list in
                section(list.id, list.title, "<p>\(list.words)</p>" + grid(list.mistakes, captions: nil))
            } + [labelSection]).joined(separator: "\n")
    }

    private func section(_ id: String, _ title: String, _ content: String) -> String {
        "<section aria-labelledby=\"\(id)\"><h2 id=\"\(id)\">\(title)</h2>\n\(content)\n</section>"
    }

    private func table(_ caption: String, _ head: [String], _ rows: [[String]]) -> String {
        let header = head.map { "<th scope=\"col\">\($0)</th>" }.joined()
        let body = rows.map { row in
            "<tr><th scope=\"row\">\(row[0])</th>" + row.dropFirst().map { "<td>\($0)</td>" }.joined() + "</tr>"
        }
        return
            "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"\(caption)\"><table><caption>\(caption)</caption>"
            + "<thead><tr>\(header)</tr></thead><tbody>\(body.joined(separator: "\n"))</tbody></table></div>"
    }

    // MARK: Confusions, slices, tags

    private var confusionSection: String {
        guard let matrix = ConfusionMatrix(analysis.outcomes), !analysis.confusions.isEmpty else { return "" }
        var content = ""
        if matrix.classes.count <= 30 {
            let most =
                matrix.counts.indices.map { row in
                    matrix.counts[row].indices.filter { $0 != row }.map { matrix.counts[row][$0] }.max() ?? 0
                }.max() ?? 0
            let header = matrix.classes.map { "<th scope=\"col\">\(Self.escaped($0))</th>" }.joined()
            let rows = matrix.classes.indices.map { row in
                "<tr><th scope=\"row\">\(Self.escaped(matrix.classes[row]))</th>"
                    + matrix.classes.indices.map { column in
                        let count = matrix.counts[row][column]
                        guard row != column else { return "<td class=\"right\">\(numberText(count))</td>" }
                        let heat = most > 0 ? Int((count / most * 60).rounded()) : 0
                        return "<td style=\"--heat:\(heat)%\">\(count > 0 ? numberText(count) : "·")</td>"
                    }.joined() + "</tr>"
            }
            content +=
                "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"Confusion matrix\"><table class=\"matrix\">"
                + "<caption>Confusion matrix: wanted in rows, answered in columns</caption><thead><tr><td></td>\(header)</tr>"
                + "</thead><tbody>\(rows.joined(separator: "\n"))</tbody></table></div>"
        }
        content += table(
            "The most frequent confusions", ["Wanted", "Answered", "Mistakes", "Of all mistakes", "Gains at most"],
            analysis.confusions.prefix(12).map {
                [
                    Self.escaped($0.wanted), Self.escaped($0.answered), grouped($0.count), percentText($0.share),
                    analysis.errorText($0.ceiling),
                ]
            })
        return section("confusions", "Confusions", content)
    }

    private var sliceSection: String {
        let content =
            analysis.slices.isEmpty
            ? "<p>\(Self.escaped(analysis.noSlices))</p>"
            : "<p>Found by trying \(grouped(analysis.sliceCount)) values and ranges of the columns; among slices like these about one "
                + "in twenty is chance.</p>"
                + table(
                    "Slices with a significantly higher error",
                    ["Where", "Examples", "Error", "95 % interval", "Elsewhere", "Chance", "Gains at most"],
                    analysis.slices.map {
                        [
                            Self.escaped($0.title), grouped($0.count), analysis.errorText($0.error),
                            "\(analysis.errorText($0.interval[0])) to \(analysis.errorText($0.interval[1]))",
                            analysis.errorText($0.errorElsewhere), Self.escaped(analysis.chanceText($0)),
                            analysis.errorText($0.ceiling),
                        ]
                    })
        return section("slices", "Where the error is higher", content)
    }

    private var tagSection: String {
        guard let report = analysis.tags else { return "" }
        return section(
            "tags", "Your tags",
            "<p>\(Self.escaped(analysis.tagSummary(report)))</p>"
                + table(
                    "Tags and their ceilings",
                    ["Tag", "Examples", "Mistakes", "Of what was looked at", "Gains at most"],
                    report.tags.map {
                        [
                            Self.escaped($0.tag), grouped($0.count), $0.mistakes.map(grouped) ?? "-",
                            percentText($0.share), analysis.errorText($0.ceiling),
                        ]
                    }))
    }

    private var labelSection: String {
        guard let summary = analysis.labelSummary else { return "" }
        let captions = analysis.suspects.indices.map(analysis.suspectWords)
        return section(
            "labels", "Labels to check",
            "<p>\(Self.escaped(summary))</p>" + grid(analysis.suspects, captions: captions))
    }

    // MARK: Cards

    private func grid(_ mistakes: [ErrorAnalysis.Mistake], captions: [String]?) -> String {
        guard !mistakes.isEmpty else { return "" }
        let items = mistakes.enumerated().map { place, mistake in
            "<li>\(card(mistake, caption: captions?[place]))</li>"
        }
        return "<ul class=\"grid\(images == nil ? " wide" : "")\">\(items.joined(separator: "\n"))</ul>"
    }

    private func card(_ mistake: ErrorAnalysis.Mistake, caption: String?) -> String {
        let words = caption ?? analysis.words(mistake)
        var parts: [String] = []
        if let images {
            let scale = max(1, 96 / max(images.width, images.height))
            parts.append(
                "<img src=\"\(images.address(mistake.index))\" width=\"\(images.width * scale)\" height=\"\(images.height * scale)\" "
                    + "alt=\"Example \(mistake.row): \(Self.escaped(words))\">")
        }
        parts.append("<p class=\"answer\">\(Self.escaped(words))</p>")
        let place = "example \(grouped(mistake.row))" + (mistake.line.map { ", line \(grouped($0))" } ?? "")
        parts.append("<p class=\"place\">\(place), \(Self.escaped(analysis.lossText(mistake)))</p>")
        if !mistake.influences.isEmpty {
            let rows = mistake.influences.map {
                "<tr><th scope=\"row\">\(Self.escaped($0.column))</th><td>\(Self.escaped($0.value))</td>"
                    + "<td>\($0.effect >= 0 ? "+" : "−")\(Self.escaped(analysis.effectText(abs($0.effect))))</td></tr>"
            }
            parts.append(
                "<table class=\"why\"><caption>What mattered most</caption><thead><tr><th scope=\"col\">column</th>"
                    + "<th scope=\"col\">value</th><th scope=\"col\">for the answer</th></tr></thead>"
                    + "<tbody>\(rows.joined())</tbody></table>")
        }
        if case .table(let table) = analysis.examples {
            let rows = table.columns.map {
                "<tr><th scope=\"row\">\(Self.escaped($0.name))</th><td>\(Self.escaped($0.text(mistake.index)))</td></tr>"
            }
            parts.append("<details><summary>All columns</summary><table>\(rows.joined())</table></details>")
        }
        if !mistake.tags.isEmpty {
            parts.append(
                "<p class=\"tags\">\(mistake.tags.map { "<span>\(Self.escaped($0))</span>" }.joined(separator: " "))</p>"
            )
        }
        return "<article>\(parts.joined())</article>"
    }

    /// Safe in text and in quoted attributes.
    static func escaped(_ text: String) -> String {
        var result = ""
        for character in text.unicodeScalars {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            case "\u{0}"..<"\u{9}", "\u{b}"..<"\u{20}", "\u{7f}": result += "\u{fffd}"
            default: result.unicodeScalars.append(character)
            }
        }
        return result
    }

    /// What the sections look like.
    public static let style = """
        :root { color-scheme: light dark; --ink: #1c2126; --paper: #ffffff; --card: #f4f6f8; --line: #c9d0d8; --soft: #56606b;
          --bad: #c2410c; --good: #0f766e; }
        @media (prefers-color-scheme: dark) { :root { --ink: #e7ebef; --paper: #14181c; --card: #1d2329; --line: #3a434d;
          --soft: #a3aeb9; --bad: #fb923c; --good: #5eead4; } }
        body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
        main { max-width: 72rem; margin: 0 auto; padding: 1.5rem; }
        h1 { font-size: 1.6rem; margin: 0 0 .5rem; overflow-wrap: anywhere; } h2 { font-size: 1.2rem; margin: 2.5rem 0 .5rem; }
        .lead { font-size: 1.1rem; } .scroll { overflow-x: auto; margin: 1rem 0; }
        table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
        thead th + th { text-align: right; } .matrix thead th { text-align: center; }
        caption { text-align: left; white-space: nowrap; color: var(--soft); font-size: .9rem; padding-bottom: .25rem; }
        th, td { padding: .25rem .6rem; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
        td { text-align: right; } th { font-weight: 600; }
        .scroll td, .scroll thead th { white-space: nowrap; } .scroll tbody th { min-width: 9rem; } .matrix tbody th { min-width: 0; }
        article th { overflow-wrap: anywhere; }
        .matrix td { text-align: center; background: color-mix(in srgb, var(--bad) var(--heat, 0%), transparent); }
        .matrix td.right { color: var(--good); font-weight: 600; }
        .grid { list-style: none; margin: 0; padding: 0; display: grid; gap: .75rem;
          grid-template-columns: repeat(auto-fill, minmax(10rem, 1fr)); }
        .grid.wide { grid-template-columns: repeat(auto-fill, minmax(20rem, 1fr)); }
        article { background: var(--card); border: 1px solid var(--line); border-radius: .5rem; padding: .75rem; height: 100%;
          box-sizing: border-box; }
        img { image-rendering: pixelated; max-width: 100%; height: auto; display: block; margin-bottom: .5rem; border-radius: .25rem; }
        article p { margin: .2rem 0; overflow-wrap: anywhere; } .answer { font-weight: 600; }
        .place { color: var(--soft); font-size: .875rem; }
        .why { font-size: .875rem; margin-top: .5rem; width: 100%; } .why td { overflow-wrap: anywhere; }
        details { margin-top: .5rem; font-size: .875rem; } summary { cursor: pointer; }
        .tags span { border: 1px solid var(--line); border-radius: 1rem; padding: .05rem .5rem; font-size: .875rem; }
        :focus-visible { outline: 3px solid var(--good); outline-offset: 2px; }
        """
}
