public import ThalwegTraining

/// The curves of a run, ready to be drawn.
public struct RunCurves: Sendable {
    public enum Quantity: String, Sendable, CaseIterable {
        case cost, metric, rate
    }

    /// Rows recorded so far.
    public let count: Int
    public let last: MetricsRow?
    /// The name of the task's first metric.
    public let metricName: String
    private let curves: [Quantity: [LineChart.Series]]

    /// More than a screen can show: a million rows become a few thousand points, every extreme among them.
    private static let columns = 2000

    public init(_ rows: [MetricsRow], metricName: String) {
        self.metricName = metricName
        count = rows.count
        last = rows.last
        func series(_ name: String, _ value: @escaping (MetricsRow) -> Double?) -> LineChart.Series {
            let points = rows.lazy.compactMap { row in value(row).map { ChartPoint(Double(row.step), $0) } }
            let kept = points.downSampled(columns: Self.columns)
            return LineChart.Series(name, kept, of: points.count)
        }
        curves = [
            .cost: [series("train", \.trainCost), series("dev", \.devCost)],
            .metric: [series("train", \.trainMetric), series("dev", \.devMetric)],
            .rate: [series("rate") { $0.learningRate }],
        ].mapValues { $0.filter { !$0.points.isEmpty } }
    }

    /// Reads `metrics.csv`.
    ///
    /// - Throws: `TrainingError.notARun` where it is missing or damaged.
    public init(_ folder: RunFolder, metricName: String) throws {
        self.init(try folder.metricsRows(), metricName: metricName)
    }

    /// What the axis of a quantity is called.
    public func label(_ quantity: Quantity) -> String {
        switch quantity {
        case .cost: "cost"
        case .metric: metricName
        case .rate: "learning rate"
        }
    }

    /// One series for each part that has values; `prefix` goes before its name.
    public func series(_ quantity: Quantity, prefix: String = "") -> [LineChart.Series] {
        (curves[quantity] ?? []).map { LineChart.Series(prefix + $0.name, $0.points, of: $0.count) }
    }

    /// The chart of a quantity; nil where nothing was recorded of it.
    ///
    /// - Parameter bestStep: The step of the weights that were kept, where they are not the last.
    public func chart(_ quantity: Quantity, bestStep: Int? = nil) -> LineChart? {
        let series = series(quantity)
        guard !series.isEmpty else { return nil }
        let title =
            switch quantity {
            case .cost: "Cost by step"
            case .metric: metricName.prefix(1).uppercased() + metricName.dropFirst() + " by step"
            case .rate: "Learning rate by step"
            }
        return LineChart(
            title, x: Axis("step"), y: Axis(label(quantity), scale: quantity == .cost ? costScale : .linear),
            series: series,
            marks: bestStep.map { [.init(Double($0), "weights kept")] } ?? [])
    }

    /// Logarithmic where the costs span more than a decade and a half.
    private var costScale: Axis.Scale {
        let costs = series(.cost).lazy.flatMap(\.points).map(\.y).filter(\.isFinite)
        guard let low = costs.min(), let high = costs.max(), low > 0 else { return .linear }
        return high / low > 30 ? .logarithmic : .linear
    }

    /// Cost and metric for a terminal.
    public func lines(columns: Int, isColored: Bool) -> [String] {
        var lines: [String] = []
        for quantity in [Quantity.cost, .metric] {
            guard let chart = chart(quantity) else { continue }
            if !lines.isEmpty { lines.append("") }
            lines += TerminalPlot(chart.title, x: chart.x, y: chart.y, series: chart.series)
                .lines(columns: min(columns, 120), rows: 12, isColored: isColored)
        }
        return lines
    }
}
