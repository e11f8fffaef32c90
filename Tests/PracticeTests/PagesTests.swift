import Foundation
import Testing
import ThalwegPractice

#if canImport(FoundationXML)
    import FoundationXML
#endif

/// Markup, charts and terminal plots are functions from values to text.
@Suite struct PagesTests {
    private static let hostile = "<script>alert(\"x\")</script> & 'y'\u{0}"
    private static let escaped = "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp; &#39;y&#39;\u{FFFD}"

    @Test func textIsEscapedWhereverItStands() {
        let page = Page(Self.hostile, subtitle: Self.hostile) {
            section(Self.hostile, id: Self.hostile) { Self.hostile }
            DataTable(Self.hostile, columns: [Self.hostile], rows: [[Self.hostile]]).html
            descriptionList([(Self.hostile, HTML(text: Self.hostile))])
        }
        #expect(!page.text.contains("<script"))
        #expect(page.text.ranges(of: Self.escaped).count >= 10)
    }

    @Test func everyChartEscapesItsWords() {
        let axis = Axis(Self.hostile)
        let points = (0..<5).map { ChartPoint(Double($0), Double($0 * $0)) }
        let charts: [HTML] = [
            LineChart(
                Self.hostile, x: axis, y: axis, series: [.init(Self.hostile, points), .init(Self.hostile, points)],
                marks: [.init(2, Self.hostile)]
            ).html,
            BarChart(Self.hostile, value: axis, bars: [.init(Self.hostile, 2)]).html,
            ScatterChart(
                Self.hostile, x: axis, y: axis, groups: [.init(Self.hostile, points), .init(Self.hostile, points)]
            ).html,
            HeatMap(
                Self.hostile, rowLabel: Self.hostile, columnLabel: Self.hostile, rows: [Self.hostile],
                columns: [Self.hostile], values: [[1]]
            ).html,
            ParallelCoordinates(
                Self.hostile, axes: [axis, axis], lines: [.init(Self.hostile, [.choice(Self.hostile), .number(1)])],
                isHigherBetter: true
            ).html,
        ]
        for chart in charts {
            #expect(chart.markup.contains(Self.escaped) && !chart.markup.contains("<script"), "\(chart.markup)")
        }
    }

    @Test func markupIsWellFormed() throws {
        let points = (0..<3000).map { ChartPoint(Double($0), sin(Double($0) / 100), low: -2, high: 2) }
        let markup = element("main") {
            LineChart("a", x: Axis("x", scale: .logarithmic), y: Axis("y"), series: [.init("b", points)]).html
            LineChart("few", x: Axis("x"), y: Axis("y"), series: [.init("b", [ChartPoint(1, 1)])]).html
            LineChart("none", x: Axis("x"), y: Axis("y", scale: .logarithmic), series: []).html
            ScatterChart("c", x: Axis("x"), y: Axis("y"), groups: [.init("d", points)], hasDiagonal: true).html
            BarChart("e", value: Axis("v"), bars: [.init("f", 1, interval: nil), .init("g", -2), .init("h", .nan)]).html
            HeatMap("i", rowLabel: "j", columnLabel: "k", rows: ["l"], columns: ["m"], values: [[0.5]]).html
            ParallelCoordinates("n", axes: [Axis("o")], lines: [.init("p", [.number(1)])], isHigherBetter: false).html
        }.markup
        #expect(XMLParser(data: Data(markup.utf8)).parse())
        #expect(!markup.contains(/="[^"]*(nan|inf)[^"]*"/))
    }

    @Test func theExtremesOfAMillionPointsStayVisible() {
        var points = (0..<1_000_000).map { ChartPoint(Double($0), 1 + Double($0 % 7) * 1e-3) }
        points[123_456].y = 50
        points[777_777].y = -3
        points[500_001].y = .nan
        let few = points.downSampled(columns: 300)
        #expect(few.count <= 1500)
        #expect(few.first == points.first && few.last == points.last)
        #expect(few.contains { $0.y == 50 } && few.contains { $0.y == -3 } && few.contains { $0.y.isNaN })
        #expect(zip(few, few.dropFirst()).allSatisfy { $0.x < $1.x })
        // What is drawn spans in every column what all points span there.
        for column in stride(from: 0, to: 300, by: 37) {
            let range = Double(column) * 999_999 / 300..<Double(column + 1) * 999_999 / 300
            func span(_ points: [ChartPoint]) -> [Double] {
                let values = points.filter { range.contains($0.x) && $0.y.isFinite }.map(\.y)
                return [values.min() ?? 0, values.max() ?? 0]
            }
            #expect(span(few) == span(points))
        }
    }

    @Test func aLogarithmicAxisKeepsItsBeginning() {
        let points = (1...100_000).map { ChartPoint(Double($0), Double($0)) }
        let few = points.downSampled(columns: 200, along: Axis("", scale: .logarithmic))
        #expect(few.filter { $0.x <= 10 }.count == 10)
    }

    @Test func fewPointsAreAllKept() {
        let points = [ChartPoint(1, .infinity), ChartPoint(2, 3), ChartPoint(3, .nan)]
        #expect(points.downSampled(columns: 10).map(\.x) == [1, 2, 3])
    }

    @Test func chartsTellScreenReadersWhatTheyShow() {
        let chart = LineChart(
            "cost", x: Axis("step"), y: Axis("cost"), series: [.init("dev", [ChartPoint(0, 4), ChartPoint(10, 1)])])
        let markup = chart.html.markup
        #expect(
            markup.contains("<desc>dev: 2 points, from 4 at step 0 to 1 at 10, lowest 1 at 10, highest 4 at 0.</desc>"))
        #expect(markup.contains("role=\"img\"") && markup.contains("<title>cost</title>") && markup.contains("<table>"))
    }

    @Test func theBestTrialIsDrawnLast() throws {
        let chart = ParallelCoordinates(
            "search", axes: [Axis("rate", scale: .logarithmic), Axis("optimizer"), Axis("error")],
            lines: [
                .init("trial 1", [.number(1e-3), .choice("adam"), .number(0.1)]),
                .init("trial 2", [.number(1e-1), .choice("sgd"), .number(0.4)]),
                .init("trial 3", [.number(1e-2), nil, nil]),
            ], isHigherBetter: false)
        let markup = chart.html.markup
        let best = try #require(markup.range(of: "thread best"))
        #expect(markup[best.upperBound...].contains("trial 1: rate 0.001, optimizer adam, error 0.1"))
        #expect(!markup[best.upperBound...].contains("class=\"thread"))
    }

    /// A trial that leaves a setting alone, or whose value the axis cannot show, keeps an unbroken line.
    @Test func settingsLeftAloneHaveAPlaceBelowTheAxis() throws {
        func chart(_ values: [ParallelCoordinates.Value?]) -> String {
            ParallelCoordinates(
                "search", axes: [.spread("l2", over: [0, 0.01, 10]), Axis("depth"), Axis("error")],
                lines: [.init("a", [.number(0.01), .number(1), .number(1)])]
                    + values.enumerated().map { .init("b\($0)", [$1, .number(3), .number(2)]) },
                isHigherBetter: false, absent: "unchanged"
            ).html.markup
        }
        #expect(!chart([.number(10)]).contains("unchanged"))
        let markup = chart([.number(10), nil, .number(0)])
        #expect(markup.contains(">unchanged</text>"))
        let paths = markup.matches(of: /d="M([^"]*)"/).map(\.1)
        #expect(paths.count == 4 && paths.allSatisfy { !$0.contains("M") && $0.split(separator: "L").count == 3 })
        #expect(Set(paths.filter { $0.hasPrefix("70 306L") }).count == 1)
        // Whole numbers have no halves between them.
        #expect(markup.contains(">2</text>") && !markup.contains(">1.5</text>"))
    }

    @Test(arguments: [false, true]) func terminalPlotsFitTheirColumns(_ isColored: Bool) {
        let points = (0...500).map { ChartPoint(Double($0), exp(-Double($0) / 100)) }
        let plot = TerminalPlot(
            "cost", x: Axis("step"), y: Axis("cost"), series: [.init("train", points), .init("dev", points)])
        let lines = plot.lines(columns: 60, rows: 10, isColored: isColored)
        #expect(lines.count == 14)
        let plain = lines.map { $0.replacing(/\u{1B}\[\d+m/, with: "") }
        #expect(plain.allSatisfy { $0.count <= 60 }, "\(plain)")
        #expect(lines.joined().contains("\u{1B}") == isColored)
    }

    @Test func terminalPlotsShowTheCurve() {
        let rising = (0...100).map { ChartPoint(Double($0), Double($0)) }
        let lines = TerminalPlot("up", x: Axis("x"), y: Axis("y"), series: [.init("", rising)]).lines(
            columns: 40, rows: 5)
        #expect(lines[1].last != "│" && lines[5].dropFirst(6).first != " ", "\(lines)")
        #expect(TerminalPlot("none", x: Axis("x"), y: Axis("y"), series: []).lines() == ["none", "(no points)"])
    }

    @Test func ticksAreRound() {
        func ticks(_ low: Double, _ high: Double, _ scale: Axis.Scale = .linear) -> String {
            let chart = LineChart(
                "", x: Axis("x", scale: scale), y: Axis("y"),
                series: [.init("", [ChartPoint(low, 0), ChartPoint(high, 1)])])
            let texts = chart.html.markup.matches(of: /y="294" text-anchor="middle">([^<]*)</).map { String($0.1) }
            return texts.joined(separator: " ")
        }
        #expect(ticks(0, 1) == "0 0.2 0.4 0.6 0.8 1.0")
        #expect(ticks(-1, 348) == "0 50 100 150 200 250 300")
        #expect(ticks(1e-6, 1, .logarithmic) == "1e-6 1e-5 1e-4 1e-3 1e-2 1e-1 1e0")
        #expect(ticks(2, 9, .logarithmic) == "2 3 4 5 6 8")
    }
}
