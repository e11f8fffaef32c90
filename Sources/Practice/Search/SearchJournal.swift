package import Foundation
import ThalwegFormats

/// `trials.jsonl`: a line for every training that has ended, on the disk before the search goes on.
///
/// A last line that a killed process left half written is cut.
package final class SearchJournal {
    private let file: FileHandle
    private let name: String
    package private(set) var records: [TrialRecord]

    /// - Throws: `SearchError.notASearch` for a damaged line before the last, `DataError` when the file cannot be
    ///   written.
    package init(_ url: URL) throws {
        name = url.relativePath
        if !FileManager.default.fileExists(atPath: url.path) { try writeAtomically(url) { _ in } }
        let bytes: Data
        do {
            file = try FileHandle(forUpdating: url)
            bytes = try file.readToEnd() ?? Data()
        } catch { throw DataError(.permission, file: name, "cannot be read and written") }
        let (records, length) = try Self.records(bytes, name: name)
        self.records = records
        do {
            try file.truncate(atOffset: UInt64(length))
            try file.seek(toOffset: UInt64(length))
        } catch { throw DataError(.permission, file: name, "cannot be written") }
    }

    package func append(_ record: TrialRecord) throws {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            try file.write(contentsOf: try encoder.encode(record) + [10])
            try file.synchronize()
        } catch { throw DataError(.diskFull, file: name, "cannot be written (is the disk full?)") }
        records.append(record)
    }

    /// The whole lines, and how many bytes they are.
    static func records(_ bytes: Data, name: String) throws -> (records: [TrialRecord], length: Int) {
        let decoder = JSONDecoder()
        var records: [TrialRecord] = []
        var start = bytes.startIndex
        while let end = bytes[start...].firstIndex(of: 10) {
            do { records.append(try decoder.decode(TrialRecord.self, from: bytes[start..<end])) } catch {
                throw SearchError.notASearch(name, problem: "line \(records.count + 1) is damaged")
            }
            start = end + 1
        }
        return (records, start - bytes.startIndex)
    }
}
