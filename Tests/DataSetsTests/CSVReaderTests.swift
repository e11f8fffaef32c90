import Foundation
import TestSupport
import Testing
import ThalwegDataSets
import ThalwegFormats

/// Sound but awkward files just work.
@Suite struct CSVReaderTests {
    struct Case: Sendable {
        let name: String
        let text: String
        /// By column; texts and numbers as `cells(_:)` prints them.
        let columns: [(String, [String])]

        init(_ name: String, _ text: String, _ columns: [(String, [String])]) {
            self.name = name
            self.text = text
            self.columns = columns
        }
    }

    static let cases: [Case] = [
        Case("plain", "a,b\n1,x\n2,y\n", [("a", ["1.0", "2.0"]), ("b", ["x", "y"])]),
        Case("no last line end", "a,b\n1,x\n2,y", [("a", ["1.0", "2.0"]), ("b", ["x", "y"])]),
        Case("CRLF", "a,b\r\n1,x\r\n2,y\r\n", [("a", ["1.0", "2.0"]), ("b", ["x", "y"])]),
        Case("CR", "a,b\r1,x\r2,y\r", [("a", ["1.0", "2.0"]), ("b", ["x", "y"])]),
        Case("byte order mark", "\u{FEFF}a,b\n1,x\n2,y\n", [("a", ["1.0", "2.0"]), ("b", ["x", "y"])]),
        Case("blank lines", "\n\na,b\n1,x\n\n  \n2,y\n\n\n", [("a", ["1.0", "2.0"]), ("b", ["x", "y"])]),
        Case("spaces", "a , b\n 1 , x y \n2,  y\n", [("a", ["1.0", "2.0"]), ("b", ["x y", "y"])]),
        Case("tabs", "a\tb\n1\tx,1\n\t y\n", [("a", ["1.0", "·"]), ("b", ["x,1", "y"])]),
        Case("semicolons", "a;b\n1,5;x\n2;y\n", [("a", ["1.5", "2.0"]), ("b", ["x", "y"])]),
        Case("pipes", "a|b\n1|x\n2|y\n", [("a", ["1.0", "2.0"]), ("b", ["x", "y"])]),
        Case(
            "quotes", "a,b\n1,\"x, y\"\n2,\"say \"\"hi\"\"\"\n3, \"line\nbreak\" \n",
            [("a", ["1.0", "2.0", "3.0"]), ("b", ["x, y", "say \"hi\"", "line\nbreak"])]),
        Case("quoted CRLF", "a,b\r\n1,\"x\r\ny\"\r\n", [("a", ["1.0"]), ("b", ["x\r\ny"])]),
        Case("quoted numbers", "a,b\n\"1\",\"x\"\n\" 2 \",\"y\"\n\"\",\"z\"\n", [("a", ["1.0", "2.0", "·"])]),
        Case("quote inside a cell", "a,b\n1,5\" pipe\n2,6\" pipe\n", [("b", ["5\" pipe", "6\" pipe"])]),
        Case(
            "missing", "a,b\n1,x\nNA,n/a\nN/A,NULL\nnan,None\n?,-\n,\n#N/A,<na>\nNull,y\n",
            [("a", ["1.0"] + Array(repeating: "·", count: 7)), ("b", ["x"] + Array(repeating: "·", count: 6) + ["y"])]),
        Case("equal texts, quoted or not", "a,b\n1,x\n2,\"x\"\n", [("b", ["x", "x"])]),
        Case(
            "numbers", "a,b\n+1,1e3\n-2.50,1E-3\n.5,5.\n0x10,1\n",
            [("a", ["+1", "-2.50", ".5", "0x10"]), ("b", ["1000.0", "0.001", "5.0", "1.0"])]),
        Case("infinite", "a,b\n1,inf\n2,-Infinity\n3,1e999\n", [("b", ["inf", "-inf", "inf"])]),
        Case(
            "text late", "a,b\n" + String(repeating: "1,2\n", count: 3000) + "x,3\n",
            [("b", Array(repeating: "2.0", count: 3000) + ["3.0"])]),
        Case("numbers without header", "1,2\n3,4\n", [("column1", ["1.0", "3.0"]), ("column2", ["2.0", "4.0"])]),
        Case("one row", "1,2,x\n", [("column1", ["1.0"]), ("column3", ["x"])]),
        Case(
            "texts without header", "red,1\nblue,2\nred,3\nred,1\nblue,1\n",
            [("column1", ["red", "blue", "red", "red", "blue"])]),
        Case("numbers as names", "label,0,1,2\na,5,6,7\nb,7,8,9\n", [("label", ["a", "b"]), ("0", ["5.0", "7.0"])]),
        Case(
            "texts with header", "color,size\nred,big\nblue,big\nred,small\nred,big\nblue,big\n",
            [("color", ["red", "blue", "red", "red", "blue"])]),
        Case("doubled names", "a,a,\n1,2,3\n", [("a", ["1.0"]), ("a.2", ["2.0"]), ("column3", ["3.0"])]),
        Case("row names without a name", ",a\n0,5\n1,6\n", [("column1", ["0.0", "1.0"]), ("a", ["5.0", "6.0"])]),
        Case("UTF-8", "größe,b\n1,東京\n2,😀\n", [("größe", ["1.0", "2.0"]), ("b", ["東京", "😀"])]),
    ]

    @Test(arguments: cases.indices) func reads(index: Int) throws {
        let item = Self.cases[index]
        let table = try readCSV(item.text).table
        for (name, expected) in item.columns { #expect(table.cells(name) == expected, "\(item.name): \(name)") }
    }

    @Test func knowsTheLineOfEveryRow() throws {
        let table = try readCSV("a,b\n1,\"x\ny\"\n\n2,y\r\n3,\"\n\n\"\n4,z").table
        #expect(table.lines == [2, 5, 6, 9])
    }

    @Test func parsesNumbersExactly() throws {
        var random = SeededGenerator(state: 9)
        var texts: [String] = [
            "0", "-0", "1", "9007199254740993", "123456789012345678901234567890", "1e22", "1e23", "1e-22", "1e-23",
            "4.9e-324", "2.2250738585072014e-308", "1.7976931348623157e308", "0.1", "3.14159265358979323846",
            "00012.50", "1e0000000000000000000001", "1e-99999999999999999999", "12345678901234567.5",
        ]
        for _ in 0..<2000 {
            texts.append("\(Double(bitPattern: random.next() & ~(1 << 62)))")
            texts.append("\(Double.random(in: -1000...1000, using: &random))")
            let digits = Int.random(in: 1...22, using: &random)
            let whole = (0..<digits).map { _ in String(Int.random(in: 0...9, using: &random)) }.joined()
            texts.append(
                "\(whole).\(Int.random(in: 0...99999, using: &random))e\(Int.random(in: -30...30, using: &random))")
        }
        texts = texts.filter { Double($0)!.isFinite }
        let table = try readCSV("n,m\n" + texts.map { "\($0),1\n" }.joined()).table
        guard case .numbers(let numbers)? = table.column(named: "n")?.values else {
            Issue.record("not numeric")
            return
        }
        for (text, number) in zip(texts, numbers) { #expect(number == Double(text), "\(text)") }
    }

    @Test func readsThousandsOfColumns() throws {
        let names = (0..<4000).map { "c\($0)" }
        let row = (0..<4000).map { "\($0)" }.joined(separator: ",")
        let table = try readCSV(names.joined(separator: ",") + "\n" + row + "\n" + row + "\n").table
        #expect(table.columns.count == 4000)
        #expect(table.cells("c3999") == ["3999.0", "3999.0"])
    }

    @Test func tellsWhyAColumnIsText() throws {
        let text = "a,b\n" + String(repeating: "1,2\n", count: 1500) + "1,2 km\n"
        let (table, notes) = try readCSV(text)
        #expect(!table.isNumeric("b"))
        #expect(notes.contains { $0.contains("'b'") && $0.contains("'2 km'") && $0.contains("line 1502") })
    }

    @Test func readsGzip() throws {
        try withFolder { folder in
            let file = folder.appendingPathComponent("t.csv")
            try writeAtomically(file) { try $0.write("a,b\n1,x\n2,y\n") }
            let gzip = Process()
            gzip.executableURL = URL(fileURLWithPath: "/usr/bin/env")
            gzip.arguments = ["gzip", file.path]
            try gzip.run()
            gzip.waitUntilExit()
            let table = try CSVReader().read(folder.appendingPathComponent("t.csv.gz")).table
            #expect(table.cells("b") == ["x", "y"])
        }
    }
}
