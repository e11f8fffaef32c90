import Foundation
import TestSupport
import Testing
import ThalwegPractice
import ThalwegTraining

@Suite struct RunReportTests {
    @Test func theRowsOfMetricsAreReadWhileTheyAreWritten() throws {
        try withFolder { folder in
            let run = RunFolder(folder.path)
            let header = "step,epoch,train_cost,dev_cost,train_metric,dev_metric,learning_rate\n"
            func put(_ text: String) throws { try Data(text.utf8).write(to: run.metrics) }
            try put(header)
            #expect(try run.metricsRows().isEmpty && run.lastMetricsRow == nil)
            try put(header + "0,0,1.5,,0.25,,1e-05\n1,1,nan,inf,-0.5,2,0.001\n2,2,0.1")
            let rows = try run.metricsRows()
            #expect(rows.count == 2 && run.lastMetricsRow?.step == 1)
            #expect(
                rows[0]
                    == MetricsRow(
                        step: 0, epoch: 0, trainCost: 1.5, devCost: nil, trainMetric: 0.25, devMetric: nil,
                        learningRate: 1e-5))
            #expect(rows[1].trainCost?.isNaN == true && rows[1].devCost == .infinity)
            for damage in [
                "0,0,1,2,3,4\n", "0,0,1,2,3,4,5,6\n", "0,0,x,2,3,4,5\n", "0,0,1 ,2,3,4,5\n", "0,0,,,,,\n",
                ",0,1,2,3,4,5\n", "\n", "1e30,0,1,2,3,4,5\n",
            ] {
                try put(header + damage)
                #expect { try run.metricsRows() } throws: { "\($0)".contains("metrics.csv: is damaged: line 2") }
            }
        }
    }

    @Test func aHostileRunStaysText() throws {
        try withFolder { folder in
            let hostile = "<img src=x onerror=alert(1)>"
            let run = folder.appendingPathComponent("a<b> & c")
            try SyntheticRuns.write(run, accuracy: 0.5, status: "failed", data: "/data/\(hostile).csv")
            try RunReport(RunFolder(run.path)).write()
            let text = try String(contentsOf: run.appendingPathComponent("report.html"), encoding: .utf8)
            #expect(
                !text.contains("<img") && text.contains("&lt;img src=x onerror=alert(1)&gt;")
                    && text.contains("a&lt;b&gt; &amp; c"))
        }
    }

    @Test func aReportNeedsNothingBesideItself() throws {
        try withFolder { folder in
            let run = folder.appendingPathComponent("run")
            try SyntheticRuns.write(run, accuracy: 0.5)
            try RunReport(RunFolder(run.path)).write()
            let text = try String(contentsOf: run.appendingPathComponent("report.html"), encoding: .utf8)
            #expect(
                !text.contains("http://") && !text.contains("https://") && !text.contains("<script")
                    && !text.contains("url("))
            #expect(
                text.contains("prefers-color-scheme:dark") && text.contains("lang=\"en\"")
                    && text.contains("Cost by step"))
            #expect(text.contains("thalweg train /data/houses.csv"))
        }
    }

    @Test func aReportSeesTheErrorsAsTheDiagnosisDoes() throws {
        try withFolder { folder in
            var configuration = TrainingConfiguration()
            for (key, value) in [("data", "digits"), ("layers", "4"), ("epochs", "3")] {
                try configuration.set(key, to: value)
            }
            let data = try PreparedData(configuration)
            let path = folder.appendingPathComponent("run").path
            _ = try Trainer(configuration, data: data, options: .init(run: path)).run()
            let report = try RunReport(RunFolder(path), data: data)
            let text = report.page.text
            let sentences = try #require(try RunDiagnosis(run: path).errors?.sentences)
            #expect(!sentences.isEmpty)
            for sentence in sentences { #expect(text.contains(sentence.replacing("'", with: "&#39;")), "\(sentence)") }
        }
    }

    @Test func aFolderWithoutARunHasNoReport() throws {
        try withFolder { (folder) throws -> Void in
            #expect(throws: TrainingError.self) { _ = try RunReport(RunFolder(folder.path)) }
        }
    }

    @Test func curvesOfAMillionRowsKeepTheirExtremes() {
        var rows = (0..<200_000).map {
            MetricsRow(
                step: $0, epoch: 0, trainCost: 1, devCost: $0 % 100 == 0 ? 2 : nil, trainMetric: 0.5, devMetric: nil,
                learningRate: 0.1)
        }
        rows[77_777].trainCost = 99
        let curves = RunCurves(rows, metricName: "accuracy")
        let series = curves.series(.cost)
        #expect(series.map(\.name) == ["train", "dev"] && series.map(\.count) == [200_000, 2000])
        #expect(series[0].points.count <= 10_000 && series[0].points.contains { $0.y == 99 && $0.x == 77_777 })
        #expect(curves.count == 200_000 && curves.chart(.metric)?.series.count == 1)
    }
}
