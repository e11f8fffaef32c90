public import Foundation
import GRDB
import Synchronization
import ThalwegFormats
public import ThalwegTraining

/// All runs below a folder, searchable.
///
/// The run folders are the truth. The index, `.index.sqlite` in the folder of runs, only remembers what was read of them: it is
/// brought up to date by looking at the folders' times, may be used by any number of processes at once, and is made anew when it
/// is damaged.
public final class RunIndex: Sendable {
    /// The folder of runs.
    public let folder: URL
    private let file: URL
    private let store: Mutex<RunStore>
    private let skipped = Mutex<[UnreadableFolder]>([])

    /// - Throws: `DataError` when the folder does not exist.
    public init(_ path: String) throws {
        folder = URL(fileURLWithPath: path)
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder) else {
            throw DataError(
                .notFound, file: path, "does not exist: there are no runs yet, or --runs names another folder")
        }
        guard isFolder.boolValue else { throw DataError(.mislabeled, file: path, "is not a folder of runs but a file") }
        guard access(folder.path, R_OK | X_OK) == 0 else {
            throw DataError(.permission, file: path, "cannot be read: permission is denied")
        }
        file = folder.appendingPathComponent(".index.sqlite")
        store = Mutex(RunStore(file))
    }

    /// Why the index is not kept; nil where it is.
    public var note: String? { store.withLock { $0.note } }

    /// Folders that could not be looked into at the last `refresh`: runs in them are not listed.
    public internal(set) var unreadable: [UnreadableFolder] {
        get { skipped.withLock { $0 } }
        set { skipped.withLock { $0 = newValue } }
    }

    /// Reads the folders that changed since they were last read, and forgets those that are gone.
    ///
    /// - Returns: Whether anything changed.
    @discardableResult
    public func refresh() throws -> Bool { try repairing { try refresh($0) } }

    /// Reads every folder anew. Others that use the index see it as it was until all are read.
    public func rebuild() throws { _ = try repairing { try refresh($0, readsAll: true) } }

    /// The runs that a query asks for. Call `refresh` before.
    public func runs(_ query: RunQuery = RunQuery()) throws -> [RunSummary] {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try json(query).compactMap { try? decoder.decode(RunSummary.self, from: Data($0.utf8)) }
    }

    /// The runs that a query asks for, a JSON object each with keys like `command_folder`: as `runs`, for thousands.
    public func json(_ query: RunQuery = RunQuery()) throws -> [String] {
        let (sql, arguments) = query.sql(columns: "summary")
        return try repairing { try $0.writer.read { try String.fetchAll($0, sql: sql, arguments: arguments) } }
    }

    /// What a list shows of the runs that a query asks for: as `runs`, for thousands.
    public func entries(_ query: RunQuery = RunQuery()) throws -> [RunEntry] {
        let (sql, arguments) = query.sql(columns: RunEntry.columns)
        return try repairing {
            try $0.writer.read { database in
                var entries: [RunEntry] = []
                let rows = try Row.fetchCursor(database, sql: sql, arguments: arguments)
                while let row = try rows.next() { entries.append(RunEntry(row)) }
                return entries
            }
        }
    }

    /// How many runs match, whatever the query's limit.
    public func count(_ query: RunQuery = RunQuery()) throws -> Int {
        var query = query
        (query.limit, query.offset, query.sort) = (nil, 0, nil)
        let (sql, arguments) = query.sql(columns: "COUNT(*)", isOrdered: false)
        return try repairing { try $0.writer.read { try Int.fetchOne($0, sql: sql, arguments: arguments) } } ?? 0
    }

    /// The run in the folder `path`, relative to the folder of runs.
    public func run(_ path: String) throws -> RunSummary? {
        var query = RunQuery()
        query.conditions = [.init("path", .equal, path)]
        // A text that ends for the database where it does not end for us is another one.
        return try runs(query).first { $0.path == path }
    }

    /// Folders of searches, relative to the folder of runs.
    public func searches() throws -> [String] {
        try repairing { try $0.writer.read { try String.fetchAll($0, sql: "SELECT path FROM search ORDER BY path") } }
    }

    /// The folder of a run in this index.
    public func runFolder(_ run: RunSummary) -> RunFolder { RunFolder(folder.appendingPathComponent(run.path).path) }

    /// Runs `body`; a database that proves damaged is made anew once, and one that stays locked gives way to memory.
    private func repairing<Result>(_ body: (RunStore) throws -> Result) throws -> Result {
        let present = store.withLock { $0 }
        do { return try body(present) } catch let error as DatabaseError {
            let replacement = RunStore.isDamage(error) ? RunStore.recreated(file) : RunStore.inMemory(because: error)
            store.withLock { $0 = replacement }
            _ = try refresh(replacement)
            return try body(replacement)
        }
    }
}
