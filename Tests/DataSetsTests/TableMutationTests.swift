import Foundation
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

    @Test func nonsenseIsRefused() throws {
        let (read, _) = try readCSV("x,y\n1,a\n2,b\n3,a\n")
        var table = read
        table.target = 1
        let (pre, _) = try Preprocessing.fit(.table(table))
        let text = String(decoding: try JSONEncoder().encode(pre), as: UTF8.self)
        for (from, to) in [
            ("\"a\",\"b\"", "\"a\",\"a\""), ("\"a\",\"b\"", "\"a\""), ("\"outputs\":1", "\"outputs\":0"),
            ("\"scale\":1,", "\"scale\":0,"), ("\"edges\":[]", "\"edges\":[2,1,3]"), ("\"mean\":[]", "\"mean\":[1]"),
        ] {
            #expect(text.contains(from), "\(text)")
            #expect(throws: (any Error).self, "\(to)") {
                try JSONDecoder().decode(Preprocessing.self, from: Data(text.replacing(from, with: to).utf8))
            }
        }
    }
}
