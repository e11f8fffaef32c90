import Foundation
import Testing

/// What `evaluate` says beyond its one figure, and `errors`.
@Suite struct ErrorsTests {
    /// `x` decides, but not in Lima; every third example counts twice.
    private static let table: String =
        "city,x,w,y\n"
        + (0..<400).map { row in
            let isLima = row % 4 == 3
            let isPositive = row * 7919 % 100 < 30
            let isFlipped = isLima && row * 31 % 5 < 2
            let x = (isPositive != isFlipped ? 5 : 0) + row * 13 % 7 / 2
            return
                "\(["Paris", "Rome", "Oslo", "Lima"][row % 4]),\(x),\(row % 3 == 0 ? 2 : 1),\(isPositive ? "yes" : "no")\n"
        }.joined()

    private func withRun(_ options: [String] = [], _ body: (CommandLineProgram) throws -> Void) throws {
        try withProgram { (thalweg) throws in
            try thalweg.write(Self.table, to: "t.csv")
            let output = try thalweg(
                [
                    "train", "t.csv", "--layers", "8", "--steps", "60", "--batch-size", "full", "--split", "0.5,0.5,0",
                    "--out",
                ]
                    + ["run", "--quiet"] + options)
            try #require(output.status == 0, "\(output.errors)")
            try body(thalweg)
        }
    }

    @Test func evaluateShowsMetrics() throws {
        try withRun { (thalweg) throws in
            let text = try thalweg(["evaluate", "run", "t.csv"]).text
            for words in ["ROC AUC", "F1", "calibration error", "wanted \\ answered", "of 'yes'"] {
                #expect(text.contains(words), "\(words): \(text)")
            }
            #expect(!text.contains("micro"))
            let all = try thalweg(["evaluate", "run", "t.csv", "--metrics"]).text
            #expect(all.contains("F1, micro") && all.contains("class  precision") && all.contains("was so"))
            let json = try thalweg(["evaluate", "run", "t.csv", "--json"]).json
            let metrics = try #require(json?["metrics"] as? [String: Any])
            let matrix = try #require(json?["confusion_matrix"] as? [[Double]])
            let right = matrix[0][0] + matrix[1][1]
            #expect(abs(try #require(metrics["accuracy"] as? Double) - right / 400) < 1e-12)
            #expect(json?["test"] as? Double == metrics["accuracy"] as? Double)
            #expect((json?["per_class"] as? [[String: Any]])?.count == 2 && json?["reliability"] is [Any])
        }
    }

    @Test func thresholdsFollowTheCost() throws {
        try withRun { (thalweg) throws in
            let output = try thalweg(["evaluate", "run", "t.csv", "--false-negative-cost", "10", "--json"])
            let threshold = try #require(output.json?["threshold"] as? [String: Any])
            let cost = try #require(threshold["cost"] as? Double)
            #expect(threshold["is_independent"] as? Bool == true)
            #expect(try cost <= #require(threshold["cost_at_half"] as? Double), "\(output.text)")
            let text = try thalweg(["evaluate", "run", "t.csv", "--false-negative-cost", "10"]).text
            #expect(text.contains("on 200 examples of the run's dev set"), "\(text)")
        }
        try withRun(["--false-negative-cost", "10", "--class-weights", "yes=2"]) { (thalweg) throws in
            let text = try thalweg(["evaluate", "run", "t.csv"]).text
            #expect(text.contains("Answers 'yes' from a probability of"), "\(text)")
            let json = try thalweg(["evaluate", "run", "t.csv", "--false-negative-cost", "10", "--json"]).json
            let threshold = try #require(json?["threshold"] as? [String: Any])
            #expect(threshold["cost"] as? Double == threshold["cost_of_model"] as? Double)
            let rows = try thalweg(["predict", "run", "t.csv"]).text.split(separator: "\n").dropFirst()
            let chosen = try #require((threshold["chosen"] as? [String: Any])?["probability"] as? Double)
            for row in rows {
                let cells = row.split(separator: ",")
                let probability = try #require(Double(cells[2]))
                guard abs(probability - chosen) > 1e-5 else { continue }
                #expect((cells[0] == "yes") == (probability > chosen), "\(row)")
            }
        }
    }

    @Test func weightsFlowIntoTheFigures() throws {
        try withRun(["--weight-column", "w"]) { (thalweg) throws in
            let output = try thalweg(["evaluate", "run", "t.csv", "--json"])
            #expect(output.errors.contains("examples count by column 'w'"), "\(output.errors)")
            let matrix = try #require(output.json?["confusion_matrix"] as? [[Double]])
            #expect(matrix.flatMap { $0 }.reduce(0, +) == 534)
            try thalweg.write(
                Self.table.split(separator: "\n").map { line in
                    var cells = line.split(separator: ",").map(String.init)
                    cells.remove(at: 2)
                    return cells.joined(separator: ",")
                }.joined(separator: "\n"), to: "plain.csv")
            let plain = try thalweg(["evaluate", "run", "plain.csv", "--json"])
            #expect(plain.status == 0 && plain.errors.contains("'w' is missing"), "\(plain.errors)")
        }
        try withProgram { (thalweg) throws in
            try thalweg.write(Self.table, to: "t.csv")
            let output = try thalweg(["train", "t.csv", "--weight-column", "city", "--out", "run"])
            #expect(output.status == 1 && output.errorLines.last?.contains("'city'") == true, "\(output.errors)")
            #expect(!FileManager.default.fileExists(atPath: thalweg.folder.appendingPathComponent("run").path))
        }
    }

    @Test func errorsOfTheOwnDevSet() throws {
        try withRun { (thalweg) throws in
            let output = try thalweg(["errors", "run", "--html", "page.html"])
            #expect(output.status == 0, "\(output.errors)")
            for words in ["mistakes on 200 examples", "Confusions", "city is 'Lima'", "Worst mistakes", "line "] {
                #expect(output.text.contains(words), "\(words): \(output.text)")
            }
            #expect(try thalweg.text("page.html").contains("city is &#39;Lima&#39;"))
            let json = try #require(try thalweg(["errors", "run", "t.csv", "--json", "--top", "3"]).json)
            #expect((json["worst"] as? [Any])?.count == 3 && json["examples"] as? Int == 400)
            let slices = try #require(json["slices"] as? [[String: Any]])
            #expect(slices.first?["conditions"] as? [String] == ["city is 'Lima'"])
            #expect(json["label_errors"] == nil || json["label_errors"] is NSNull, "training saw these labels")
        }
    }

    @Test func tagsAndTheirMistakes() throws {
        try withRun { (thalweg) throws in
            let worst = try #require(try thalweg(["errors", "run", "--json"]).json?["worst"] as? [[String: Any]])
            let row = try #require(worst.first?["row"] as? Int)
            try thalweg.write("row,tag\n\(row),foggy\n", to: "tags.csv")
            let output = try thalweg(["errors", "run", "--tag", "tags.csv"])
            #expect(output.text.contains("foggy") && output.text.contains("#foggy"), "\(output.text)\(output.errors)")
            try thalweg.write("row,tag\nx,foggy\n", to: "tags.csv")
            let page = try thalweg(["errors", "run", "--html", "page.html"])
            #expect(page.status == 0)
            let before = try thalweg.text("page.html")
            for arguments in [
                ["errors", "run", "--tag", "tags.csv", "--html", "page.html"], ["errors", "run", "nothing.csv"],
                ["errors", "nowhere"], ["errors", "run", "--part", "test"],
                ["errors", "run", "--folds", "999999"],
                ["errors", "run", "--tag", "tags.csv", "--html", "tags.csv"],
            ] {
                let output = try thalweg(arguments)
                #expect(output.status == 1 && output.errorLines.count == 1, "\(arguments): \(output.errors)")
            }
            #expect(try thalweg.text("page.html") == before)
        }
    }
}
