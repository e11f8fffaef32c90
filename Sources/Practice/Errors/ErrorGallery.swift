import Foundation
import ThalwegDataSets
import ThalwegEngine
import ThalwegTraining

/// An error analysis as a page: the mistakes themselves, and what they have in common.
public struct ErrorGallery {
    private let analysis: ErrorAnalysis
    private let images: ExampleImages?

    public init(_ analysis: ErrorAnalysis) {
        self.analysis = analysis
        images = ExampleImages(analysis.examples)
    }

    /// The whole document.
    public var page: Page {
        Page("Errors of \(analysis.run) on \(analysis.name)", subtitle: analysis.summary) { sections }
    }

    /// Its sections, to stand in another page.
    public var sections: HTML {
        var sections = confusions + slices + tags
        for list in analysis.lists {
            sections += section(list.title, id: list.id) {
                element("p") { list.words }
                gallery(list.mistakes) { analysis.words($1) }
            }
        }
        return sections + labels
    }

    private var confusions: HTML {
        guard let matrix = ConfusionMatrix(analysis.outcomes), !analysis.confusions.isEmpty else { return HTML() }
        return section("Confusions", id: "confusions") {
            if matrix.classes.count <= 30 {
                HeatMap(
                    "Confusion matrix", rowLabel: "wanted", columnLabel: "answered", rows: matrix.classes,
                    columns: matrix.classes, values: matrix.counts
                ).html
            }
            DataTable(
                "The most frequent confusions",
                columns: ["wanted", "answered", "mistakes", "of all mistakes", "gains at most"],
                rows: analysis.confusions.prefix(12).map {
                    [
                        $0.wanted, $0.answered, grouped($0.count), percentText($0.share),
                        analysis.errorText($0.ceiling),
                    ]
                }
            ).html
        }
    }

    private var slices: HTML {
        section("Where the error is higher", id: "slices") {
            if analysis.slices.isEmpty {
                element("p") { analysis.noSlices }
            } else {
                element("p") {
                    "Found by trying \(grouped(analysis.sliceCount)) values and ranges of the columns; among slices like these "
                    "about one in twenty is chance."
                }
                DataTable(
                    "Slices with a significantly higher error",
                    columns: [
                        "where", "examples", "error", "95 % interval", "elsewhere", "chance", "gains at most",
                    ],
                    rows: analysis.slices.map {
                        [
                            $0.title, grouped($0.count), analysis.errorText($0.error),
                            "\(analysis.errorText($0.interval[0])) to \(analysis.errorText($0.interval[1]))",
                            analysis.errorText($0.errorElsewhere), analysis.chanceText($0),
                            analysis.errorText($0.ceiling),
                        ]
                    }
                ).html
            }
        }
    }

    private var tags: HTML {
        guard let report = analysis.tags else { return HTML() }
        return section("Your tags", id: "tags") {
            element("p") { analysis.tagSummary(report) }
            DataTable(
                "Tags and their ceilings",
                columns: ["tag", "examples", "mistakes", "of what was looked at", "gains at most"],
                rows: report.tags.map {
                    [
                        $0.tag, grouped($0.count), $0.mistakes.map(grouped) ?? "–", percentText($0.share),
                        analysis.errorText($0.ceiling),
                    ]
                }
            ).html
        }
    }

    private var labels: HTML {
        guard let summary = analysis.labelSummary else { return HTML() }
        return section("Labels to check", id: "labels") {
            element("p") { summary }
            gallery(analysis.suspects) { place, _ in analysis.suspectWords(place) }
        }
    }

    // MARK: Cards

    /// - Parameter words: for each mistake, by its place in the list.
    private func gallery(
        _ mistakes: [ErrorAnalysis.Mistake], words: (Int, ErrorAnalysis.Mistake) -> String
    ) -> HTML {
        guard !mistakes.isEmpty else { return HTML() }
        return element("ul", ["class": images == nil ? "gallery wide" : "gallery"]) {
            for (place, mistake) in mistakes.enumerated() {
                element("li") { card(mistake, words(place, mistake)) }
            }
        }
    }

    private func card(_ mistake: ErrorAnalysis.Mistake, _ words: String) -> HTML {
        let place = "example \(grouped(mistake.row))" + (mistake.line.map { ", line \(grouped($0))" } ?? "")
        return element("article") {
            if let images {
                let scale = max(1, 96 / max(images.width, images.height))
                element(
                    "img",
                    [
                        "src": images.address(mistake.index), "width": "\(images.width * scale)",
                        "height": "\(images.height * scale)", "alt": "Example \(mistake.row): \(words)",
                    ])
            }
            element("p") { element("strong") { words } }
            element("p", ["class": "note"]) { "\(place), \(analysis.lossText(mistake))" }
            if !mistake.influences.isEmpty { influences(mistake.influences) }
            if case .table(let table) = analysis.examples {
                element("details") {
                    element("summary") { "All columns" }
                    descriptionList(table.columns.map { ($0.name, HTML(text: $0.text(mistake.index))) })
                }
            }
            if !mistake.tags.isEmpty { element("p") { mistake.tags.map { "#\($0)" }.joined(separator: " ") } }
        }
    }

    private func influences(_ influences: [Influence]) -> HTML {
        element("table") {
            element("caption") { "What mattered most" }
            element("thead") {
                element("tr") {
                    element("th", ["scope": "col"]) { "column" }
                    element("th", ["scope": "col"]) { "value" }
                    element("th", ["scope": "col", "class": "number"]) { "for the answer" }
                }
            }
            element("tbody") {
                for influence in influences {
                    element("tr") {
                        element("th", ["scope": "row"]) { influence.column }
                        element("td") { influence.value }
                        element("td", ["class": "number"]) {
                            (influence.effect >= 0 ? "+" : "−") + analysis.effectText(abs(influence.effect))
                        }
                    }
                }
            }
        }
    }
}
