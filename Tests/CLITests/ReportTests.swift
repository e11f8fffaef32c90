import Foundation
import Testing

/// What `train`, `evaluate`, `predict` and `info` say about their figures.
@Suite struct ReportTests {
    /// A table whose target follows from `x`; `noise` makes it a coin's.
    private static func table(rows: Int, positives every: Int = 2, noise: Bool = false) -> String {
        "x,color,y\n"
            + (0..<rows).map { row in
                let isPositive = row % every == 0
                let x = noise ? row * 7919 % 97 : (isPositive ? 50 : 0) + row % 13
                return "\(x),\(["red", "green", "blue"][row * 31 % 3]),\(isPositive ? "yes" : "no")\n"
            }.joined()
    }

    private func part(_ json: [String: Any]?, _ name: String) throws -> [String: Any] {
        try #require((json?["parts"] as? [String: Any])?[name] as? [String: Any])
    }

    @Test func aBaselineStandsBesideTheFigure() throws {
        try withProgram { (thalweg) throws in
            try thalweg.write(Self.table(rows: 200, positives: 4), to: "t.csv")
            let output = try thalweg(["train", "t.csv", "--epochs", "40", "--json", "--out", "run"])
            let test = try part(output.json, "test")
            // Stratified: 40 examples, 30 of them 'no'.
            #expect(test["baseline"] as? Double == 0.75 && test["gain"] as? String == "better", "\(output.text)")
            #expect((test["interval"] as? [Double])?.count == 2)
            #expect(output.errors.contains("Baseline: always 'no'"))
            for topic in ["data", "split", "inputs", "network", "steps", "length"] {
                #expect(output.errorLines.contains { $0.hasPrefix(topic + " ") }, "\(topic): \(output.errors)")
            }
            let info = try thalweg(["info", "run"])
            for words in ["baseline", "relu", "dropout keeps 0.8", "used 1 time"] {
                #expect(info.text.contains(words), "\(words): \(info.text)")
            }
        }
    }

    @Test func aModelThatLearnedNothingIsCalledSo() throws {
        try withProgram { (thalweg) throws in
            try thalweg.write(Self.table(rows: 200, positives: 12, noise: true), to: "t.csv")
            let output = try thalweg(["train", "t.csv", "--epochs", "1", "--out", "run"])
            #expect(output.text.contains("not better than the baseline"), "\(output.text)")
            #expect(output.text.contains("Imbalanced classes") && output.text.contains("balanced"), "\(output.text)")
            let quiet = try thalweg(["train", "t.csv", "--epochs", "1", "--quiet", "--out", "quiet"])
            #expect(quiet.text.contains("baseline 92.5 %, balanced "), "\(quiet.text)")
        }
    }

    @Test func regressionsAreComparedWithTheMean() throws {
        try withProgram { (thalweg) throws in
            let rows = (0..<100).map { "\($0),\($0 % 10 * 1000)\n" }
            try thalweg.write("x,y\n" + rows.joined(), to: "train.csv")
            try thalweg.write("x,y\n" + (0..<20).map { "\($0),\($0 < 10 ? 3500 : 5500)\n" }.joined(), to: "test.csv")
            let output = try thalweg([
                "train", "train.csv", "--test", "test.csv", "--split", "1,0,0", "--task", "regression", "--epochs", "1",
                "--json", "--out", "run",
            ])
            // The mean is 4,500, each target 1,000 from it.
            #expect(abs(try #require(try part(output.json, "test")["baseline"] as? Double) - 1000) < 1e-3)
        }
    }

    @Test func fewExamplesAreCrossValidated() throws {
        try withProgram { (thalweg) throws in
            try thalweg.write(Self.table(rows: 24), to: "t.csv")
            let output = try thalweg(["train", "t.csv", "--epochs", "60", "--json", "--out", "run"])
            #expect(output.status == 0, "\(output.errors)")
            #expect(output.json?["folds"] as? Int == 5)
            let folds = try #require(output.json?["cross_validation"] as? [String: Any])
            #expect(folds["examples"] as? Int == 24 && folds["interval"] is [Double])
            #expect(try #require(folds["metric"] as? Double) > 0.9)
            #expect(try part(output.json, "test")["interval"] == nil)
            #expect(output.errors.contains("too few to tell") && output.errors.contains("5 folds"))
            let names = try FileManager.default.contentsOfDirectory(
                atPath: thalweg.folder.appendingPathComponent("run").path)
            #expect(
                Set(names) == [
                    "model.safetensors", "model.json", "metrics.csv", "config.toml", "checkpoint", "run.json", "lock",
                    "report.html", "findings.json",
                ])
            let again = try thalweg(["train", "--config", "run/config.toml", "--json", "--quiet", "--out", "again"])
            #expect(again.json?["cross_validation"] as? NSDictionary == folds as NSDictionary)
            // Whoever says how to split has said what to judge by.
            let split = try thalweg(["train", "t.csv", "--split", "0.5,0.2,0.3", "--json", "--quiet", "--out", "split"])
            #expect(split.json?["cross_validation"] == nil)
        }
    }

    @Test(arguments: [
        "a,y\n1,2.5\n2,4\n3,6.5\n", "a,y\n1,u\n2,v\n3,u\n", "a,y\n1,2\n2,4\n",
        "a,m,y\n" + (0..<40).map { "\($0),,\($0 % 7).5\n" }.joined(),
        "a,y\n" + (0..<12).map { "\($0),\($0 == 5 ? "rare" : "usual")\n" }.joined(),
    ]) func oddDataStillGetAnHonestReport(_ text: String) throws {
        try withProgram { (thalweg) throws in
            try thalweg.write(text, to: "t.csv")
            let output = try thalweg(["train", "t.csv", "--epochs", "5", "--json", "--out", "run"])
            #expect(output.status == 0, "\(output.errors)")
            #expect(output.errors.contains("too few to tell"), "\(output.errors)")
            for verb in [["info", "run"], ["evaluate", "run", "t.csv"], ["predict", "run", "t.csv"]] {
                #expect(try thalweg(verb).status == 0, "\(verb)")
            }
        }
    }

    @Test func usesOfTheTestSetAreCounted() throws {
        try withProgram { (thalweg) throws in
            try thalweg.write(Self.table(rows: 100), to: "train.csv")
            try thalweg.write(Self.table(rows: 40), to: "test.csv")
            try thalweg.write(Self.table(rows: 60), to: "other.csv")
            let options = ["--epochs", "5", "--quiet", "--json", "--out", "run"]
            let trained = try thalweg(["train", "train.csv", "--test", "test.csv"] + options)
            #expect(trained.json?["test_uses"] as? Int == 1)
            // The same bytes under another name are the same data.
            try thalweg.write(Self.table(rows: 40), to: "copy.csv")
            let second = try thalweg(["evaluate", "run", "copy.csv", "--json"])
            #expect(
                second.json?["test_uses"] as? Int == 2 && second.errors.contains("used 2 times"), "\(second.errors)")
            let other = try thalweg(["evaluate", "run", "other.csv", "--json"])
            #expect(other.json?["test_uses"] as? Int == 2 && other.errors.isEmpty, "\(other.errors)")
            let own = try thalweg(["evaluate", "run", "train.csv"])
            #expect(own.errors.contains("trained on this file") && own.errors.contains("flatters"), "\(own.errors)")
            let resumed = try thalweg(["train", "--resume", "--epochs", "8", "--out", "run", "--json", "--quiet"])
            #expect(resumed.json?["test_uses"] as? Int == 2, "\(resumed.errors)")
            #expect(try thalweg(["info", "run"]).text.contains("used 3 times"))
            // Nothing that stands where the log should be keeps an evaluation from working.
            try FileManager.default.removeItem(at: thalweg.folder.appendingPathComponent("run/evaluations.csv"))
            try FileManager.default.createDirectory(
                at: thalweg.folder.appendingPathComponent("run/evaluations.csv"), withIntermediateDirectories: false)
            let blocked = try thalweg(["evaluate", "run", "test.csv"])
            #expect(blocked.status == 0 && blocked.errors.contains("not counted"), "\(blocked.errors)")
        }
    }

    /// Runs made before reports said what figures are worth.
    @Test func earlierRunsAreStillRead() throws {
        try withProgram { (thalweg) throws in
            try thalweg.write(Self.table(rows: 100), to: "t.csv")
            #expect(try thalweg(["train", "t.csv", "--epochs", "2", "--quiet", "--out", "run"]).status == 0)
            func stripped(_ value: Any) -> Any {
                if let list = value as? [Any] { return list.map(stripped) }
                guard let object = value as? [String: Any] else { return value }
                let later: Set = ["targets", "assessments", "fingerprints", "testUses", "range"]
                return object.filter { !later.contains($0.key) }.mapValues(stripped)
            }
            let model = stripped(try JSONSerialization.jsonObject(with: thalweg.bytes("run/model.json")))
            try JSONSerialization.data(withJSONObject: model).write(
                to: thalweg.folder.appendingPathComponent("run/model.json"))
            let info = try thalweg(["info", "run"])
            #expect(
                info.status == 0 && info.text.contains("accuracy") && !info.text.contains("too few"), "\(info.text)")
            for verb in ["evaluate", "predict"] {
                let output = try thalweg([verb, "run", "t.csv"])
                #expect(output.status == 0 && output.errors.isEmpty, "\(verb): \(output.errors)")
            }
        }
    }

    @Test func evaluationsHaveAnObjectOfTheirOwn() throws {
        try withProgram { (thalweg) throws in
            try thalweg.write(Self.table(rows: 100), to: "t.csv")
            try thalweg.write("x,color,y\n" + String(repeating: "3,red,no\n", count: 12), to: "one-class.csv")
            #expect(try thalweg(["train", "t.csv", "--epochs", "20", "--quiet", "--out", "run"]).status == 0)
            let output = try thalweg(["evaluate", "run", "one-class.csv", "--json"])
            let json = try #require(output.json)
            for key in ["train", "dev", "epochs", "steps"] { #expect(json[key] is NSNull, "\(key)") }
            for key in ["test", "loss", "seconds", "parameters", "seed"] { #expect(json[key] is Double, "\(key)") }
            #expect(json["out"] as? String == "run" && json["data"] as? String == "one-class.csv")
            #expect(json["task"] as? String == "binary" && json["metric"] as? String == "accuracy")
            let recalls = try #require(try part(json, "data")["recalls"] as? [[String: Any]])
            #expect(recalls.map { $0["examples"] as? Int } == [12, 0] && recalls[1]["recall"] == nil)
            #expect(try thalweg(["evaluate", "run", "one-class.csv"]).text.contains("No example of 'yes'"))
        }
    }

    @Test func inputsUnlikeTheTrainingDataAreCounted() throws {
        try withProgram { (thalweg) throws in
            try thalweg.write(Self.table(rows: 100), to: "t.csv")
            #expect(try thalweg(["train", "t.csv", "--epochs", "2", "--quiet", "--out", "run"]).status == 0)
            try thalweg.write("x,color\n1,red\n,violet\n900,violet\n-400,\n,ocher\n", to: "new.csv")
            for verb in [["predict", "run", "new.csv", "--json"], ["predict", "run", "new.csv", "--out", "p.csv"]] {
                let output = try thalweg(verb)
                #expect(output.status == 0, "\(output.errors)")
                #expect(output.errors.contains("missing cells: 'x' 2, 'color' 1"), "\(output.errors)")
                #expect(output.errors.contains("'color' 3 ('violet', 'ocher')"), "\(output.errors)")
                #expect(output.errors.contains("'x' 2 (such as 900; training had 0 to 62)"), "\(output.errors)")
            }
            let inputs = try #require(
                try thalweg(["predict", "run", "new.csv", "--json"]).json?["inputs"] as? [String: Any])
            let columns = try #require(inputs["columns"] as? [[String: Any]])
            #expect(columns.map { $0["name"] as? String } == ["x", "color"])
            #expect(columns.map { $0["missing"] as? Int } == [2, 1] && columns[1]["unseen"] as? Int == 3)
            #expect(columns[0]["far"] as? Int == 2)
            // As in training: nothing to say.
            #expect(try thalweg(["predict", "run", "t.csv"]).errors.isEmpty)
        }
    }

    @Test func theProgressLineTellsTheEpochsMean() throws {
        try withProgram { (thalweg) throws in
            let output = try thalweg([
                "train", "digits", "--epochs", "2", "--batch-size", "7", "--log-every-step", "--schedule", "constant",
                "--out", "run",
            ])
            let rows = try thalweg.text("run/metrics.csv").split(separator: "\n").dropFirst().map {
                $0.split(separator: ",", omittingEmptySubsequences: false)
            }
            // 1,079 examples: 154 batches of 7 and one of 1.
            let costs = try rows[155..<310].map { try #require(Double($0[2])) }
            let mean = zip(costs, Array(repeating: 7.0, count: 154) + [1]).reduce(0) { $0 + $1.0 * $1.1 } / 1079
            let line = try #require(output.errorLines.last { $0.hasPrefix("epoch 2/2") })
            let shown = try #require(line.firstMatch(of: /loss ([0-9.]+)/).flatMap { Double($0.1) })
            #expect(abs(shown - mean) <= mean * 1e-3, "\(line), \(mean)")
        }
    }

    @Test func gradcheckSaysWhatWasNotCompared() throws {
        try withProgram { (thalweg) throws in
            let checks = try #require(try thalweg(["gradcheck", "--json"]).json?["checks"] as? [[String: Any]])
            #expect(checks.allSatisfy { $0["compared"] is Int && $0["too_small"] is Int })
            let nothing = checks.filter { $0["verdict"] as? String == "unmeasured" }
            #expect(nothing.allSatisfy { $0["compared"] as? Int == 0 } && !nothing.isEmpty)
        }
    }
}
