import ThalwegDataSets
import ThalwegTraining

extension RunReport {
    /// Every part's figure with what it is worth.
    func figures(_ model: ModelDescription) -> HTML {
        let metric = model.task.metricName
        func text(_ value: Double) -> String { metricText(value, name: metric) }
        let assessments = model.training.assessments
        let rows = (assessments?.named ?? []).map { name, part in
            [
                name, text(part.score.metric),
                part.interval.map { "\(text($0.low)) to \(text($0.high))" }
                    ?? (part.isTooFew ? "too few to tell" : "–"),
                part.baseline.map(text) ?? "–", part.balancedAccuracy.map(text) ?? "–", numberText(part.score.loss),
                grouped(part.score.count),
            ]
        }
        let bars = (assessments?.named ?? []).map { BarChart.Bar($0.0, $0.1.score.metric, interval: $0.1.interval) }
        let judge = assessments?.judge
        return HTMLBuilder.buildBlock(
            DataTable(
                "The baseline looks at no input: it always answers the most frequent class, or the mean.",
                columns: ["part", metric, "95 % interval", "baseline", "balanced", "loss", "examples"], rows: rows
            ).html,
            element("div", ["class": "cards"]) {
                BarChart(
                    "\(metric.prefix(1).uppercased() + metric.dropFirst()) by part, with 95 % intervals",
                    value: Axis(metric, range: model.task == .regression ? nil : 0...1), bars: bars
                ).html
                if let judge, judge.assessment.recalls.count > 1 { recalls(judge.name, judge.assessment) }
            })
    }

    /// The classes recognized worst first, at most 20.
    private func recalls(_ name: String, _ part: Assessment) -> HTML {
        let bars = part.recalls.compactMap { recall in
            recall.share.map {
                BarChart.Bar(
                    "\(recall.label) (\(grouped(recall.count)))", $0, interval: .wilson(share: $0, count: recall.count))
            }
        }.sorted { $0.value < $1.value }
        let title =
            bars.count > 20
            ? "Recall of the 20 classes recognized worst (\(name))" : "Recall by class, the worst first (\(name))"
        return BarChart(title, value: Axis("recall", range: 0...1), bars: Array(bars.prefix(20))).html
    }
}

extension Assessments {
    var named: [(String, Assessment)] {
        let parts = [("train", train as Assessment?), ("dev", dev), ("test", test)]
        let folds = crossValidation.map { [("\($0.folds) folds", $0.assessment)] } ?? []
        return parts.compactMap { name, part in part.map { (name, $0) } } + folds
    }
}
