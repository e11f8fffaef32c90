import TestSupport
import Testing
import ThalwegDataSets
import ThalwegFormats

/// Later files are read by the columns of the training data.
@Suite struct SchemaTests {
    let schema: TableSchema
    let bare: TableSchema

    init() throws {
        var table = try readCSV("age,city,code,label\n1,x,007,yes\n2,y,008,no\n3,x,a,no\n").table
        table.target = 3
        schema = table.schema
        table = try readCSV("1,x,5,yes\n2,y,6,no\n3,x,7,no\n").table
        table.target = 3
        bare = table.schema
    }

    @Test func matchesByName() throws {
        let (table, notes) = try readCSV("City,extra,AGE, label,code\nz,1,5,yes,009\n", schema: schema)
        #expect(table.cells("age") == ["5.0"])
        #expect(table.cells("city") == ["z"])
        #expect(table.cells("code") == ["009"], "numbers in a column of texts stay texts")
        #expect(notes.contains { $0.contains("'AGE'") && $0.contains("'age'") })
    }

    @Test func matchesByPlace() throws {
        #expect(try readCSV("5,z,9,yes\n", schema: bare).table.cells("column2") == ["z"])
        #expect(try readCSV("5,z,9\n", schema: bare).table.cells("column3") == ["9.0"], "without the target")
        #expect(try readCSV("age,city,n\n5,z,9\n", schema: bare).table.cells("column1") == ["5.0"], "with a header")
        #expect(try readCSV("5,z,009,yes\n", schema: schema).table.cells("code") == ["009"], "without a header")
    }

    @Test func namesWhatDoesNotFit() throws {
        expectError(.invalidValue, ["line 2", "'column1'", "'old'"]) {
            _ = try readCSV("5,z,9\nold,z,9\n", schema: bare)
        }
        expectError(.invalidValue, ["line 2", "'age'", "'old'"]) {
            _ = try readCSV("age,city,code\nold,z,9\n", schema: schema)
        }
        expectError(.mismatch, ["line 1", "2 columns", "expected 4"]) { _ = try readCSV("1,2\n3,4\n", schema: bare) }
        expectError(.missingColumn, ["'age'", "none of the columns"]) {
            _ = try readCSV("p,q,r,s\n5,z,9,yes\n", schema: schema)
        }
    }

    /// The column that carries the model's name is taken, wherever look-alikes stand; two that could be meant are refused.
    @Test func exactNamesWin() throws {
        let (model, _) = try readCSV("x,y,color,label\n1,2,red,a\n3,4,blue,b\n")
        var table = model
        table.target = 3
        let schema = table.schema
        for text in [
            "x,y,color,X\n1,2,red,9\n", "X,y,x,color\n9,2,1,red\n", "x_,y,color,x,X\n9,2,red,1,9\n",
        ] {
            let (read, notes) = try readCSV(text, schema: schema)
            #expect(read.cells("x") == ["1.0"] && read.cells("y") == ["2.0"], "\(text) \(notes)")
        }
        let (close, notes) = try readCSV("X ,y,color\n1,2,red\n", schema: schema)
        #expect(close.cells("x") == ["1.0"] && notes.contains { $0.contains("'X'") })
        for text in ["x,y,color,x\n1,2,red,9\n", "x,y,color,x \n1,2,red,9\n", "X,y,color,x.\n1,2,red,9\n"] {
            expectError(.mismatch, ["t.csv", "line 1", "'x'", "column 1", "column 4"], text) {
                _ = try readCSV(text, schema: schema)
            }
        }
        // Doubled names of the training data are doubled later as well.
        let (doubled, _) = try readCSV("x,x,y\n1,2,3\n4,5,6\n")
        let (again, _) = try readCSV("y,x,x\n3,1,2\n", schema: doubled.schema)
        #expect(again.cells("x") == ["1.0"] && again.cells("x.2") == ["2.0"] && again.cells("y") == ["3.0"])
    }
}
