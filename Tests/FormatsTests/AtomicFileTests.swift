import Foundation
import TestSupport
import Testing
import ThalwegFormats

@Suite struct AtomicFileTests {
    struct Stop: Error {}

    @Test func replacesWholeFilesOnly() throws {
        try withFolder { folder in
            let file = folder.appendingPathComponent("report.txt")
            try writeAtomically(file) { try $0.write("first") }
            #expect(try String(contentsOf: file, encoding: .utf8) == "first")
            #expect(throws: Stop.self) {
                try writeAtomically(file) { writer in
                    try writer.write([UInt8](repeating: 65, count: 1 << 20))
                    try writer.flush()
                    throw Stop()
                }
            }
            #expect(try String(contentsOf: file, encoding: .utf8) == "first")
            let large = String(repeating: "line\n", count: 200_000)
            try writeAtomically(file) { writer in
                for _ in 0..<200_000 { try writer.write("line\n") }
            }
            #expect(try String(contentsOf: file, encoding: .utf8) == large)
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["report.txt"])
        }
    }

    @Test func writesOverWhatAKilledProcessLeft() throws {
        try withFolder { folder in
            let file = folder.appendingPathComponent("a")
            try Array("left over, longer than the new content".utf8).write(to: folder.appendingPathComponent(".a.tmp"))
            try writeAtomically(file) { outer in
                try outer.write("outer")
                // A second writer at the same time takes another name.
                try writeAtomically(file) { try $0.write("inner") }
                #expect(try String(contentsOf: file, encoding: .utf8) == "inner")
            }
            #expect(try String(contentsOf: file, encoding: .utf8) == "outer")
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a"])
        }
    }

    @Test func keepsModeAndLinks() throws {
        try withFolder { folder in
            let file = folder.appendingPathComponent("a")
            let link = folder.appendingPathComponent("link")
            try writeAtomically(file) { try $0.write("1") }
            try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: file.path)
            try FileManager.default.createSymbolicLink(at: link, withDestinationURL: file)
            try writeAtomically(link) { try $0.write("2") }
            #expect(try String(contentsOf: file, encoding: .utf8) == "2")
            let attributes = try FileManager.default.attributesOfItem(atPath: file.path)
            #expect(attributes[.posixPermissions] as? Int == 0o640)
            #expect(try FileManager.default.destinationOfSymbolicLink(atPath: link.path) == file.path)
        }
    }

    @Test func namesTheFailure() throws {
        try withFolder { folder in
            expectError(.notFound, ["folder does not exist"]) {
                try writeAtomically(folder.appendingPathComponent("no/such/file")) { try $0.write("x") }
            }
            expectError(.mislabeled, ["a folder has this name"]) { try writeAtomically(folder) { try $0.write("x") } }
            expectError(.notFound, ["no such file"]) { _ = try FileBytes(folder.appendingPathComponent("missing")) }
            expectError(.mislabeled, ["folder"]) { _ = try FileBytes(folder) }
        }
    }

    @Test(.enabled(if: FileManager.default.fileExists(atPath: "/dev/full"), "needs the device /dev/full"))
    func fullDisk() {
        expectError(.diskFull, ["/dev/full", "no space left"]) {
            try writeAtomically(URL(fileURLWithPath: "/dev/full")) { try $0.write("x") }
        }
    }

    @Test(.enabled(if: getuid() != 0, "the superuser may write everywhere"))
    func withoutPermission() throws {
        try withFolder { folder in
            let file = folder.appendingPathComponent("a")
            try FileManager.default.setAttributes([.posixPermissions: 0o500], ofItemAtPath: folder.path)
            expectError(.permission, ["permission is denied"]) { try writeAtomically(file) { try $0.write("x") } }
            try FileManager.default.setAttributes([.posixPermissions: 0o700], ofItemAtPath: folder.path)
        }
    }

    @Test func errorsAreOneLine() {
        let error = DataError(
            .malformed, file: "a\nb.csv", line: 3, column: "x\u{1B}[0m", tensor: "t", "found '\r\n\u{2028}'")
        #expect(error.description == "a\\nb.csv, line 3, column 'x\\u{1b}[0m', 't': found '\\r\\n\\u{2028}'")
    }
}
