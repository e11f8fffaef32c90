import Foundation
import TestSupport
import Testing
import ThalwegDataSets
import ThalwegEngine
import ThalwegFormats

/// Public data sets as they are, from the folder named by the environment variable THALWEG_DATA.
@Suite(.enabled(if: realData != nil, "set THALWEG_DATA to the folder of data sets")) struct RealDataTests {
    private func path(_ name: String) -> String { (realData?.path ?? "") + "/" + name }

    @Test func adultCensus() throws {
        let data = try DataSource.load(
            path("adult-census/adult-train.csv"), options: .init(test: path("adult-census/adult-test.csv")))
        #expect(data.train.count == 32_561 && data.test?.count == 16_281)
        let parts = try Split().partition(data)
        #expect(parts.task == .binary)
        let (pre, _) = try Preprocessing.fit(parts.train.examples, rows: parts.train.rows, task: parts.task)
        #expect(pre.classes == ["<=50K", ">50K"])
        let (targets, notes) = try pre.targets(parts.test!.examples)
        #expect(targets.doubles().reduce(0, +) == 3846)
        #expect(notes.contains { $0.contains("'>50K.' is taken for '>50K'") })
        guard case .table(let table) = data.train else { return }
        #expect(
            table.columns.map(\.values.isNumeric) == [
                true, false, true, false, true, false, false, false, false, false, true, true, true, false, false,
            ])
        #expect(
            (0..<table.rowCount).count { row in
                table.columns.contains { column in
                    if case .categories(let codes, _) = column.values { codes[row] < 0 } else { false }
                }
            } == 2399)
    }

    @Test func californiaHousing() throws {
        let data = try DataSource.load(
            path("california-housing/housing.csv"), options: .init(target: "median_house_value"))
        guard case .table(let table) = data.train,
            case .numbers(let bedrooms)? = table.column(named: "total_bedrooms")?.values
        else {
            Issue.record("no table")
            return
        }
        #expect(table.rowCount == 20_640 && bedrooms.count(where: \.isNaN) == 207)
        let parts = try Split().partition(data)
        #expect(parts.task == .regression)
        let (pre, _) = try Preprocessing.fit(parts.train.examples, rows: parts.train.rows)
        let inputs = try pre.inputs(parts.test!.examples, rows: parts.test!.rows)
        #expect(inputs.doubles().allSatisfy { $0.isFinite })
    }

    @Test func mnist() throws {
        let data = try DataSource.load(path("mnist"))
        guard case .arrays(let images, let labels?) = data.train, case .arrays(let testImages, _)? = data.test else {
            Issue.record("no arrays")
            return
        }
        #expect(images.shape == [60_000, 28, 28] && testImages.shape == [10_000, 28, 28])
        #expect(Array(labels.doubles().prefix(5)) == [5, 0, 4, 1, 9])
    }

    @Test func catsOrNot() throws {
        let data = try DataSource.load(path("cat-vs-noncat/catvnoncat.npz"))
        let (pre, _) = try Preprocessing.fit(data.train, task: .binary, options: .init(normalize: .none, scale: 255))
        let inputs = try pre.inputs(data.train, dataType: .float64)
        #expect(inputs.shape == [209, 12_288])
        #expect(try pre.targets(data.train, dataType: .float64).0.doubles().reduce(0, +) == 72)
        #expect(try pre.targets(data.test!, dataType: .float64).0.doubles().reduce(0, +) == 33)
        guard case .arrays(let raw, _) = data.train else { return }
        #expect(zip(inputs.doubles().prefix(1000), raw.doubles().prefix(1000)).allSatisfy { $0 == $1 / 255 })
    }

    @Test func clickLog() throws {
        let data = try DataSource.load(path("criteo-tiny/train.tiny.csv"), options: .init(target: "Label"))
        guard case .table(let table) = data.train else { return }
        #expect(table.rowCount == 1999 && table.columns.count == 41)
        #expect(table.cells("I12").count { $0 == "·" } == 1554)
        #expect(table.cells("C22").count { $0 == "·" } == 1631)
        #expect((26...26).allSatisfy { !table.isNumeric("C\($0)") })
    }

    @Test func sentences() throws {
        let (table, _) = try CSVReader().read(URL(fileURLWithPath: path("emojify/train_emoji.csv")))
        #expect(table.rowCount == 132 && !table.hasHeader)
        #expect((0...4).map { label in table.cells("column2").count { $0 == "\(label).0" } } == [22, 19, 38, 36, 17])
    }
}
