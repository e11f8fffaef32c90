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
}
