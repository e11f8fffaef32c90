import Foundation
import TestSupport
import Testing
import ThalwegDataSets
import ThalwegFormats

/// Files nothing can be learned from: one clear line, with line and column.
@Suite struct MalformedTablesTests {
    struct Case: Sendable {
        let name: String
        let kind: DataError.Kind
        let line: Int?
        let column: String?
        let words: [String]
        let bytes: [UInt8]

        init(
            _ name: String, _ kind: DataError.Kind, line: Int? = nil, column: String? = nil, _ words: [String] = [],
            _ text: String
        ) {
            self.init(name, kind, line: line, column: column, words, bytes: Array(text.utf8))
        }

        init(
            _ name: String, _ kind: DataError.Kind, line: Int? = nil, column: String? = nil, _ words: [String] = [],
            bytes: [UInt8]
        ) {
            self.name = name
            self.kind = kind
            self.line = line
            self.column = column
            self.words = words
            self.bytes = bytes
        }
    }

    static let cases: [Case] = [
        Case("empty", .empty, ["empty"], ""),
        Case("blank lines only", .empty, ["empty"], "\n  \r\n\n"),
        Case("byte order mark only", .empty, ["empty"], "\u{FEFF}"),
        Case("header only", .empty, line: 1, ["only a header"], "a,b,label\n"),
        Case("header only, blank lines", .empty, line: 2, ["only a header"], "\na,b,label\n\n\n"),
        Case("short row", .ragged, line: 3, ["2 cells", "expected 3", "line 1"], "a,b,label\n1,2,x\n1,2\n1,2,y\n"),
        Case("long row", .ragged, line: 3, ["4 cells", "expected 3"], "a,b,label\n1,2,x\n1,2,3,y\n1,2,y\n"),
        Case("single cell", .ragged, line: 4, ["1 cell,"], "a,b,label\n1,2,x\n1,2,y\nend\n"),
        Case("long row after a quoted line break", .ragged, line: 4, [], "a,b,label\n1,\"2\n3\",x\n1,2,3,4\n"),
        Case("ragged with CR", .ragged, line: 3, [], "a,b\r1,2\r1\r"),
        Case("quote never closed", .quoting, line: 3, column: "b", ["never closed"], "a,b\n1,x\n2,\"y\n3,z\n"),
        Case("quote never closed in the header", .quoting, line: 1, column: "column 2", [], "a,\"b\n1,x\n2,y\n"),
        Case("text after a quote", .quoting, line: 2, column: "b", ["closing quote"], "a,b\n1,\"x\"y\n2,y\n"),
        Case(
            "text after a quote that spans lines", .quoting, line: 3, column: "b", [], "a,b\n1,\"x\n\"y\n2,y\n"),
        Case(
            "Latin-1", .encoding, line: 3, column: "column 2", ["0xE9", "byte 5"],
            bytes: Array("a,b\n1,x\n2,caf".utf8.dropLast(1)) + [0xE9, 0x0A]),
        Case(
            "overlong form", .encoding, line: 2, column: "column 1", [],
            bytes: Array("a,b\n".utf8) + [0xC0, 0xAF, 0x2C, 0x31, 0x0A]),
        Case(
            "surrogate", .encoding, line: 2, column: "column 2", [],
            bytes: Array("a,b\n1,".utf8) + [0xED, 0xA0, 0x80, 0x0A]),
        Case(
            "character cut off", .encoding, line: 2, column: "column 2", [],
            bytes: Array("a,b\n1,".utf8) + [0xE2, 0x82]),
        Case(
            "beyond Unicode", .encoding, line: 2, column: "column 2", [],
            bytes: Array("a,b\n1,".utf8) + [0xF4, 0x90, 0x80, 0x80, 0x0A]),
        Case(
            "after a quoted delimiter", .encoding, line: 2, column: "column 2", [],
            bytes: Array("a,b\n\"1,2\",".utf8) + [0xFF, 0x0A]),
        Case(
            "UTF-16, half a pair", .encoding, line: 2, ["UTF-16"],
            bytes: [0xFF, 0xFE, 0x61, 0, 0x0A, 0, 0x00, 0xD8, 0x2C, 0]),
        Case("UTF-16, odd length", .encoding, line: 1, ["UTF-16"], bytes: [0xFE, 0xFF, 0, 0x61, 0]),
        Case(
            "value after a trailing delimiter", .ragged, line: 1003, ["4 cells", "expected 3"],
            "a,b,label,\n" + String(repeating: "1,2,x,\n", count: 1001) + "1,2,y,3\n"),
        Case(
            "trailing delimiter on one line only", .ragged, line: 3, ["4 cells", "expected 3"],
            "a,b,label\n1,2,x\n1,2,y,\n"),
        Case("quote without a header", .quoting, line: 2, column: "column 2", [], "1,2\n3,\"4\"5\n6,7\n"),
        Case(
            "zero byte", .encoding, line: 2, column: "column 2", ["zero byte"],
            bytes: Array("a,b\n1,x".utf8) + [0, 0x0A]),
        Case("one column", .mismatch, line: 2, ["only one column"], "a\n1\n2\n"),
        Case("one class", .oneClass, column: "label", ["only one class", "'x'"], "a,label\n1,x\n2,x\n"),
        Case("one number as class", .oneClass, column: "label", ["'1'"], "a,label\n1,1\n2,1\n"),
        Case("one value", .oneClass, column: "label", ["2.5"], "a,label\n1,2.5\n2,2.5\n3,2.5\n"),
        Case("NaN target", .missingValue, line: 3, column: "label", ["missing"], "a,label\n1,2.5\n2,NaN\n3,1\n"),
        Case("empty target", .missingValue, line: 4, column: "label", ["missing"], "a,label\n1,x\n2,y\n3,\n"),
        Case("target ?", .missingValue, line: 2, column: "label", [], "a,label\n1,?\n2,y\n3,x\n"),
        Case("infinite target", .invalidValue, line: 3, column: "label", ["infinite"], "a,label\n1,2.5\n2,inf\n3,1\n"),
        Case(
            "target beyond double", .invalidValue, line: 3, column: "label", ["infinite"],
            "a,label\n1,2.5\n2,-1e999\n3,1\n"),
        Case(
            "constant inputs", .empty, ["no column can be used", "'a'", "constant"], "a,b,label\n1,x,1\n1,x,2\n1,x,1\n"),
        Case("empty inputs", .empty, ["no column can be used", "empty"], "a,label\n,1\n?,2\n,1\n"),
    ]

    @Test(arguments: cases.indices) func file(index: Int) throws {
        let item = Self.cases[index]
        try withFolder { folder in
            let file = folder.appendingPathComponent("t.csv")
            try item.bytes.write(to: file)
            expectError(item.kind, item.words, file: "t.csv", item.name) {
                do {
                    let data = try DataSource.load(file.path)
                    let parts = try Split().partition(data)
                    _ = try Preprocessing.fit(parts.train.examples, rows: nil, task: parts.task)
                } catch let error as DataError {
                    #expect(error.line == item.line, "\(item.name): \(error)")
                    if let column = item.column { #expect(error.column == column, "\(item.name): \(error)") }
                    throw error
                }
            }
        }
    }

    @Test func unknownTargetSuggestsTheNearest() throws {
        try withFolder { folder in
            let file = folder.appendingPathComponent("t.csv")
            try Array("age,income,price\n1,2,3\n2,3,4\n".utf8).write(to: file)
            for (wrong, words) in [
                ("prise", ["'prise'", "did you mean 'price'"]), ("incmoe", ["did you mean 'income'"]),
                ("zzzzzz", ["there are 'age', 'income', 'price'"]), ("agee", ["'age'"]),
            ] {
                expectError(.missingColumn, words) { _ = try DataSource.load(file.path, options: .init(target: wrong)) }
            }
            #expect(try DataSource.load(file.path, options: .init(target: "Price ")).train.hasTargets)
        }
    }

    @Test func missingFilesAndFolders() throws {
        expectError(.notFound, ["did you mean 'digits'"]) { _ = try DataSource.load("digit") }
        expectError(.notFound, ["no/such.csv", "no such file"]) { _ = try DataSource.load("no/such.csv") }
        try withFolder { folder in
            expectError(.missingColumn, ["no IDX files"]) { _ = try DataSource.load(folder.path) }
            let file = folder.appendingPathComponent("a.npz")
            try Array("text".utf8).write(to: file)
            expectError(.malformed, ["a.npz", "PK"]) { _ = try DataSource.load(file.path) }
        }
    }

    @Test(.enabled(if: getuid() != 0, "the superuser may read everything")) func withoutPermission() throws {
        try withFolder { folder in
            let inner = folder.appendingPathComponent("inner")
            try FileManager.default.createDirectory(at: inner, withIntermediateDirectories: true)
            try FileManager.default.setAttributes([.posixPermissions: 0], ofItemAtPath: inner.path)
            expectError(.permission, ["inner"]) { _ = try DataSource.load(inner.path) }
        }
    }
}
