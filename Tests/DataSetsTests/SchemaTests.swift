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
}
