import ThalwegTraining

extension RunReport {
    /// How the layers stood, where the run was watched.
    var watch: HTML? {
        guard let rows = try? folder.watchRows(), !rows.isEmpty else { return nil }
        let layers = rows.reduce(into: [String]()) { if !$0.contains($1.layer) { $0.append($1.layer) } }
        func chart(_ title: String, _ label: String, _ scale: Axis.Scale, _ value: (LayerWatch) -> Double?) -> HTML {
            let series = layers.map { layer in
                LineChart.Series(
                    layer,
                    rows.filter { $0.layer == layer }.compactMap { row in
                        value(row).map { ChartPoint(Double(row.step), $0) }
                    })
            }.filter { !$0.points.isEmpty }
            guard !series.isEmpty else { return HTML() }
            return LineChart(title, x: Axis("step"), y: Axis(label, scale: scale), series: series).html
        }
        return element("div", ["class": "cards"]) {
            chart("Size of a step beside the weights", "update ratio", .logarithmic) { $0.updateRatio }
            chart("Gradients", "norm of the gradient", .logarithmic) { $0.gradientNorm }
            chart("Weights", "norm of the weights", .linear) { $0.weightNorm }
            chart("Dead units", "share of the units", .linear) { $0.dead }
            chart("Saturated answers", "share of the answers", .linear) { $0.saturated }
        }
    }
}
