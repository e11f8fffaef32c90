import Foundation
import TestSupport
import Testing
import ThalwegDataSets
import ThalwegEngine
import ThalwegFormats

/// Random damage to sound tables: never a crash or a hang, always a sound result or one clear line.
@Suite struct TableMutationTests {
    static let tables = [
        "age, city, score, label\n"
            + (0..<12).map { "\($0 * 3), \"c,\($0 % 3)\", \(Double($0) / 7), \($0 % 2 == 0 ? "yes" : "no")\n" }.joined(),
        (0..<10).map { "\($0)\t\($0 % 4 == 0 ? "NA" : "\($0).5e\($0)")\t\"a \"\"q\"\"\nb\"\t\($0 % 3)\r\n" }.joined(),
        "\u{FEFF}größe;ort;wert\n" + (0..<10).map { "\($0);Köln \($0 % 2);\(Double($0 * $0) + 0.25)\n" }.joined(),
    ]

    @Test(arguments: tables.indices) func damagedTables(index: Int) throws {
        let original = Array(Self.tables[index].utf8)
        var random = SeededGenerator(state: UInt64(index) + 11)
        var refused = 0
        for round in 0..<1000 {
            let bytes = mutated(original, &random)
            do {
                let (table, _) = try CSVReader().read(FileBytes(bytes, name: "damaged"))
                #expect(table.columns.allSatisfy { $0.values.count == table.rowCount } && table.rowCount > 0)
                var targeted = table
                targeted.target = table.columns.count - 1
                let data = LoadedData(train: .table(targeted), name: "damaged", fingerprint: "")
                let parts = try Split().partition(data)
                let (pre, _) = try Preprocessing.fit(parts.train.examples, rows: parts.train.rows, task: parts.task)
                let inputs = try pre.inputs(data.train, dataType: .float64)
                #expect(inputs.doubles().allSatisfy { $0.isFinite }, "round \(round)")
                _ = try pre.targets(data.train)
            } catch let error as DataError {
                refused += 1
                #expect(
                    !error.description.contains("\n") && error.description.contains("damaged"),
                    "round \(round): \(error)")
            } catch {
                Issue.record("round \(round): \(error) is no DataError")
            }
        }
        #expect(refused > 50)
    }

    /// A model's file may say anything: it is refused, or what it says can be applied.
    @Test func damagedPreprocessing() throws {
        let (read, _) = try readCSV(
            "c,x,k,y\n"
                + (0..<300).map { "\($0 % 3 == 0 ? "" : "c\($0 % 4)"),\($0 * $0),k\($0 % 70),\($0 % 3)\n" }.joined())
        var table = read
        table.target = 3
        var random = SeededGenerator(state: 21)
        for options in [PreprocessingOptions(), PreprocessingOptions(categories: .embedded)] {
            for task in [ThalwegDataSets.Task.multiclass, .regression] {
                let (pre, _) = try Preprocessing.fit(.table(table), task: task, options: options)
                let original = [UInt8](try JSONEncoder().encode(pre))
                for _ in 0..<250 {
                    let damaged = Data(mutated(original, &random))
                    guard let decoded = try? JSONDecoder().decode(Preprocessing.self, from: damaged) else { continue }
                    _ = try? decoded.inputs(.table(table), rows: [0, 7, 299])
                    _ = try? decoded.targets(.table(table), rows: [0, 7, 299])
                    #expect(decoded.outputWidth > 0 && decoded.inputNames.count == decoded.inputWidth)
                    _ = decoded.unscaled([1, 2, 3])
                }
            }
        }
    }

    /// One field at a time, by its place in the document.
    @Test func nonsenseIsRefused() throws {
        let rows = (0..<100).map { "\($0 % 17).5,\($0 % 3 == 0 ? "u" : "v"),\($0 % 2 == 0 ? "a" : "b")\n" }
        let (read, _) = try readCSV("x,c,y\n" + rows.joined())
        var table = read
        table.target = 2
        let (pre, _) = try Preprocessing.fit(.table(table))
        var other = table
        other.target = 0
        let (regression, _) = try Preprocessing.fit(.table(other), task: .regression)
        let number = ["input", "columns", "features", "0", "encoding", "numeric", "encoding"]
        let category = ["input", "columns", "features", "1", "encoding", "categories", "encoding"]
        var damages: [([String], Any)] = [
            (["target", "classes"], ["a", "a"]), (["target", "classes"], ["a"]), (["target", "classes"], [String]()),
            (["target", "outputs"], 0), (["target", "task"], "multiclas"), (["options", "scale"], 0),
            (["options", "scale"], 1e-300), (["options", "scale"], 1e300), (["targetScaling", "mean"], [1]),
            (["input", "columns", "features"], [Any]()), (["schema", "columns"], [Any]()),
            (["schema", "columns", "0", "isNumeric"], false), (category + ["categories"], ["u", "u"]),
            (number + ["scale"], 0), (number + ["scale"], 2), (number + ["logarithmScale"], 0),
        ]
        for value in [0, -1, 1e-300, Double.leastNonzeroMagnitude] { damages.append((number + ["deviation"], value)) }
        for value in [1e300, -1e300] { damages.append((number + ["center"], value)) }
        for value in [[1], [1, 2], [4, 3, 2, 1], [1, 1, 1, 1]] { damages.append((number + ["edges"], value)) }
        for (path, value) in damages { try expectRefusal(pre, path, value) }
        for value in [0, -2, 1e-300] { try expectRefusal(regression, ["targetScaling", "deviation"], [value]) }
    }

    private func expectRefusal(_ pre: Preprocessing, _ path: [String], _ value: Any) throws {
        let sound = try JSONSerialization.jsonObject(with: JSONEncoder().encode(pre))
        let damaged = try JSONSerialization.data(withJSONObject: try replacing(sound, path[...], value))
        do {
            _ = try JSONDecoder().decode(Preprocessing.self, from: damaged)
            Issue.record("accepted: \(path.joined(separator: ".")) = \(value)")
        } catch let error as DataError {
            #expect(error.kind == .malformed && !error.description.contains("\n"))
        } catch is DecodingError {}
    }

    private func replacing(_ tree: Any, _ path: ArraySlice<String>, _ value: Any) throws -> Any {
        guard let first = path.first else { return value }
        if var list = tree as? [Any] {
            let index = try #require(Int(first))
            list[index] = try replacing(list[index], path.dropFirst(), value)
            return list
        }
        var fields = try #require(tree as? [String: Any])
        // A field that is nil is not written.
        let old = path.count == 1 ? fields[first] ?? 0 : try #require(fields[first], "\(path)")
        fields[first] = try replacing(old, path.dropFirst(), value)
        return fields
    }
}
