import Foundation
import TestSupport
import Testing
import ThalwegDataSets
import ThalwegEngine
import ThalwegFormats
import ThalwegPractice
import ThalwegTraining

/// Trains on `text` for a moment.
func trained(_ text: String, in folder: URL, _ change: (inout TrainingConfiguration) -> Void = { _ in }) throws
    -> TrainedModel
{
    let file = folder.appendingPathComponent("data.csv")
    try Data(text.utf8).write(to: file)
    var configuration = TrainingConfiguration()
    configuration.data = file.path
    configuration.layers = [16]
    configuration.steps = 60
    configuration.batchSize = .full
    configuration.split = [0.5, 0.5, 0]
    change(&configuration)
    let run = folder.appendingPathComponent("run").path
    _ = try Trainer(configuration, data: PreparedData(configuration), options: .init(run: run)).run()
    return try TrainedModel(run: run)
}

@Suite struct ErrorAnalysisTests {
    /// Two columns decide; in one city, and for one age group, a part of the labels is turned around.
    private func table(count: Int, planted: Bool, seed: UInt64 = 4, regression: Bool = false) -> String {
        var random = SeededGenerator(state: seed)
        var text = "city,age,income,y\n"
        for _ in 0..<count {
            let city = ["Paris", "Rome", "Oslo", "<b>Lima</b>"][Int.random(in: 0..<4, using: &random)]
            let age = Double.random(in: 18...80, using: &random)
            let income = Double.random(in: 0.2...1, using: &random) * (Bool.random(using: &random) ? 1 : -1)
            let isBad = planted && city.hasPrefix("<b>") && Double.random(in: 0...1, using: &random) < 0.5
            let noise = Double.random(in: -0.05...0.05, using: &random) + (isBad ? 3 : 0)
            let value = regression ? "\(income * 2 + noise)" : (income > 0) != isBad ? "yes" : "no"
            text += "\(city),\(String(format: "%.1f,%.4f", age, income)),\(value)\n"
        }
        return text
    }

    @Test(arguments: [false, true]) func plantedSliceIsFound(_ regression: Bool) throws {
        try withFolder { folder in
            let model = try trained(table(count: 1200, planted: true, regression: regression), in: folder)
            let dev = try #require(try model.ownData().partition.dev)
            let analysis = try ErrorAnalysis(model, dev, name: "dev", isSeen: false)
            let slice = try #require(analysis.slices.first)
            #expect(slice.conditions == ["city is '<b>Lima</b>'"])
            #expect(slice.error > 3 * slice.errorElsewhere && slice.falseDiscoveryRate < 1e-6)
            #expect(slice.interval[0] <= slice.error && slice.error <= slice.interval[1])
            #expect(slice.gap <= slice.ceiling && slice.ceiling <= analysis.error)
            #expect(abs(slice.ceiling) > analysis.error / 3)
            #expect(analysis.worst.count == 12)
            #expect(zip(analysis.worst, analysis.worst.dropFirst()).allSatisfy { $0.loss >= $1.loss })
            let income = analysis.worst.filter { $0.influences.first?.column == "income" }
            #expect(income.count >= 6, "what decides is named first")
            #expect((analysis.labelErrors == nil) == regression)
        }
    }

    /// Without a planted slice nothing is found, for nearly all seeds.
    @Test func silentWhereErrorsAreChance() throws {
        var random = SeededGenerator(state: 1)
        try withFolder { folder in
            let model = try trained(table(count: 600, planted: false), in: folder) { $0.steps = 3 }
            var found = 0
            for seed in 0..<30 {
                let file = folder.appendingPathComponent("noise\(seed).csv")
                // Labels that nothing tells: every slice has the same error.
                let lines = table(count: 400, planted: false, seed: UInt64(seed)).split(separator: "\n")
                let noise = lines.dropFirst().map { line in
                    line.split(separator: ",").dropLast().joined(separator: ",")
                        + (Bool.random(using: &random) ? ",yes" : ",no")
                }
                try Data(([String(lines[0])] + noise).joined(separator: "\n").utf8).write(to: file)
                let loaded = try model.examples(from: file.path)
                let analysis = try ErrorAnalysis(model, Part(examples: loaded.examples), name: "", isSeen: false)
                if !analysis.slices.isEmpty { found += 1 }
            }
            #expect(found <= 3, "\(found) of 30")
        }
    }

    @Test func flippedLabelsAreDoubted() throws {
        try withFolder { folder in
            var lines = table(count: 800, planted: false).split(separator: "\n").map(String.init)
            var flipped: Set<Int> = []
            for row in stride(from: 20, to: 800, by: 25) {
                lines[row] =
                    lines[row].hasSuffix("yes") ? lines[row].dropLast(3) + "no" : lines[row].dropLast(2) + "yes"
                flipped.insert(row)
            }
            let model = try trained(lines.joined(separator: "\n"), in: folder)
            let dev = try #require(try model.ownData().partition.dev)
            let analysis = try ErrorAnalysis(model, dev, name: "dev", isSeen: false)
            let labels = try #require(analysis.labelErrors)
            let doubted = labels.suspects.map { analysis.rows[$0.row] + 1 }
            let planted = flipped.intersection(dev.rows.map { $0 + 1 })
            let recalled = Double(planted.intersection(doubted).count) / Double(planted.count)
            let precise = planted.intersection(doubted.prefix(10)).count
            #expect(planted.count > 10 && recalled > 0.7 && precise >= 9, "\(recalled), \(precise) of 10")
        }
    }

    @Test func ownOutcomesAreThoseOfTheRun() throws {
        try withFolder { folder in
            let model = try trained(table(count: 300, planted: true), in: folder) { $0.split = [0.6, 0.2, 0.2] }
            let own = try model.ownOutcomes()
            #expect(own.map(\.part) == [.train, .dev, .test] && own.map(\.outcomes.count) == [180, 60, 60])
            let training = model.description.training
            for (score, outcomes) in zip([training.train, training.dev, training.test], own.map(\.outcomes)) {
                let score = try #require(score)
                #expect(try Metric.named("accuracy")(outcomes) == score.metric)
                #expect(try abs((Metric.named("log-loss")(outcomes) ?? 0) - score.loss) < 1e-5)
            }
            try Data("city,age,income,y\nRome,20,1,yes\nRome,20,-1,no\n".utf8)
                .write(to: folder.appendingPathComponent("data.csv"))
            expectError(.mismatch, ["have changed since"]) { _ = try model.ownOutcomes() }
        }
    }

    /// Every row is judged once, by a network that did not see it: turned labels stand out though training had them.
    @Test func foldsJudgeEveryRow() throws {
        try withFolder { folder in
            var lines = table(count: 300, planted: false).split(separator: "\n").map(String.init)
            for row in stride(from: 15, to: 300, by: 30) {
                lines[row] =
                    lines[row].hasSuffix("yes") ? lines[row].dropLast(3) + "no" : lines[row].dropLast(2) + "yes"
            }
            let model = try trained(lines.joined(separator: "\n"), in: folder)
            let (part, outcomes) = try model.outOfFoldOutcomes(folds: 3)
            #expect(part.rows == Array(0..<300) && outcomes.count == 300)
            #expect(try outcomes.wanted.map(Double.init) == model.description.preprocessing.rawTargets(part.examples))
            let doubted = try #require(LabelErrors(outcomes)).suspects.prefix(8).map { $0.row + 1 }
            #expect(doubted.count { $0 % 30 == 15 } >= 7, "\(doubted)")
            let analysis = try ErrorAnalysis(model, part, outcomes: outcomes, name: "folds", isSeen: false)
            #expect(analysis.suspects.first?.row == doubted.first && analysis.worst[0].influences.isEmpty)
        }
    }

    @Test func costsAreMeasured() throws {
        try withFolder { folder in
            let costs = try trained(table(count: 60, planted: false), in: folder).costs(threads: 1)
            #expect(costs.latencyMs > 0 && costs.latencyMs < 1000 && costs.examplesPerSecond > 1 && costs.threads == 1)
            #expect(costs.sizeMb > 0.0005 && costs.memoryMb > Double(costs.parameters) * 4 / 1e6)
        }
    }

    @Test func pageIsSelfContainedAndEscaped() throws {
        try withFolder { folder in
            let model = try trained(table(count: 600, planted: true), in: folder)
            let dev = try #require(try model.ownData().partition.dev)
            let html = ErrorGallery(try ErrorAnalysis(model, dev, name: "\"dev\" & <co>", isSeen: false)).page.text
            #expect(html.contains("city is &#39;&lt;b&gt;Lima&lt;/b&gt;&#39;") && !html.contains("<b>"))
            #expect(html.contains("&quot;dev&quot; &amp; &lt;co&gt;"))
            #expect(!html.contains("http") && !html.contains("<script") && html.contains("prefers-color-scheme"))
            for tag in ["section", "table", "ul", "li", "article", "details", "div", "p", "h2"] {
                let (opened, closed) = (
                    html.ranges(of: "<\(tag)>").count + html.ranges(of: "<\(tag) ").count,
                    html.ranges(of: "</\(tag)>").count
                )
                #expect(opened == closed && opened > 0, "\(tag): \(opened), \(closed)")
            }
        }
    }

    @Test func imagesAreShown() throws {
        try withFolder { folder in
            var configuration = TrainingConfiguration()
            configuration.data = "digits"
            configuration.layers = []
            configuration.steps = 8
            configuration.split = [0.4, 0.6, 0]
            let run = folder.appendingPathComponent("run").path
            _ = try Trainer(configuration, data: PreparedData(configuration), options: .init(run: run)).run()
            let model = try TrainedModel(run: run)
            let dev = try #require(try model.ownData().partition.dev)
            let analysis = try ErrorAnalysis(model, dev, name: "dev", isSeen: false, top: 4)
            let html = ErrorGallery(analysis).page.text
            let addresses = html.ranges(of: "src=\"data:image/bmp;base64,").count
            #expect(addresses >= 8 && addresses == html.ranges(of: "<img ").count)
            #expect(html.ranges(of: "alt=\"Example ").count == addresses)
            let start = try #require(html.range(of: "base64,")).upperBound
            let text = html[start...].prefix { $0 != "\"" }
            let bytes = [UInt8](try #require(Data(base64Encoded: String(text))))
            // 54 bytes of headers, 8 rows of 8 pixels of 3 bytes.
            #expect(bytes.count == 54 + 192 && bytes.starts(with: [0x42, 0x4D]) && bytes[18] == 8 && bytes[22] == 8)
            let first = try #require(analysis.lists.first?.mistakes.first)
            guard case .arrays(let inputs, _) = Digits.examples else { return }
            let pixels = inputs[(first.row - 1)..<first.row].doubles()
            let shown = (0..<64).map { Double(bytes[54 + (7 - $0 / 8) * 24 + $0 % 8 * 3]) }
            expectClose(shown, pixels.map { ($0 / 16 * 255).rounded() }, 0, "pixels")
            #expect(analysis.slices.allSatisfy { ["label", "brightness", "contrast"].contains($0.columns[0]) })
        }
    }

    @Test func tagsHaveCeilings() throws {
        try withFolder { folder in
            let model = try trained(table(count: 600, planted: true), in: folder)
            let dev = try #require(try model.ownData().partition.dev)
            let plain = try ErrorAnalysis(model, dev, name: "dev", isSeen: false)
            let wrong = plain.outcomes.wanted.indices.filter {
                plain.outcomes.wanted[$0] != plain.outcomes.answered[$0]
            }
            let rows = wrong.prefix(8).map { plain.rows[$0] + 1 }
            var text = "row,tag\n"
            for (place, row) in rows.enumerated() { text += "\(row),\(place < 6 ? "blurry" : "\"far, away\"")\n" }
            text += "\(rows[0]),\"far, away\"\n\(plain.rows[0] + 1),\n"
            let file = folder.appendingPathComponent("tags.csv")
            try Data(text.utf8).write(to: file)
            let tags = try #require(try RowTags(files: [file.path]))
            let analysis = try ErrorAnalysis(model, dev, name: "dev", isSeen: false, tags: tags)
            let report = try #require(analysis.tags)
            #expect(report.tags.map(\.tag) == ["blurry", "far, away"] && report.tags.map(\.mistakes) == [6, 3])
            #expect(abs(report.tags[0].ceiling - analysis.error * 6 / 8) < 1e-12)
            #expect(report.reviewed == 9 - (rows.contains(plain.rows[0] + 1) ? 1 : 0) && report.reviewedMistakes == 8)
            try Data("row,tag\n1000000,lost\n".utf8).write(to: file)
            expectError(.mismatch, ["line 2", "1000000"], file: "tags.csv") {
                _ = try ErrorAnalysis(model, dev, name: "dev", isSeen: false, tags: RowTags(file.path))
            }
            try Data("row,tag\n1.5,half\n".utf8).write(to: file)
            expectError(.invalidValue, ["line 2"]) { _ = try RowTags(file.path) }
            #expect(try RowTags(files: []) == nil)
        }
    }
}
