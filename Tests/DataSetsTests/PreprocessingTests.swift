import Foundation
import TestSupport
import Testing
import ThalwegDataSets
import ThalwegEngine
import ThalwegFormats

@Suite struct PreprocessingTests {
    static let plain = PreprocessingOptions(numericColumns: .plain)

    func table(_ text: String, target: Int?, schema: TableSchema? = nil) throws -> Examples {
        var table = try readCSV(text, schema: schema).table
        table.target = target
        return .table(table)
    }

    func rows(_ tensor: Tensor) -> [[Double]] {
        let values = tensor.doubles()
        let width = tensor.shape[1]
        return (0..<tensor.shape[0]).map { Array(values[($0 * width)..<(($0 + 1) * width)]) }
    }

    @Test func standardizesByTrainingRowsOnly() throws {
        let examples = try table("x,y\n1,0\n3,1\n100,0\n", target: 1)
        let (pre, _) = try Preprocessing.fit(examples, rows: [0, 1], options: Self.plain)
        #expect(try pre.inputs(examples, dataType: .float64).doubles() == [-1, 1, 98])
        #expect(try pre.inputs(examples, rows: [2, 0], dataType: .float32).doubles() == [98, -1])
    }

    @Test func otherNormalizations() throws {
        let examples = try table("x,y\n10,0\n30,1\n20,0\n", target: 1)
        let none = try Preprocessing.fit(examples, options: .init(normalize: .none, scale: 10)).0
        #expect(try none.inputs(examples, dataType: .float64).doubles() == [1, 3, 2])
        let minmax = try Preprocessing.fit(examples, options: .init(normalize: .minmax)).0
        #expect(try minmax.inputs(examples, dataType: .float64).doubles() == [0, 1, 0.5])
    }

    @Test func encodesCategoriesMissingAndNew() throws {
        let examples = try table("c,x,y\nred,1,0\nblue,,1\n?,3,0\nred,5,1\n", target: 2)
        let (pre, notes) = try Preprocessing.fit(examples, options: .init(normalize: .none))
        #expect(pre.inputNames == ["c=missing", "c=blue", "c=red", "x", "x missing"])
        #expect(
            rows(try pre.inputs(examples)) == [[0, 0, 1, 1, 0], [0, 1, 0, 3, 1], [1, 0, 0, 3, 0], [0, 0, 1, 5, 0]])
        #expect(notes.contains { $0.contains("'x'") && $0.contains("median") })
        let later = try table("y,x,c\n1,NA,green\n0,7,blue\n", target: nil, schema: pre.schema)
        #expect(rows(try pre.inputs(later)) == [[0, 0, 0, 3, 1], [0, 1, 0, 7, 0]], "a new category is zeros")
        expectError(.missingColumn, ["'c'", "needs this column"]) {
            _ = try pre.inputs(try table("x,d\n1,2\n", target: nil, schema: pre.schema))
        }
    }

    @Test func rareCategoriesShareTheSlotOfNewOnes() throws {
        var text = "c,x,y\n"
        for row in 0..<200 { text += "\(row == 7 ? "once" : row % 2 == 0 ? "a" : "b"),\(row),\(row % 2)\n" }
        let examples = try table(text, target: 2)
        let (pre, _) = try Preprocessing.fit(examples, options: Self.plain)
        #expect(pre.inputNames == ["c=other", "c=a", "c=b", "x"])
        let later = try table("c,x\nnew,1\nonce,1\n?,1\na,1\n", target: nil, schema: pre.schema)
        #expect(
            rows(try pre.inputs(later)).map { Array($0.prefix(3)) } == [[1, 0, 0], [1, 0, 0], [1, 0, 0], [0, 1, 0]])
    }

    @Test func embedsManyCategories() throws {
        var text = "x,c,y\n"
        for row in 0..<1000 { text += "\(row % 7),k\(row % 100),\(row % 3)\n" }
        let examples = try table(text, target: 2)
        let (pre, notes) = try Preprocessing.fit(examples, options: .init(normalize: .none))
        #expect(pre.embeddings == [.init(name: "c", cardinality: 102, width: 22)])
        #expect(pre.inputWidth == 2 && pre.inputNames == ["x", "c"])
        #expect(notes.contains { $0.contains("'c'") && $0.contains("embedded") })
        let later = try table("x,c\n5,new\n6,\n1,k0\n", target: nil, schema: pre.schema)
        #expect(rows(try pre.inputs(later)) == [[5, 0], [6, 1], [1, 2]])
        let oneHot = try Preprocessing.fit(examples, options: .init(normalize: .none, categories: .oneHot)).0
        #expect(oneHot.embeddings.isEmpty && oneHot.inputWidth == 101)
    }

    @Test func piecewiseCodeGrowsWithTheValue() throws {
        var text = "x,y\n"
        for row in 0..<400 { text += "\(row),\(row % 2)\n" }
        let examples = try table(text, target: 1)
        let (pre, _) = try Preprocessing.fit(examples)
        #expect(pre.inputWidth == 17)
        let later = try table("x\n-1000\n0\n199.5\n399\n1e6\n", target: nil, schema: pre.schema)
        let encoded = rows(try pre.inputs(later, dataType: .float64)).map { Array($0.dropFirst()) }
        #expect(encoded[1] == Array(repeating: -0.5, count: 16))
        #expect(encoded[2] == Array(repeating: 0.5, count: 8) + Array(repeating: -0.5, count: 8))
        #expect(encoded[3] == Array(repeating: 0.5, count: 16))
        #expect(encoded[0][0] == -1.5 && encoded[0][1] == -0.5)
        #expect(encoded[4][15] == 1.5 && encoded[4][14] == 0.5)
    }

    @Test func leavesOutUselessColumns() throws {
        var text = "id,name,same,none,x,y\n"
        for row in 0..<60 { text += "\(row + 1),n\(row),7,,\(row % 5),\(row % 2)\n" }
        let examples = try table(text, target: 5)
        let (pre, notes) = try Preprocessing.fit(examples, options: Self.plain)
        #expect(pre.inputNames == ["x"])
        for (column, why) in [
            ("id", "numbers the rows"), ("name", "own text"), ("same", "constant"), ("none", "empty"),
        ] {
            #expect(notes.contains { $0.contains("'\(column)'") && $0.contains(why) }, "\(column): \(notes)")
        }
    }

    @Test func tellsOfDates() throws {
        var text = "when,x,y\n"
        for row in 0..<60 { text += "2024-01-\(10 + row % 9),\(row % 5),\(row % 2)\n" }
        let (_, notes) = try Preprocessing.fit(try table(text, target: 2), options: Self.plain)
        #expect(notes.contains { $0.contains("'when'") && $0.contains("dates as text") })
    }

    @Test func tellsOfNumbersItCannotRead() throws {
        var text = "price;x;y\n"
        for row in 0..<60 { text += "\(row),5 %;\(row % 5);\(row % 2)\n" }
        let (_, notes) = try Preprocessing.fit(try table(text, target: 2), options: Self.plain)
        #expect(notes.contains { $0.contains("'price'") && $0.contains("'0,5 %'") }, "\(notes)")
    }

    @Test func scalesRegressionTargets() throws {
        let examples = try table("x,y\n1,10.5\n2,20.5\n3,60\n", target: 1)
        let (pre, _) = try Preprocessing.fit(examples, rows: [0, 1], options: Self.plain)
        #expect(pre.task == .regression && pre.outputWidth == 1)
        #expect(pre.targetScaling == .init(mean: [15.5], deviation: [5]))
        let (targets, _) = try pre.targets(examples, dataType: .float64)
        #expect(targets.shape == [3, 1])
        #expect(targets.doubles() == [-1, 1, 8.9])
        #expect(pre.unscaled([-1, 1]) == [10.5, 20.5])
        #expect(try pre.rawTargets(examples, rows: [2]) == [60])
    }

    @Test func learnsLogarithms() throws {
        var options = Self.plain
        options.targetTransform = .log
        let examples = try table("x,y\n1,1\n2,100\n3,10\n", target: 1)
        let (pre, _) = try Preprocessing.fit(examples, rows: [0, 1], options: options)
        let targets = try pre.targets(examples, dataType: .float64).0.doubles()
        #expect(zip(targets, [-1, 1, 0]).allSatisfy { abs($0 - $1) < 1e-12 }, "\(targets)")
        let back = pre.unscaled(targets)
        #expect(zip(back, [1, 100, 10]).allSatisfy { abs($0 / $1 - 1) < 1e-12 }, "\(back)")
        #expect(pre.unscaled([1e6]).allSatisfy { ($0 * $0).isFinite })
        let read = try JSONDecoder().decode(Preprocessing.self, from: JSONEncoder().encode(pre))
        #expect(read == pre && read.unscaled([0])[0].rounded() == 10)
        let counts = try table("x,y\n1,0\n2,99\n3,9\n", target: 1)
        options.targetTransform = .log1p
        let (counting, _) = try Preprocessing.fit(counts, options: options)
        let numbers = counting.unscaled(try counting.targets(counts, dataType: .float64).0.doubles())
        #expect(zip(numbers, [0, 99, 9]).allSatisfy { abs($0 - $1) < 1e-9 }, "\(numbers)")
    }

    @Test func refusesValuesWithoutALogarithm() throws {
        var options = Self.plain
        options.targetTransform = .log
        let zero = try table("x,y\n1,10.5\n2,0\n3,60\n", target: 1)
        expectError(.invalidValue, ["t.csv, line 3, column 'y'", "above 0, found 0", "log1p"]) {
            _ = try Preprocessing.fit(zero, options: options)
        }
        options.targetTransform = .log1p
        let negative = try table("x,y\n1,10.5\n2,0\n3,-60\n", target: 1)
        let (pre, _) = try Preprocessing.fit(negative, rows: [0, 1], options: options)
        expectError(.invalidValue, ["t.csv, line 4, column 'y'", "0 or more, found -60"]) {
            _ = try pre.targets(negative, rows: [2])
        }
    }

    struct TaskCase: Sendable {
        let text: String
        let task: ThalwegDataSets.Task
        let classes: [String]
    }

    static let taskCases: [TaskCase] = [
        .init(text: "0,1,0,1", task: .binary, classes: ["0", "1"]),
        .init(text: "-1,1.0,-1,1", task: .binary, classes: ["-1", "1"]),
        .init(text: "yes,no,no,yes", task: .binary, classes: ["no", "yes"]),
        .init(text: "a,b,c,a", task: .multiclass, classes: ["a", "b", "c"]),
        .init(text: (0..<40).map { "\($0 % 3)" }.joined(separator: ","), task: .multiclass, classes: ["0", "1", "2"]),
        .init(text: (0..<40).map { "\($0 % 10)" }.joined(separator: ","), task: .regression, classes: []),
        .init(text: "0.5,1.5,0.5,1.5", task: .regression, classes: []),
        .init(text: (0..<300).map { "\($0 % 21)" }.joined(separator: ","), task: .regression, classes: []),
    ]

    @Test(arguments: taskCases.indices) func detectsTheTask(index: Int) throws {
        let item = Self.taskCases[index]
        let text = "x,y\n" + item.text.split(separator: ",").enumerated().map { "\($0),\($1)\n" }.joined()
        let (pre, _) = try Preprocessing.fit(try table(text, target: 1))
        #expect(pre.task == item.task, "\(item.text)")
        #expect(pre.classes == item.classes)
    }

    @Test func obeysTheTaskAskedFor() throws {
        let numbers = try table("x,y\n1,0\n2,1\n3,2\n", target: 1)
        #expect(try Preprocessing.fit(numbers, task: .regression).0.task == .regression)
        #expect(try Preprocessing.fit(numbers, task: .multiclass).0.outputWidth == 3)
        expectError(.mismatch, ["'y'", "3 classes"]) { _ = try Preprocessing.fit(numbers, task: .binary) }
        expectError(.invalidValue, ["'y'", "line 2", "'a'"]) {
            _ = try Preprocessing.fit(try table("x,y\n1,a\n2,b\n", target: 1), task: .regression)
        }
    }

    @Test func regressionNeedsNumbersLater() throws {
        let (pre, _) = try Preprocessing.fit(try table("x,y\n1,1.5\n2,2.5\n3,4\n", target: 1))
        let later = try table("x,y\n1,unknown\n2,3\n", target: 1, schema: pre.schema)
        #expect(try pre.inputs(later).shape == [2, 1], "prediction does not need targets")
        expectError(.invalidValue, ["'y'", "line 2", "'unknown'"]) { _ = try pre.targets(later) }
    }

    @Test func matchesLabelsSpelledDifferently() throws {
        let train = try table("x,y\n1,>50K\n2,<=50K\n3,>50K\n", target: 1)
        let (pre, _) = try Preprocessing.fit(train)
        let test = try table("x,y\n1,>50K.\n2, <=50k\n3,<=50K\n", target: 1, schema: pre.schema)
        let (targets, notes) = try pre.targets(test)
        #expect(targets.doubles() == [1, 0, 0])
        #expect(notes.count == 2 && notes[0].contains("'>50K.' is taken for '>50K'"))
        expectError(.unknownLabel, ["line 3", "'y'", "'other'", "'<=50K'"]) {
            _ = try pre.targets(try table("x,y\n1,>50K\n2,other\n", target: 1, schema: pre.schema))
        }
        expectError(.missingValue, ["line 3", "'y'"]) {
            _ = try pre.targets(try table("x,y\n1,>50K\n2,?\n", target: 1, schema: pre.schema))
        }
        expectError(.missingColumn, ["no targets"]) {
            _ = try pre.targets(try table("x,z\n1,1\n", target: nil, schema: pre.schema))
        }
    }

    @Test func imagesShareOneMeanAndDeviation() throws {
        let images = Examples.arrays(
            inputs: Tensor([UInt8(0), 2, 4, 6, 0, 2, 4, 6], shape: [2, 2, 2]), targets: Tensor([UInt8(1), 0]))
        let (pre, _) = try Preprocessing.fit(images)
        #expect(pre.inputWidth == 4 && pre.exampleShape == [2, 2])
        let expected = [0.0, 2, 4, 6].map { ($0 - 3) / 5.0.squareRoot() }
        for (found, value) in zip(try pre.inputs(images, rows: [1], dataType: .float64).doubles(), expected) {
            #expect(abs(found - value) < 1e-15)
        }
        let scaled = try Preprocessing.fit(images, options: .init(normalize: .none, scale: 2)).0
        #expect(try scaled.inputs(images, rows: [0], dataType: .float64).doubles() == [0, 1, 2, 3])
        let (targets, _) = try scaled.targets(images)
        #expect(targets.shape == [2, 1] && targets.doubles() == [1, 0])
        expectError(.mismatch, ["[3]", "[2, 2]"]) {
            _ = try pre.inputs(.arrays(inputs: Tensor([1.0, 2, 3], shape: [1, 3]), targets: nil))
        }
    }

    @Test func arraysOfFewFeaturesAndSeveralOutputs() throws {
        let examples = Examples.arrays(
            inputs: Tensor([1.0 as Float, 10, 3, 30], shape: [2, 2]), targets: Tensor([1.0, 5, 3, 9], shape: [2, 2]))
        let (pre, _) = try Preprocessing.fit(examples)
        #expect(pre.task == .regression && pre.outputWidth == 2)
        #expect(try pre.inputs(examples, dataType: .float64).doubles() == [-1, -1, 1, 1])
        let (targets, _) = try pre.targets(examples, dataType: .float64)
        #expect(targets.shape == [2, 2] && targets.doubles() == [-1, -1, 1, 1])
        #expect(pre.unscaled([-1, -1, 1, 1]) == [1, 5, 3, 9])
        let oneHot = Examples.arrays(
            inputs: Tensor([1.0, 2, 3], shape: [3, 1]), targets: Tensor([0.0, 0, 1, 1, 0, 0, 0, 1, 0], shape: [3, 3]))
        let (classes, _) = try Preprocessing.fit(oneHot)
        #expect(classes.task == .multiclass)
        #expect(try classes.targets(oneHot).0.scalars(as: Int64.self) == [2, 0, 1])
    }

    @Test func survivesItsJSON() throws {
        var text = "c,x,k,y\n"
        for row in 0..<600 {
            text += "\(row % 3 == 0 ? "" : "c\(row % 4)"),\(Double(row) / 7),k\(row % 80),\(row % 3)\n"
        }
        let examples = try table(text, target: 3)
        let (pre, _) = try Preprocessing.fit(examples)
        let back = try JSONDecoder().decode(Preprocessing.self, from: JSONEncoder().encode(pre))
        #expect(back == pre)
        #expect(
            try back.inputs(examples, dataType: .float64).doubles()
                == pre.inputs(examples, dataType: .float64).doubles())
    }

    @Test func valuesOfAnySizeStayFinite() throws {
        var text = "x,z,y\n"
        for row in 0..<100 {
            text += "\(row % 2 == 0 ? "1.7e308" : "-1.7e308"),\(row % 3 == 0 ? "5e-324" : "0"),\(row % 2)\n"
        }
        for normalize in PreprocessingOptions.Normalization.allCases {
            let examples = try table(text, target: 2)
            let (pre, _) = try Preprocessing.fit(examples, options: .init(normalize: normalize))
            for type in [DataType.float64, .float32] {
                #expect(try pre.inputs(examples, dataType: type).doubles().allSatisfy { $0.isFinite }, "\(normalize)")
            }
        }
    }

    /// One slip in a column of numbers: a missing input, but never a guessed target.
    @Test func oddCellsAmongNumbers() throws {
        func text(_ slip: (Int) -> Bool, labels: Int) -> String {
            let rows = (0..<1000).map {
                "\(slip($0) ? "oops" : "\($0).5"),\($0 == 700 ? "hm" : "\($0 % labels)")\n"
            }
            return "x,y\n" + rows.joined()
        }
        let (read, notes) = try readCSV(text({ $0 == 400 || $0 == 900 }, labels: 500))
        #expect(read.isNumeric("x") && read.cells("x")[400] == "·" && read.cells("x")[401] == "401.5")
        let note = notes.first { $0.contains("'x'") } ?? ""
        #expect(["t.csv", "line 402", "'oops'", "2 such cells"].allSatisfy { note.contains($0) }, "\(notes)")
        let cases: [(Int, ThalwegDataSets.Task?)] = [(500, nil), (500, .regression), (3, nil), (3, .regression)]
        for (labels, task) in cases {
            var (table, _) = try readCSV(text({ _ in false }, labels: labels))
            table.target = 1
            expectError(.invalidValue, ["t.csv", "line 702", "'y'", "'hm'"], "\(labels)") {
                _ = try Preprocessing.fit(.table(table), task: task)
            }
        }
        // Said to be a class, it is one.
        var (table, _) = try readCSV(text({ _ in false }, labels: 3))
        table.target = 1
        #expect(try Preprocessing.fit(.table(table), task: .multiclass).0.classes == ["0", "1", "2", "hm"])
        // Many texts make categories; a later file is read by the same rule.
        #expect(!(try readCSV(text({ $0 % 10 == 0 }, labels: 3)).table.isNumeric("x")))
        let later = try readCSV(text({ $0 == 400 }, labels: 3), schema: read.schema)
        #expect(later.table.isNumeric("x") && later.notes.contains { $0.contains("'oops'") })
        expectError(.invalidValue, ["line 2", "'oops'"]) {
            _ = try readCSV(text({ $0 % 10 == 0 }, labels: 3), schema: read.schema)
        }
    }

    @Test func missingTargetsNameTheFile() throws {
        var (table, _) = try readCSV("x,y\n1,a\n2,b\n3,a\n")
        table.target = 1
        let (pre, _) = try Preprocessing.fit(.table(table))
        table.target = nil
        expectError(.missingColumn, ["t.csv", "'y'"]) { _ = try pre.rawTargets(.table(table)) }
        expectError(.missingColumn, ["t.csv", "'y'"]) { _ = try pre.targets(.table(table)) }
    }
}
