import Foundation
import TestSupport
import Testing
import ThalwegFormats

/// Files that lie about themselves: each must give one clear line of the right kind, without taking the memory they
/// declare.
@Suite struct MalformedTests {
    struct Case: Sendable {
        let name: String
        let kind: DataError.Kind
        let words: [String]
        let bytes: [UInt8]

        init(_ name: String, _ kind: DataError.Kind, _ words: [String], _ bytes: [UInt8]) {
            self.name = name
            self.kind = kind
            self.words = words
            self.bytes = bytes
        }
    }

    static func safetensors(_ header: String, _ data: Int, length: UInt64? = nil) -> [UInt8] {
        bytes(length ?? UInt64(header.utf8.count)) + Array(header.utf8) + [UInt8](repeating: 0, count: data)
    }

    static func tensor(_ type: String, _ shape: String, _ begin: String, _ end: String) -> String {
        "{\"w\":{\"dtype\":\"\(type)\",\"shape\":[\(shape)],\"data_offsets\":[\(begin),\(end)]}}"
    }

    static let two =
        "{\"a\":{\"dtype\":\"F32\",\"shape\":[2],\"data_offsets\":[0,8]},\"b\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":"

    static let safetensorsCases: [Case] = [
        Case("empty", .empty, ["empty"], []),
        Case("five bytes", .truncated, ["5 bytes"], [1, 0, 0, 0, 0]),
        Case("header beyond the file", .truncated, ["9999"], safetensors("{}", 0, length: 9999)),
        Case("huge header", .truncated, ["18446744073709551615"], safetensors("{}", 0, length: .max)),
        Case("no object", .malformed, ["'{'"], safetensors("[]", 0)),
        Case("broken JSON", .malformed, ["byte"], safetensors("{\"w\":", 0)),
        Case("control character", .malformed, ["control"], safetensors("{\"w\n\":1}", 0)),
        Case("text after the end", .malformed, ["after"], safetensors("{}x", 0)),
        Case(
            "twice", .malformed, ["'w'", "twice"], safetensors(tensor("U8", "1", "0", "1").dropLast() + ",\"w\":1}", 1)),
        Case(
            "no dtype", .malformed, ["'w'", "dtype"], safetensors("{\"w\":{\"shape\":[],\"data_offsets\":[0,0]}}", 0)),
        Case(
            "no shape", .malformed, ["'w'", "shape"],
            safetensors("{\"w\":{\"dtype\":\"F32\",\"data_offsets\":[0,0]}}", 0)),
        Case(
            "no offsets", .malformed, ["'w'", "data_offsets"],
            safetensors("{\"w\":{\"dtype\":\"F32\",\"shape\":[]}}", 0)),
        Case("unknown field", .malformed, ["'x'"], safetensors("{\"w\":{\"x\":1}}", 0)),
        Case("unknown type", .unsupported, ["'w'", "F8_E4M3"], safetensors(tensor("F8_E4M3", "1", "0", "1"), 1)),
        Case("negative size", .malformed, ["whole number"], safetensors(tensor("F32", "-1", "0", "4"), 4)),
        Case("fraction", .malformed, [], safetensors(tensor("F32", "1.5", "0", "4"), 4)),
        Case(
            "number beyond 64 bits", .malformed, ["too large"],
            safetensors(tensor("F32", "99999999999999999999", "0", "4"), 4)),
        Case("product overflows", .tooLarge, ["'w'"], safetensors(tensor("F32", "4294967296,4294967296", "0", "4"), 4)),
        Case(
            "overflow beside a zero", .tooLarge, ["'w'"],
            safetensors(tensor("F32", "0,4294967296,4294967296", "0", "0"), 0)),
        Case("shape and range differ", .mismatch, ["'w'", "12", "8"], safetensors(tensor("F32", "3", "0", "8"), 8)),
        Case("end before begin", .malformed, ["'w'"], safetensors(tensor("F32", "1", "8", "4"), 8)),
        Case("beyond the file", .truncated, ["'w'", "400", "8"], safetensors(tensor("F32", "100", "0", "400"), 8)),
        Case("overlap", .malformed, ["'b'", "overlap"], safetensors(two + "[4,8]}}", 8)),
        Case("gap", .malformed, ["'b'", "4 bytes before"], safetensors(two + "[12,16]}}", 16)),
        Case("bytes left over", .malformed, ["4 bytes at the end"], safetensors(two + "[8,12]}}", 16)),
        Case(
            "65 axes", .unsupported, ["65 axes"],
            safetensors(tensor("U8", "1" + String(repeating: ",1", count: 64), "0", "1"), 1)),
        Case("not UTF-8", .malformed, ["UTF-8"], bytes(UInt64(6)) + [0x7B, 0x22, 0xFF, 0x22, 0x3A, 0x7D]),
    ]

    @Test(arguments: safetensorsCases.indices) func safetensorsFile(index: Int) throws {
        let item = Self.safetensorsCases[index]
        try withFolder { folder in
            let file = folder.appendingPathComponent("m.safetensors")
            try item.bytes.write(to: file)
            expectError(item.kind, item.words, file: "m.safetensors", item.name) { _ = try SafeTensors.read(file) }
        }
    }

    static func npy(_ header: String, _ data: Int = 0, version: UInt8 = 1) -> [UInt8] {
        [0x93] + Array("NUMPY".utf8) + [version, 0] + bytes(UInt16(header.utf8.count)) + Array(header.utf8)
            + [UInt8](repeating: 0, count: data)
    }

    static func dictionary(_ type: String, _ shape: String) -> String {
        "{'descr': '\(type)', 'fortran_order': False, 'shape': (\(shape)), }"
    }

    static let npyCases: [Case] = [
        Case("empty", .empty, ["empty"], []),
        Case("short", .truncated, ["3 bytes"], [0x93, 0x4E, 0x55]),
        Case("other file", .malformed, ["NUMPY"], Array("a,b,c\n1,2,3\n".utf8)),
        Case("version 9", .unsupported, ["9.0"], npy("{}", version: 9)),
        Case(
            "header beyond the file", .truncated, ["header"], [0x93] + Array("NUMPY".utf8) + [1, 0, 0xFF, 0xFF, 0x7B]),
        Case("no dictionary", .malformed, ["'{'"], npy("[1, 2]     ")),
        Case("field missing", .malformed, ["'shape'"], npy("{'descr': '<f4', 'fortran_order': False}")),
        Case("field twice", .malformed, ["twice"], npy("{'descr': '<f4', 'descr': '<f4'}")),
        Case("unknown field", .malformed, ["'x'"], npy("{'x': '<f4'}")),
        Case("no boolean", .malformed, ["True"], npy("{'descr': '<f4', 'fortran_order': 0, 'shape': ()}")),
        Case("negative size", .malformed, ["whole number"], npy(dictionary("<f4", "-1,"))),
        Case("text after", .malformed, ["after"], npy(dictionary("<f4", "1,") + " x", 4)),
        Case("too few bytes", .truncated, ["40", "8 follow"], npy(dictionary("<f4", "10,"), 8)),
        Case("too many bytes", .malformed, ["4", "8 follow"], npy(dictionary("<f4", "1,"), 8)),
        Case("huge size", .truncated, ["4000000000000"], npy(dictionary("<f4", "1000000000000,"), 8)),
        Case("overflow", .tooLarge, ["larger than any memory"], npy(dictionary("<f8", "4294967296, 4294967296"))),
        Case("unknown type", .unsupported, ["'<q9'"], npy(dictionary("<q9", "1,"), 8)),
        Case("no type", .unsupported, ["''"], npy(dictionary("", "1,"), 8)),
    ]

    @Test(arguments: npyCases.indices) func npyFile(index: Int) throws {
        let item = Self.npyCases[index]
        try withFolder { folder in
            let file = folder.appendingPathComponent("a.npy")
            try item.bytes.write(to: file)
            expectError(item.kind, item.words, file: "a.npy", item.name) { _ = try NumPy.readNPY(file) }
        }
    }

    static let idxCases: [Case] = [
        Case("empty", .empty, ["empty"], []),
        Case("short", .truncated, ["header"], [0, 0, 8]),
        Case("other file", .malformed, ["50 4b 03 04"], [0x50, 0x4B, 3, 4, 0]),
        Case("unknown type", .malformed, ["00 00 07 01"], [0, 0, 7, 1, 0, 0, 0, 1, 5]),
        Case("no axes", .malformed, ["00 00 08 00"], [0, 0, 8, 0]),
        Case("sizes cut off", .truncated, ["header"], [0, 0, 8, 3, 0, 0, 0, 1]),
        Case("values cut off", .truncated, ["10", "holds 3"], [0, 0, 8, 1, 0, 0, 0, 10, 1, 2, 3]),
        Case("values left over", .malformed, ["holds 3"], [0, 0, 8, 1, 0, 0, 0, 2, 1, 2, 3]),
        Case("huge size", .truncated, ["holds 1"], [0, 0, 8, 1, 0xFF, 0xFF, 0xFF, 0xFF, 1]),
        Case("overflow", .tooLarge, ["memory"], [0, 0, 14, 3] + [UInt8](repeating: 0xFF, count: 12)),
        Case("gzip cut off", .truncated, ["gzip"], [0x1F, 0x8B, 8, 0, 0, 0, 0, 0]),
        Case("gzip broken", .truncated, ["gzip"], [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 3, 0xFF, 0xFF, 0xFF, 0xFF]),
    ]

    @Test(arguments: idxCases.indices) func idxFile(index: Int) throws {
        let item = Self.idxCases[index]
        try withFolder { folder in
            let file = folder.appendingPathComponent("a.idx")
            try item.bytes.write(to: file)
            expectError(item.kind, item.words, file: "a.idx", item.name) { _ = try IDX.read(file) }
        }
    }

    @Test func idxInGzipCannotDeclareMoreThanItHolds() throws {
        let sound = [UInt8](try Data(contentsOf: formatFixture("u1.idx.gz")))
        try withFolder { folder in
            let file = folder.appendingPathComponent("a.idx.gz")
            try Array(sound.dropLast(12)).write(to: file)
            expectError(.truncated, ["gzip"]) { _ = try IDX.read(file) }
        }
    }

    @Test func archivesCannotDeclareMoreThanTheyHold() throws {
        let sound = [UInt8](try Data(contentsOf: formatFixture("deflated.npz")))
        try withFolder { folder in
            let file = folder.appendingPathComponent("a.npz")
            func check(_ kinds: Set<DataError.Kind>, _ name: String, _ change: (inout [UInt8]) -> Void) throws {
                var changed = sound
                change(&changed)
                try changed.write(to: file)
                do {
                    _ = try NumPy.readNPZ(file)
                    Issue.record("\(name): no error")
                } catch let error as DataError {
                    #expect(kinds.contains(error.kind), "\(name): \(error)")
                }
            }
            // The directory's record of the first entry: compressed size at 20, size at 24.
            let directory = try #require(sound.firstRange(of: [0x50, 0x4B, 1, 2])).lowerBound
            try check([.tooLarge, .malformed], "size of 4 GB") { bytes in
                for index in 24..<28 { bytes[directory + index] = 0xF0 }
            }
            try check([.tooLarge, .malformed], "compressed size of 4 GB") { bytes in
                for index in 20..<24 { bytes[directory + index] = 0xF0 }
            }
            try check([.malformed], "checksum") { $0[directory + 16] ^= 1 }
            try check([.malformed], "cut off") { $0.removeLast(30) }
            try check([.malformed], "no archive") { $0 = Array("train_x".utf8) }
            try check([.empty], "empty") { $0 = [] }
            try check([.unsupported], "other content") { bytes in
                while let range = bytes.firstRange(of: Array(".npy".utf8)) {
                    bytes.replaceSubrange(range, with: Array(".txt".utf8))
                }
            }
        }
    }
}
