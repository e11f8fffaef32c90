import Foundation
import GRDB
import Synchronization
import ThalwegTraining

extension RunIndex {
    /// What the index remembers of a folder.
    private struct Remembered {
        var modified: Int64
        var isUnderWay: Bool
    }

    /// - Parameter readsAll: also those whose time has not changed.
    func refresh(_ store: RunStore, readsAll: Bool = false) throws -> Bool {
        let (remembered, oldSearches) = try store.writer.read { database in
            var remembered: [String: Remembered] = [:]
            let rows = try Row.fetchCursor(database, sql: "SELECT path, modified, status = 'running' FROM run")
            while let row = try rows.next() {
                remembered[row[0]] = Remembered(modified: row[1], isUnderWay: row[2] ?? false)
            }
            return (remembered, try Set(String.fetchAll(database, sql: "SELECT path FROM search")))
        }
        let walk = FolderWalk(folder.path, known: Set(remembered.keys))
        let hasMoreToSay = unreadable != walk.unreadable
        unreadable = walk.unreadable
        // A folder that changed this very moment may change again without its time telling.
        let young = Int64((Date.now.timeIntervalSince1970 - 2) * 1e9)
        let stale = walk.runs.filter { found in
            guard !readsAll, let old = remembered[found.path] else { return true }
            return old.isUnderWay || old.modified != found.modified
        }
        let present = Set(walk.runs.map(\.path))
        let gone = remembered.keys.filter { !present.contains($0) }
        let searches = Set(walk.searches)
        guard !stale.isEmpty || !gone.isEmpty || searches != oldSearches else { return hasMoreToSay }
        let read = Self.summaries(stale, in: folder)
        try store.writer.write { database in
            let columns = RunQuery.fields.map { "\"\($0)\"" } + ["modified", "figures", "settings", "summary"]
            let insertion = try database.makeStatement(
                sql: "INSERT OR REPLACE INTO run (\(columns.joined(separator: ", "))) "
                    + "VALUES (\(columns.map { _ in "?" }.joined(separator: ", ")))")
            for (found, row) in zip(stale, read) {
                let modified = found.modified < young ? found.modified : 0
                let fields = RunQuery.fields.map { row.summary.value(of: $0) }
                try insertion.execute(
                    arguments: StatementArguments(fields + [modified, row.figures, row.settings, row.text]))
            }
            for path in gone { try database.execute(sql: "DELETE FROM run WHERE path = ?", arguments: [path]) }
            for path in oldSearches.subtracting(searches) {
                try database.execute(sql: "DELETE FROM search WHERE path = ?", arguments: [path])
            }
            for path in searches.subtracting(oldSearches) {
                try database.execute(sql: "INSERT OR REPLACE INTO search (path) VALUES (?)", arguments: [path])
            }
        }
        return true
    }

    private struct Prepared {
        var summary: RunSummary
        var text: String
        var figures: String
        var settings: String
    }

    /// Reads folders on all cores.
    private static func summaries(_ found: [FolderWalk.Found], in folder: URL) -> [Prepared] {
        let results = Mutex<[Prepared?]>(Array(repeating: nil, count: found.count))
        DispatchQueue.concurrentPerform(iterations: found.count) { index in
            let path = found[index].path
            let summary = RunSummary(
                RunFolder(folder.appendingPathComponent(path).path), path: path, search: found[index].search)
            // Settings that are numbers are compared as numbers.
            let settings = summary.settings.mapValues { text -> SettingText in
                Double(text).flatMap { $0.isFinite ? .number($0) : nil } ?? .text(text)
            }
            let prepared = Prepared(
                summary: summary, text: json(summary), figures: json(summary.figures), settings: json(settings))
            results.withLock { $0[index] = prepared }
        }
        return results.withLock { $0.compactMap { $0 } }
    }

    private enum SettingText: Encodable {
        case number(Double), text(String)

        func encode(to encoder: any Encoder) throws {
            var container = encoder.singleValueContainer()
            switch self {
            case .number(let number): try container.encode(number)
            case .text(let text): try container.encode(text)
            }
        }
    }

    private static func json(_ value: some Encodable) -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "inf", negativeInfinity: "-inf", nan: "nan")
        // Numbers and texts can always be written.
        return (try? encoder.encode(value)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }
}

extension RunSummary {
    /// The value of one of `RunQuery.fields`.
    fileprivate func value(of field: String) -> (any DatabaseValueConvertible)? {
        switch field {
        case "path": path
        case "search": search
        case "status": status?.rawValue
        case "started": started
        case "ended": ended
        case "seconds": seconds
        case "data": data
        case "fingerprint": fingerprint
        case "task": task
        case "metric": metric
        case "network": network
        case "parameters": parameters
        case "seed": seed
        case "epochs": epochs
        case "steps": steps
        case "commit": git?.commit
        case "host": environment?.host
        case "processor": environment?.processor
        case "thalweg": environment?.thalweg
        default: preconditionFailure("no field '\(field)'")
        }
    }
}
