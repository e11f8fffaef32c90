import Foundation
import Testing
import ThalwegDataSets
import ThalwegFormats

/// A folder of its own for a test's files, removed afterwards.
func withFolder<Result>(_ body: (URL) throws -> Result) throws -> Result {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("thalweg-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder)
}

/// A committed file, written by `generate_formats.py` beside it.
func fixture(_ name: String) -> URL {
    URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Fixtures/Formats/\(name)")
}

/// Runs `body`, which must throw a `DataError` of this kind whose one line holds every one of `words`.
func expectError(
    _ kind: DataError.Kind, _ words: [String] = [], file: String? = nil, _ name: String = "",
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
    do {
        try body()
        Issue.record("\(name): no error", sourceLocation: sourceLocation)
    } catch let error as DataError {
        let line = error.description
        #expect(error.kind == kind, "\(name): \(line)", sourceLocation: sourceLocation)
        #expect(!line.contains("\n") && !line.isEmpty, "\(name): \(line)", sourceLocation: sourceLocation)
        if let file { #expect(error.file?.hasSuffix(file) == true, "\(name): \(line)", sourceLocation: sourceLocation) }
        for word in words {
            #expect(line.contains(word), "\(name): '\(word)' in \(line)", sourceLocation: sourceLocation)
        }
    } catch {
        Issue.record("\(name): \(error) is no DataError", sourceLocation: sourceLocation)
    }
}

extension [UInt8] {
    func write(to url: URL) throws { try Data(self).write(to: url) }
}

/// The folder of real data named by THALWEG_DATA, if any.
let realData = ProcessInfo.processInfo.environment["THALWEG_DATA"].flatMap { $0.isEmpty ? nil : $0 }

/// Reads delimited text that stands in no file.
func readCSV(_ text: String, schema: TableSchema? = nil) throws -> (table: Table, notes: [String]) {
    try CSVReader(schema: schema).read(FileBytes(Array(text.utf8), name: "t.csv"))
}

extension Table {
    /// Numbers as they print, texts, and `nil` as `·`, for comparing.
    func cells(_ name: String) -> [String] {
        guard let column = column(named: name) else { return ["no column \(name)"] }
        switch column.values {
        case .numbers(let numbers): return numbers.map { $0.isNaN ? "·" : "\($0)" }
        case .categories(let codes, let dictionary): return codes.map { $0 < 0 ? "·" : dictionary[Int($0)] }
        }
    }

    func isNumeric(_ name: String) -> Bool { column(named: name)?.values.isNumeric == true }
}

/// Random numbers that every run repeats (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    var state: UInt64
    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var value = state
        value = (value ^ value >> 30) &* 0xBF58_476D_1CE4_E5B9
        value = (value ^ value >> 27) &* 0x94D0_49BB_1331_11EB
        return value ^ value >> 31
    }
}

/// One random change to a file: bytes set, flipped, cut, doubled, removed or inserted.
func mutated(_ original: [UInt8], _ random: inout SeededGenerator) -> [UInt8] {
    var bytes = original
    for _ in 0..<Int.random(in: 1...3, using: &random) {
        guard !bytes.isEmpty else { break }
        let place = Int.random(in: 0..<bytes.count, using: &random)
        // Headers lie at the front: half of the changes go there.
        let spot = Bool.random(using: &random) ? place : place % min(bytes.count, 100)
        let end = min(spot + Int.random(in: 1...16, using: &random), bytes.count)
        switch Int.random(in: 0..<8, using: &random) {
        case 0: bytes[spot] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 1: bytes[spot] = UInt8.random(in: 0...255, using: &random)
        case 2:
            bytes[spot] = [0, 0xFF, 0x7F, 0x80, 0x22, 0x2C, 0x0A, 0x0D, 0x39][Int.random(in: 0..<9, using: &random)]
        case 3: bytes.removeSubrange(spot..<end)
        case 4: bytes.removeSubrange(spot...)
        case 5: bytes.insert(contentsOf: bytes[spot..<end], at: spot)
        case 6: bytes.insert(UInt8.random(in: 0...255, using: &random), at: spot)
        default: for index in spot..<end { bytes[index] = 0xFF }
        }
    }
    return bytes
}
