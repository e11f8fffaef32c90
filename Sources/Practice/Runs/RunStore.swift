import Foundation
import GRDB
import ThalwegFormats

/// The database behind the index: a cache of the run folders that may be thrown away at any time.
///
/// Opening never fails. A damaged database is replaced by an empty one; where none can be written, or another process has locked
/// it for good, it lives in memory.
struct RunStore: Sendable {
    let writer: any DatabaseWriter
    /// Why the index is kept in memory only; nil where it is a file.
    let note: String?

    init(_ file: URL) {
        do {
            (writer, note) = (try Self.alone(file) { try Self.open(file) }, nil)
        } catch  where Self.isDamage(error) {
            (writer, note) = Self.replaced(file)
        } catch {
            (writer, note) = (Self.inMemory(), Self.reason(error))
        }
    }

    private init(writer: any DatabaseWriter, note: String?) {
        self.writer = writer
        self.note = note
    }

    /// A new, empty database in the place of the old one.
    static func recreated(_ file: URL) -> RunStore {
        let (writer, note) = replaced(file, evenIfSound: true)
        return RunStore(writer: writer, note: note)
    }

    /// An empty database in memory.
    static func inMemory(because error: any Error) -> RunStore { RunStore(writer: inMemory(), note: reason(error)) }

    /// Runs `body` while no other process makes, opens or replaces the database; after three seconds of waiting anyway, since
    /// whoever holds the lock may have been stopped.
    private static func alone<Result>(_ file: URL, _ body: () throws -> Result) rethrows -> Result {
        let lock = openLock(file.path + ".lock")
        defer { if lock >= 0 { close(lock) } }
        for _ in 0..<300 where lock >= 0 {
            if flock(lock, LOCK_EX | LOCK_NB) == 0 || errno != EWOULDBLOCK { break }
            usleep(10_000)
        }
        return try body()
    }

    private static func open(_ file: URL) throws -> any DatabaseWriter {
        var configuration = Configuration()
        configuration.busyMode = .timeout(3)
        configuration.label = "thalweg.runs"
        let pool = try DatabasePool(path: file.path, configuration: configuration)
        try prepare(pool)
        return pool
    }

    private static func prepare(_ writer: any DatabaseWriter) throws {
        guard try !writer.read(migrator.hasBeenSuperseded) else { throw LaterVersion() }
        if try !writer.read(migrator.hasCompletedMigrations) { try migrator.migrate(writer) }
    }

    /// Removes the files under a lock: of several processes that find the database damaged one replaces it.
    private static func replaced(_ file: URL, evenIfSound: Bool = false) -> (any DatabaseWriter, String?) {
        do {
            return try alone(file) {
                if !evenIfSound {
                    do { return (try open(file), nil) } catch  where !isDamage(error) { throw error } catch {}
                }
                for suffix in ["", "-wal", "-shm"] { unlink(file.path + suffix) }
                return (try open(file), nil)
            }
        } catch {
            return (inMemory(), reason(error))
        }
    }

    private static func inMemory() -> any DatabaseWriter {
        // A database in memory without a table cannot fail but for want of memory.
        guard let queue = try? DatabaseQueue(), (try? prepare(queue)) != nil else {
            fatalError("no memory for the index of runs")
        }
        return queue
    }

    /// Whether the file is no database or one that cannot be read any more.
    static func isDamage(_ error: any Error) -> Bool {
        guard let error = error as? DatabaseError else { return false }
        // A schema that does not fit is damage, too: nobody but this program writes here.
        return [.SQLITE_CORRUPT, .SQLITE_NOTADB, .SQLITE_ERROR, .SQLITE_SCHEMA, .SQLITE_IOERR].contains(
            error.resultCode.primaryResultCode)
    }

    static func reason(_ error: any Error) -> String {
        if error is LaterVersion { return "the index of runs was made by a later version of Thalweg and is left alone" }
        let problem = (error as? DatabaseError)?.message ?? "\(error)"
        return "the index of runs cannot be kept (\(problem)); the folders are read instead"
    }

    private struct LaterVersion: Error {}

    /// Changes of the tables, oldest first. A published one is never edited: a new one follows it.
    static let migrator: DatabaseMigrator = {
        var migrator = DatabaseMigrator()
        migrator.registerMigration("runs") { database in
            try database.execute(
                sql: """
                    CREATE TABLE run (
                        path TEXT PRIMARY KEY NOT NULL,
                        search TEXT,
                        -- The folder's time of change when it was read; 0 where it must be read again.
                        modified INTEGER NOT NULL,
                        status TEXT,
                        started TEXT,
                        figures TEXT NOT NULL,
                        settings TEXT NOT NULL,
                        summary TEXT NOT NULL
                    ) WITHOUT ROWID
                    """)
            try database.execute(sql: "CREATE INDEX run_started ON run (started)")
        }
        migrator.registerMigration("searches") { database in
            try database.execute(sql: "CREATE TABLE search (path TEXT PRIMARY KEY NOT NULL) WITHOUT ROWID")
        }
        migrator.registerMigration("fields") { database in
            // The folders are read anew.
            try database.execute(sql: "DROP TABLE run")
            try database.execute(
                sql: """
                    CREATE TABLE run (
                        path TEXT PRIMARY KEY NOT NULL,
                        -- The folder's time of change when it was read; 0 where it must be read again.
                        modified INTEGER NOT NULL,
                        search TEXT, status TEXT, started TEXT, ended TEXT, seconds REAL, data TEXT, fingerprint TEXT, task TEXT,
                        metric TEXT, network TEXT, parameters INTEGER, seed INTEGER, epochs INTEGER, steps INTEGER, "commit" TEXT,
                        host TEXT, processor TEXT, thalweg TEXT,
                        figures TEXT NOT NULL,
                        settings TEXT NOT NULL,
                        summary TEXT NOT NULL
                    ) WITHOUT ROWID
                    """)
            try database.execute(sql: "CREATE INDEX run_started ON run (started)")
        }
        migrator.registerMigration("printed") { database in
            // Summaries are spelled as they are printed: the folders are read anew.
            try database.execute(sql: "DELETE FROM run")
        }
        return migrator
    }()
}

private func openLock(_ path: String) -> Int32 { open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644) }
