import Foundation
import Testing

/// The options of all verbs: documented, and with one rule for exit codes.
@Suite struct OptionTests {
    private struct Verb {
        var path: [String]
        var options: [String]
    }

    /// Every verb with its options, as the program itself tells them.
    private static func verbs(_ thalweg: CommandLineProgram) throws -> [Verb] {
        let text = try thalweg(["--experimental-dump-help"]).text
        let tool = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        func walk(_ command: [String: Any], _ path: [String]) -> [Verb] {
            let arguments = command["arguments"] as? [[String: Any]] ?? []
            let options = arguments.filter { $0["shouldDisplay"] as? Bool == true }.flatMap { argument in
                (argument["names"] as? [[String: Any]] ?? []).filter { $0["kind"] as? String == "long" }
                    .compactMap { $0["name"] as? String }
            }
            let inner = (command["subcommands"] as? [[String: Any]] ?? []).filter {
                $0["commandName"] as? String != "help"
            }
            return [Verb(path: path, options: options)]
                + inner.flatMap { walk($0, path + [$0["commandName"] as? String ?? ""]) }
        }
        return walk(try #require(tool["command"] as? [String: Any]), [])
    }

    private static let documents = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent().appendingPathComponent("docs")

    @Test func everyOptionIsDocumented() throws {
        try withProgram { thalweg in
            let files = try FileManager.default.contentsOfDirectory(atPath: Self.documents.path)
            let text = try files.filter { $0.hasSuffix(".md") }
                .map { try String(contentsOf: Self.documents.appendingPathComponent($0), encoding: .utf8) }
                .joined(separator: "\n")
            let words = Set(text.split { !($0.isLetter || $0.isNumber || $0 == "-") }.map(String.init))
            let verbs = try Self.verbs(thalweg)
            #expect(verbs.count > 15 && verbs.flatMap(\.options).count > 80)
            for verb in verbs {
                for option in verb.options where !["help", "version"].contains(option) {
                    let isKnown = words.contains("--\(option)")
                    #expect(isKnown, "thalweg \(verb.path.joined(separator: " ")) --\(option)")
                }
                if let name = verb.path.last { #expect(text.contains(name), "\(name)") }
            }
        }
    }

    @Test func everyVerbHasAnExample() throws {
        try withProgram { thalweg in
            for verb in try Self.verbs(thalweg) where !Set(verb.options).isSubset(of: ["help", "version"]) {
                let help = try thalweg(verb.path + ["--help"])
                #expect(help.status == 0 && help.text.contains("EXAMPLE"), "\(verb.path)")
            }
        }
    }

    /// Values that no data could make right: usage.
    private static let impossible: [([String], [String])] = [
        (
            ["train", "t.csv"],
            [
                "--class-weights=heavy", "--false-negative-cost=x", "--task=x", "--layers=x", "--activation=x",
                "--init=x",
                "--optimizer=x", "--learning-rate=x", "--schedule=x", "--batch-size=x", "--epochs=x", "--steps=x",
                "--l1=x",
                "--l2=-1", "--keep-probability=2", "--early-stopping=x", "--scale=0", "--normalize=x", "--split=x",
                "--seed=x", "--threads=0", "--dtype=x", "--precision=x", "--set=x", "--set=x=1", "--set=clip=x",
                "--set=augment=x", "--set=train-dev=3", "--failpoint=x", "--parent=x",
            ]
        ),
        (
            ["tune", "t.csv"],
            [
                "--trials=x", "--parallel=0", "--strategy=x", "--objective=x", "--subject-to=x<1", "--subject-to=x",
                "--subject-to=latency_ms<x", "--finalists=-1", "--time-limit=x", "--set=x=1", "--optimizer=x",
            ]
        ),
        (["evaluate", "run", "t.csv"], ["--false-negative-cost=x", "--threads=x"]),
        (["predict", "run", "t.csv"], ["--threads=x"]),
        (["errors", "run"], ["--part=x", "--folds=1", "--top=0", "--threads=x"]),
        (["diagnose", "run"], ["--human-error=x", "--metric=x"]),
        (["adjust", "run"], ["--learning-rate=x", "--learning-rate=-1", "--epochs=0", "--epochs=x"]),
        (["plan", "run"], ["--batch-size=0", "--threads=x", "--top=0"]),
        (["gradcheck", "run"], ["--examples=1", "--examples=x"]),
        (["dashboard"], ["--port=x", "--port=99999"]),
        (["runs", "list"], ["--where=x", "--where=x<3", "--sort=x", "--limit=0"]),
        (["runs", "export"], ["--where=x", "--sort=x"]),
        (["runs", "delete"], ["--where=x"]),
    ]

    /// Values that these data or files make wrong.
    private static let unfit: [([String], [String])] = [
        (
            ["train", "t.csv"],
            [
                "--target=z", "--weight-column=z", "--class-weights=z=3", "--dev=x", "--test=x", "--initial-weights=x",
                "--config=x",
            ]
        ),
        (["tune", "t.csv"], ["--objective=rmse", "--subject-to=rmse<1", "--space=x", "--config=x"]),
        (["errors", "run"], ["--folds=999", "--tag=x", "--html=/no/such/folder"]),
        (["predict", "run", "t.csv"], ["--out=/no/such/folder"]),
        (["diagnose", "run"], ["--metric=rmse", "--human-error=5", "--train-dev=x"]),
        (["runs", "list"], ["--runs=x"]),
        (["plan", "run"], ["--trace=/no/such/folder"]),
    ]

    @Test func valuesHaveOneRule() throws {
        try withProgram { thalweg in
            let rows = (0..<80).map { "\($0 * 7919 % 97),\($0 * 31 % 89),\($0 % 2 == 0 ? "a" : "b")\n" }
            try thalweg.write("x,y,label\n" + rows.joined(), to: "t.csv")
            let made = try thalweg(["train", "t.csv", "--epochs", "2", "--layers", "2", "--quiet", "--out", "run"])
            try #require(made.status == 0, "\(made.errors)")
            for (table, status) in [(Self.impossible, 64), (Self.unfit, 1)] as [([([String], [String])], Int32)] {
                for (command, options) in table {
                    for option in options {
                        let output = try thalweg(command + [option])
                        #expect(output.status == status, "\(command) \(option): \(output.status) \(output.errors)")
                        let errors = output.errorLines.filter { $0.hasPrefix("error: ") }
                        #expect(errors.count == 1, "\(command) \(option): \(output.errors)")
                    }
                }
            }
        }
    }

    @Test func mistypedWordsGetSuggestions() throws {
        try withProgram { thalweg in
            try thalweg.write("x,y\n1,2\n", to: "houses.csv")
            try thalweg.write("x,y\n1,2\n3,\n", to: "gaps.csv")
            for (arguments, words, status) in [
                (["train", "gaps.csv"], "line 3, column 'y'", 1),
                (["train", "gaps.csv"], "--target names no other", 1),
                (["trian", "digits"], "did you mean 'train'?", 64), (["runs", "lst"], "did you mean 'list'?", 64),
                (["houses.csv"], "thalweg train houses.csv", 64), (["digits"], "thalweg train digits", 64),
                (["train", "digit"], "did you mean 'digits'?", 1), (["train", "dgits"], "did you mean 'digits'?", 1),
                (["train", "houses"], "did you mean 'houses.csv'?", 1),
                (["train", "housse.csv"], "did you mean 'houses.csv'?", 1),
                (["train", "evaluate"], "did you mean `thalweg evaluate`?", 1),
            ] as [([String], String, Int32)] {
                let output = try thalweg(arguments)
                #expect(output.status == status && output.errors.contains(words), "\(arguments): \(output.errors)")
                #expect(output.errorLines.count == 1)
            }
        }
    }
}
