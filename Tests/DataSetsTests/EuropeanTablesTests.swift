import Foundation
import TestSupport
import Testing
import ThalwegDataSets
import ThalwegFormats

/// Tables as spreadsheets outside America write them.
@Suite struct EuropeanTablesTests {
    @Test func decimalCommas() throws {
        let (table, notes) = try readCSV("a;b;c\n1,5;-2;x\n-0,25;1.234,5;y\n3e2;1.234.567;z\n;+,5;x\n")
        #expect(table.cells("a") == ["1.5", "-0.25", "300.0", "·"])
        #expect(table.cells("b") == ["-2.0", "1234.5", "1234567.0", "0.5"])
        #expect(table.cells("c") == ["x", "y", "z", "x"])
        #expect(notes.contains { $0.contains("decimal comma") })
    }

    @Test func decimalCommasWithoutAHeader() throws {
        for delimiter in [";", "\t", "|"] {
            let (table, _) = try readCSV("1,5;2,5;a\n3,5;4;b\n5;0,5;a\n".replacingOccurrences(of: ";", with: delimiter))
            #expect(table.columns.map(\.name) == ["column1", "column2", "column3"], "\(delimiter)")
            #expect(table.cells("column1") == ["1.5", "3.5", "5.0"], "\(delimiter)")
            #expect(table.cells("column2") == ["2.5", "4.0", "0.5"], "\(delimiter)")
        }
    }

    @Test func decimalPointsStay() throws {
        let (semicolons, notes) = try readCSV("a;b\n1.5;x, y\n2.25;z\n3.5;1,2\n")
        #expect(semicolons.cells("a") == ["1.5", "2.25", "3.5"])
        #expect(semicolons.cells("b") == ["x, y", "z", "1,2"])
        #expect(!notes.contains { $0.contains("decimal") })
        let (commas, _) = try readCSV("a,b\n1.234,5\n2.5,6\n")
        #expect(commas.cells("a") == ["1.234", "2.5"] && commas.cells("b") == ["5.0", "6.0"])
        // Semicolons inside the texts of a file of commas.
        let (texts, _) = try readCSV("t,n\na;b,1\nc;d,2\ne;f,3\n")
        #expect(texts.cells("t") == ["a;b", "c;d", "e;f"] && texts.cells("n") == ["1.0", "2.0", "3.0"])
    }

    @Test(arguments: [
        "1.23,5", "12.3456", "1,2,3", "0.123,5", "1..234", ".123", "1,5 €", "01.02.2024", "1234.567,5", ",",
    ])
    func noNumber(_ text: String) throws {
        let (table, _) = try readCSV("a;b\n0,5;1\n1,5;2\n\(text);3\n2,5;4\n")
        #expect(!table.isNumeric("a"))
    }

    @Test func aModelReadsEitherWriting() throws {
        let schema = try readCSV("a,b,label\n1.5,2,x\n2.5,3,y\n").table.schema
        let (table, _) = try readCSV("a;b;label\n1,25;7;x\n", schema: schema)
        #expect(table.cells("a") == ["1.25"] && table.cells("b") == ["7.0"])
    }

    @Test(arguments: [String.Encoding.utf16LittleEndian, .utf16BigEndian])
    func utf16(_ encoding: String.Encoding) throws {
        let text = "\u{FEFF}naïve;€;𝒳;n\r\n1,5;ä;x;1\r\n2,5;😀;y;2\r\n"
        try withFolder { folder in
            let url = folder.appendingPathComponent("t.csv")
            try #require(text.data(using: encoding)).write(to: url)
            let (table, _) = try CSVReader().read(url)
            #expect(table.columns.map(\.name) == ["naïve", "€", "𝒳", "n"])
            #expect(table.cells("naïve") == ["1.5", "2.5"] && table.cells("€") == ["ä", "😀"])
            let loaded = try DataSource.load(url.path)
            #expect(loaded.train.count == 2)
        }
    }

    @Test func trailingDelimiters() throws {
        for text in ["a,b,label,\n1,2,x,\n3,4,y,\n", "a,b,label\n1,2,x,\n3,4,y,\n", "a,b,label,\r\n1,2,x,\r\n3,4,y,"] {
            let (table, notes) = try readCSV(text)
            #expect(table.columns.map(\.name) == ["a", "b", "label"], "\(text)")
            #expect(table.cells("label") == ["x", "y"] && table.cells("b") == ["2.0", "4.0"])
            #expect(notes.isEmpty, "\(notes)")
        }
        let (bare, _) = try readCSV("1;2;3;\n4;5;6;\n7;8;9;\n")
        #expect(bare.columns.count == 3)
        // A last column that is empty only in places is a column.
        let (sparse, _) = try readCSV("a,b,c\n1,2,\n3,4,5\n6,7,\n")
        #expect(sparse.cells("c") == ["·", "5.0", "·"])
        let schema = try readCSV("a,b,label\n1,2,x\n2,3,y\n").table.schema
        #expect(try readCSV("a,b,\n5,6,\n", schema: schema).table.cells("b") == ["6.0"])
    }
}
