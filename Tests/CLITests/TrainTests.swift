import Foundation
import TestSupport
import Testing

@Suite struct TrainTests {
    @Test func digitsReachTheirFigure() throws {
        try withProgram { (thalweg) throws in
            let output = try thalweg(["train", "digits", "--json", "--out", "run"])
            #expect(output.status == 0)
            let json = try #require(output.json)
            #expect(
                Set(json.keys).isSuperset(of: [
                    "task", "metric", "train", "dev", "test", "loss", "epochs", "steps", "seconds", "parameters",
                    "seed", "out",
                ]))
            #expect(json["task"] as? String == "multiclass")
            #expect(json["metric"] as? String == "accuracy")
            #expect(try #require(json["test"] as? Double) >= 0.95)
            #expect(output.text.split(separator: "\n").count == 1)
            let names = try FileManager.default.contentsOfDirectory(
                atPath: thalweg.folder.appendingPathComponent("run").path)
            #expect(
                Set(names) == [
                    "model.safetensors", "model.json", "metrics.csv", "config.toml", "checkpoint", "run.json", "lock",
                    "report.html", "findings.json",
                ])

            let evaluated = try thalweg(["evaluate", "run", "digits", "--json"])
            #expect(try #require(evaluated.json?["test"] as? Double) >= 0.95)
            let predicted = try thalweg(["predict", "run", "digits", "--out", "p.csv"])
            #expect(predicted.status == 0)
            #expect(try thalweg.text("p.csv").split(separator: "\n").count == 1798)
            let info = try thalweg(["info", "run"])
            #expect(info.status == 0 && info.text.contains("Dense"), "\(info.text)\(info.errors)")
        }
    }

    @Test func configurationReproducesTheRun() throws {
        try withProgram { (thalweg) throws in
            #expect(
                try thalweg(["train", "digits", "--epochs", "8", "--layers", "12", "--quiet", "--out", "a"]).status == 0
            )
            #expect(try thalweg(["train", "--config", "a/config.toml", "--quiet", "--out", "b"]).status == 0)
            #expect(try thalweg.bytes("a/model.safetensors") == thalweg.bytes("b/model.safetensors"))
            #expect(try thalweg.text("a/metrics.csv") == thalweg.text("b/metrics.csv"))
        }
    }

    @Test func threadsDoNotChangeABit() throws {
        try withProgram { (thalweg) throws in
            let base = ["train", "digits", "--epochs", "4", "--batch-size", "128", "--quiet"]
            for dtype in ["float32", "float64"] {
                for threads in ["1", "2"] {
                    let output = try thalweg(base + ["--dtype", dtype, "--threads", threads, "--out", dtype + threads])
                    #expect(output.status == 0, "\(output.errors)")
                }
                #expect(
                    try thalweg.bytes("\(dtype)1/model.safetensors") == thalweg.bytes("\(dtype)2/model.safetensors"))
                #expect(try thalweg.text("\(dtype)1/metrics.csv") == thalweg.text("\(dtype)2/metrics.csv"))
            }
        }
    }

    @Test func metricsStartWithTheUntrainedNetwork() throws {
        try withProgram { (thalweg) throws in
            let arguments = [
                "train", "digits", "--layers", "", "--init", "zeros", "--epochs", "3", "--batch-size", "256", "--quiet",
                "--out",
            ]
            #expect(try thalweg(arguments + ["epochs"]).status == 0)
            var rows = try thalweg.text("epochs/metrics.csv").split(separator: "\n").map {
                $0.split(separator: ",", omittingEmptySubsequences: false)
            }
            #expect(
                rows[0].joined(separator: ",") == "step,epoch,train_cost,dev_cost,train_metric,dev_metric,learning_rate"
            )
            #expect(rows.dropFirst().map { String($0[0]) } == ["0", "5", "10", "15"])
            #expect(abs(try #require(Double(rows[1][2])) - log(10)) < 1e-5)

            #expect(try thalweg(arguments + ["steps", "--log-every-step"]).status == 0)
            rows = try thalweg.text("steps/metrics.csv").split(separator: "\n").map {
                $0.split(separator: ",", omittingEmptySubsequences: false)
            }
            #expect(rows.dropFirst().map { String($0[0]) } == (0...15).map(String.init))
            #expect(abs(try #require(Double(rows[1][2])) - log(10)) < 1e-5)
        }
    }

    @Test func tableWithEverythingAwkward() throws {
        try withProgram { (thalweg) throws in
            var text = "city,size,\"note, quoted\",price\r\n"
            for index in 0..<120 {
                let city = ["Paris", "Rome", "\"New\nYork\""][index % 3]
                text +=
                    "\(city),\(index % 10 == 0 ? "NA" : "\(index % 17)"),\"a \"\"b\"\"\",\(index % 17 * 100 + index % 3 * 10)\r\n"
            }
            try thalweg.write(text + "\r\n", to: "houses.csv")
            let output = try thalweg(["train", "houses.csv", "--epochs", "20", "--json", "--out", "run"])
            #expect(output.status == 0, "\(output.errors)")
            #expect(output.json?["metric"] as? String == "rmse")
            try thalweg.write("city,size,\"note, quoted\"\nOslo,,x\nParis,3,\n", to: "new.csv")
            let predicted = try thalweg(["predict", "run", "new.csv"])
            #expect(predicted.status == 0, "\(predicted.errors)")
            #expect(predicted.text.split(separator: "\n").count == 3)
        }
    }

    @Test func nonFiniteCostNamesStepAndCause() throws {
        try withProgram { (thalweg) throws in
            try thalweg.write("x,y\n" + (0..<50).map { "\($0),\($0 * 3)\n" }.joined(), to: "t.csv")
            let output = try thalweg([
                "train", "t.csv", "--task", "regression", "--optimizer", "sgd", "--learning-rate", "1e6", "--quiet",
                "--out", "run",
            ])
            #expect(output.status == 1)
            #expect(output.errors.contains("step") && output.errors.contains("--learning-rate"), "\(output.errors)")
            #expect(output.errorLines.count == 1)
        }
    }

    @Test(.enabled(if: realData != nil, "THALWEG_DATA is not set"))
    func logisticRegressionOnCats() throws {
        let data = try #require(realData)
        try withProgram { (thalweg) throws in
            let output = try thalweg([
                "train", data.appendingPathComponent("cat-vs-noncat/catvnoncat.npz").path, "--task", "binary",
                "--layers", "", "--init", "zeros", "--optimizer", "sgd", "--learning-rate", "0.005", "--batch-size",
                "full", "--steps", "2000", "--scale", "255", "--normalize", "none", "--dtype", "float64",
                "--log-every-step", "--json", "--quiet", "--out", "run",
            ])
            let json = try #require(output.json)
            #expect(abs(try #require(json["train"] as? Double) - 207.0 / 209) < 1e-12)
            #expect(abs(try #require(json["test"] as? Double) - 0.70) < 1e-12)
            #expect(json["dev"] is NSNull)
            let rows = try thalweg.text("run/metrics.csv").split(separator: "\n").dropFirst().map {
                $0.split(separator: ",")
            }
            for (step, cost) in [
                (0, 0.693147), (100, 0.584508), (500, 0.303273), (1000, 0.214820), (1500, 0.166521), (1900, 0.140872),
            ] {
                #expect(abs(try #require(Double(rows[step][2])) - cost) < 1e-5, "step \(step)")
            }
        }
    }
}
