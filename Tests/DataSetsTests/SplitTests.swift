import Foundation
import TestSupport
import Testing
import ThalwegDataSets
import ThalwegEngine
import ThalwegFormats

@Suite struct SplitTests {
    @Test func sizesFollowTheData() {
        #expect(Split.heldOut(4) == 0 && Split.heldOut(5) == 1)
        #expect(Split.heldOut(100) == 20)
        #expect(Split.heldOut(1797) == 359)
        #expect(Split.heldOut(5000) == 1000)
        #expect((1800...1900).contains(Split.heldOut(20_640)))
        #expect(abs(Split.heldOut(1_000_000) - 10_000) < 50)
        var last = 0
        for count in stride(from: 10, to: 2_000_000, by: 997) {
            #expect(Split.heldOut(count) >= last)
            last = Split.heldOut(count)
        }
    }

    @Test func partsAreDisjointAndRepeatable() throws {
        let split = Split(seed: 5)
        let rows = try split.rows(count: 1000)
        #expect(rows.train.count == 600 && rows.dev.count == 200 && rows.test.count == 200)
        #expect(Set(rows.train + rows.dev + rows.test) == Set(0..<1000))
        #expect(try split.rows(count: 1000) == rows)
        #expect(try Split(seed: 6).rows(count: 1000) != rows)
        let withoutDev = try Split(takesDev: false).rows(count: 1000)
        #expect(withoutDev.dev.isEmpty && withoutDev.test.count == 300)
        #expect(try Split(takesDev: false, takesTest: false).rows(count: 10).train == Array(0..<10))
    }

    @Test func stratifiedPartsKeepProportions() throws {
        // 900 of class 0, 90 of class 1, 10 of class 2, mixed.
        let labels = (0..<1000).map { Int32($0 % 100 == 0 ? 2 : $0 % 10 == 1 && $0 > 100 ? 1 : 0) }
        let rows = try Split(seed: 1).rows(count: 1000, labels: labels)
        for label in 0...2 {
            let all = labels.count { $0 == Int32(label) }
            let test = rows.test.count { labels[$0] == Int32(label) }
            let dev = rows.dev.count { labels[$0] == Int32(label) }
            #expect(abs(Double(test) - Double(all) * 0.2) <= 1, "class \(label)")
            #expect(abs(Double(dev) - Double(all) * 0.2) <= 1, "class \(label)")
        }
        #expect(Set(rows.train + rows.dev + rows.test) == Set(0..<1000))
        // A class with a single row trains.
        let rare = try Split(seed: 1).rows(count: 10, labels: [0, 0, 0, 0, 0, 0, 0, 0, 0, 1])
        #expect(rare.train.contains(9))
    }

    /// Other dev sets leave the test set alone, and do not overlap until all rows have been in one.
    @Test(arguments: [nil, (0..<1000).map { Int32($0 % 7) }])
    func otherDevSets(_ labels: [Int32]?) throws {
        let first = try Split(seed: 5).rows(count: 1000, labels: labels)
        var seen: [Int] = []
        for fold in 0..<4 {
            let rows = try Split(seed: 5, devFold: fold).rows(count: 1000, labels: labels)
            #expect(rows.test == first.test && rows.dev.count == first.dev.count)
            #expect((rows.train + rows.dev + rows.test).sorted() == Array(0..<1000))
            seen += rows.dev
        }
        #expect(seen.count == 800 && Set(seen).count >= 790)
        for fold in [4, 1_000_003, Int.max] {
            let rows = try Split(seed: 5, devFold: fold).rows(count: 1000, labels: labels)
            #expect(rows.test == first.test && rows.dev.count == first.dev.count)
        }
        let alone = try Split(takesDev: false, devFold: 3).rows(count: 100)
        #expect(alone == (try Split(takesDev: false).rows(count: 100)))
    }

    @Test func foldsHoldEveryRowOnceAndKeepProportions() throws {
        let labels = (0..<23).map { Int32($0 % 3 == 0 ? 1 : 0) }  // 8 of class 1
        let folds = Split(seed: 4).folds(5, count: 23, labels: labels)
        #expect(folds.flatMap { $0 }.sorted() == Array(0..<23))
        #expect(folds.allSatisfy { (4...5).contains($0.count) })
        #expect(folds.allSatisfy { (1...2).contains($0.count { labels[$0] == 1 }) })
        #expect(Split(seed: 4).folds(5, count: 23, labels: labels) == folds)
        #expect(Split(seed: 5).folds(5, count: 23, labels: labels) != folds)
        #expect(Split(seed: 4).folds(3, count: 3).allSatisfy { $0.count == 1 })
    }

    @Test func aFoldIsTheTestSetAndTrainsNothing() throws {
        try withFolder { folder in
            let file = folder.appendingPathComponent("t.csv")
            let rows = (0..<30).map { "\($0),\($0 % 2 == 0 ? "a" : "b")\n" }
            try Data(("x,y\n" + rows.joined()).utf8).write(to: file)
            let data = try DataSource.load(file.path)
            var held: [Int] = []
            for fold in 0..<5 {
                let partition = try Split(seed: 2).partition(data, fold: fold, of: 5)
                let test = try #require(partition.test).rows
                let dev = try #require(partition.dev).rows
                #expect(Set(partition.train.rows + dev + test) == Set(0..<30))
                #expect(partition.train.count + dev.count + test.count == 30)
                held += test
            }
            #expect(held.sorted() == Array(0..<30))
        }
    }

    @Test func groupsStayTogether() throws {
        let groups = (0..<500).map { Int32($0 % 37) }
        let rows = try Split(seed: 2).rows(count: 500, groups: groups)
        let parts = [rows.train, rows.dev, rows.test].map { Set($0.map { groups[$0] }) }
        #expect(
            parts[0].isDisjoint(with: parts[1]) && parts[0].isDisjoint(with: parts[2])
                && parts[1].isDisjoint(with: parts[2]))
        #expect((60...150).contains(rows.test.count) && (60...150).contains(rows.dev.count))
        #expect(rows.train.count + rows.dev.count + rows.test.count == 500)
    }

    @Test func timeRunsFromTrainToTest() throws {
        let times = (0..<100).map { Double(($0 * 37) % 100) }
        let rows = try Split(seed: 2).rows(count: 100, order: times)
        let latest = rows.train.map { times[$0] }.max()!
        #expect(latest < rows.dev.map { times[$0] }.min()!)
        #expect(rows.dev.map { times[$0] }.max()! < rows.test.map { times[$0] }.min()!)
    }

    @Test func columnsDivideTables() throws {
        var text = "when,user,x,label\n"
        for row in 0..<200 { text += "2024-\(10 + row % 3)-\(10 + row % 20),u\(row % 11),\(row),\(row % 2)\n" }
        var (table, _) = try readCSV(text)
        table.target = 3
        let data = LoadedData(train: .table(table), name: "t.csv", fingerprint: "")
        let byTime = try Split(timeColumn: "when").partition(data)
        let dates = { (part: Part) in part.rows.map { table.cells("when")[$0] } }
        #expect(dates(byTime.train).max()! <= dates(byTime.test!).min()!)
        let byUser = try Split(groupColumn: "user").partition(data)
        let users = { (part: Part) in Set(part.rows.map { $0 % 11 }) }
        #expect(users(byUser.train).isDisjoint(with: users(byUser.test!)))
        expectError(.missingColumn, ["'usr'", "'user'"]) { _ = try Split(groupColumn: "usr").partition(data) }
    }

    @Test func parsesSizes() throws {
        #expect(try Split.parseSizes("auto") == .automatic)
        #expect(try Split.parseSizes("0.6, 0.2,0.2") == .fractions(train: 0.6, dev: 0.2, test: 0.2))
        #expect(try Split.parseSizes("0.7,0.3") == .fractions(train: 0.7, dev: 0, test: 0.3))
        for text in ["", "0.5", "0.5,0.2", "a,b", "1.2,-0.2", "0.5,0.25,0.15,0.1", "0,1", "nan,1"] {
            expectError(.invalidValue, ["auto"], text) { _ = try Split.parseSizes(text) }
        }
        let rows = try Split(sizes: .fractions(train: 0.8, dev: 0.1, test: 0.1)).rows(count: 50)
        #expect(rows.train.count == 40 && rows.dev.count == 5)
    }

    @Test func sharesOfNoneOrAllAreNamed() {
        func rows(_ train: Double, _ dev: Double, _ test: Double, of count: Int) throws -> SplitRows {
            try Split(sizes: .fractions(train: train, dev: dev, test: test)).rows(count: count)
        }
        expectError(.empty, ["share for dev, 0.001", "none of 300 examples"]) {
            _ = try rows(0.799, 0.001, 0.2, of: 300)
        }
        expectError(.empty, ["share for test, 0.1", "none of 4 examples"]) { _ = try rows(0.6, 0.3, 0.1, of: 4) }
        // A class of one or two examples trains, so that none is left for a part.
        expectError(.empty, ["share for dev, 0.2", "none of 3 examples", "every class has to train"]) {
            _ = try Split(sizes: .fractions(train: 0.6, dev: 0.2, test: 0.2)).rows(count: 3, labels: [0, 1, 1])
        }
        expectError(.empty, ["share for test, 0.3", "none of 6 examples", "groups stay whole"]) {
            _ = try Split(sizes: .fractions(train: 0.7, dev: 0, test: 0.3)).rows(count: 6, groups: [0, 0, 0, 0, 0, 0])
        }
        expectError(.empty, ["150 dev and 150 test of 300 examples"]) { _ = try rows(0.001, 0.4995, 0.4995, of: 300) }
    }

    @Test func tellsOfDoubledExamples() throws {
        var text = "x,y,label\n"
        for row in 0..<100 { text += "\(row % 10),a\(row % 10),\(row % 2)\n" }
        var (table, _) = try readCSV(text)
        table.target = 2
        let parts = try Split().partition(LoadedData(train: .table(table), name: "t", fingerprint: ""))
        #expect(parts.notes.contains { $0.contains("20 of 20 test examples") })
        let arrays = Examples.arrays(
            inputs: Tensor((0..<80).map { Float($0 % 4) }, shape: [40, 2]),
            targets: Tensor((0..<40).map { Int64($0 % 2) }))
        let parts2 = try Split().partition(LoadedData(train: arrays, name: "t", fingerprint: ""))
        #expect(parts2.notes.contains { $0.contains("8 of 8 dev examples") })
    }

    @Test func batchesAreAFunctionOfSeedAndEpoch() {
        let order = BatchOrder(count: 100, seed: 3)
        #expect(order.order(epoch: 4) == order.order(epoch: 4))
        #expect(order.order(epoch: 4) != order.order(epoch: 5))
        #expect(order.order(epoch: 4) != BatchOrder(count: 100, seed: 4).order(epoch: 4))
        #expect(Set(order.order(epoch: 0)) == Set(0..<100))
        #expect(BatchOrder(count: 5, seed: 3, isShuffled: false).order(epoch: 7) == [0, 1, 2, 3, 4])
        // Every place is reached about equally often.
        var first = [Int](repeating: 0, count: 10)
        for epoch in 0..<5000 { first[BatchOrder(count: 10, seed: 1).order(epoch: epoch)[0]] += 1 }
        #expect(first.allSatisfy { abs($0 - 500) < 100 }, "\(first)")
    }
}
