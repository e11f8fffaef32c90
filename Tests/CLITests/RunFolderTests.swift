import Foundation
import Testing

/// What a person does with a run folder after training, and what must not happen to it.
@Suite struct RunFolderTests {
    private static let table =
        "x,color,price\n" + (0..<60).map { "\($0),\(["red", "green", "blue"][$0 % 3]),\($0 * 2)\n" }.joined()

    private func withRun(_ options: [String], _ body: (CommandLineProgram) throws -> Void) throws {
        try withProgram { (thalweg) throws in
            try thalweg.write(Self.table, to: "t.csv")
            let output = try thalweg(
                ["train", "t.csv", "--epochs", "5", "--layers", "8", "--quiet", "--out", "run"] + options)
            #expect(output.status == 0, "\(output.errors)")
            try body(thalweg)
        }
    }

    @Test func defaultsCanBeResumed() throws {
        try withRun([]) { thalweg in
            let longer = try thalweg(["train", "--resume", "--out", "run", "--epochs", "9", "--quiet"])
            #expect(longer.status == 0, "\(longer.errors)")
            let shorter = try thalweg(["train", "--resume", "--out", "run", "--epochs", "2"])
            #expect(shorter.status == 1 && shorter.errorLines.count == 1 && shorter.errors.contains("steps are done"))
        }
    }

    @Test func embeddingsAreSummarized() throws {
        try withRun(["--set", "categories=embedded"]) { thalweg in
            let info = try thalweg(["info", "run"])
            #expect(info.status == 0 && info.text.contains("Embedding"), "\(info.text)\(info.errors)")
            let drawing = try thalweg(["info", "run", "--dot"])
            #expect(drawing.text.hasPrefix("digraph network {\n") && drawing.text.hasSuffix(";\n}\n"))
            #expect(drawing.text.contains("layer0 -> embedding0 -> layer1;"), "\(drawing.text)")
            let json = try #require(try thalweg(["info", "run", "--json"]).json)
            #expect(json["task"] as? String == "regression" && json["examples"] as? Int != nil)
            let layers = try #require(json["layers"] as? [[String: Any]])
            #expect(layers.last?["parameters"] as? Int == 9 && (json["embeddings"] as? [Any])?.count == 1)
            #expect((json["parts"] as? [String: Any])?["train"] != nil)
            #expect(try thalweg(["info", "run", "--json", "--dot"]).status == 64)
            #expect(try thalweg(["report", "run", "--json"]).json?["report"] as? String == "run/report.html")
        }
    }

    @Test(arguments: ["t.csv", "run/model.json"]) func predictionsNeverReplaceTheirSource(_ target: String) throws {
        try withRun([]) { thalweg in
            let before = try thalweg.bytes(target)
            let output = try thalweg(["predict", "run", "t.csv", "--out", target])
            #expect(output.status == 1 && output.errorLines.count == 1, "\(output.errors)")
            #expect(try thalweg.bytes(target) == before)
        }
    }

    @Test(arguments: [#""inputs":"#, #""outputs":"#, #""hidden":["#]) func aDamagedDescriptionIsOneLine(_ key: String)
        throws
    {
        try withRun([]) { thalweg in
            let text = try thalweg.text("run/model.json").filter { !$0.isWhitespace }
            let place = try #require(text.range(of: key))
            try thalweg.write(text.replacingCharacters(in: place, with: key + "7"), to: "run/model.json")
            for verb in [["info", "run"], ["predict", "run", "t.csv"], ["evaluate", "run", "t.csv"]] {
                let output = try thalweg(verb)
                #expect(output.status == 1 && output.errorLines.count == 1, "\(verb): \(output.errors)")
            }
        }
    }
}
