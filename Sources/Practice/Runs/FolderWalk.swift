import Foundation
import ThalwegDataSets

/// A folder below the folder of runs of which nobody can tell whether it is a run.
public struct UnreadableFolder: Sendable, Hashable {
    /// Relative to the folder of runs.
    public var path: String
    /// What the system says.
    public var reason: String
}

extension [UnreadableFolder] {
    /// One line that says how many were left out, and why; nil where none were.
    public var note: String? {
        guard !isEmpty else { return nil }
        let named = prefix(3).map { "\($0.path) (\($0.reason))" }.joined(separator: ", ")
        return "\(counted(count, "folder")) left out, which cannot be read: \(named)\(count > 3 ? ", …" : "")"
    }
}

/// Finds run folders below a folder, quickly: names and times, no content.
struct FolderWalk {
    struct Found {
        /// Relative to the folder walked.
        var path: String
        /// The search folder it lies in, relative as well.
        var search: String?
        /// When something in the folder last came, went or was replaced, in nanoseconds.
        var modified: Int64
    }

    private(set) var runs: [Found] = []
    private(set) var unreadable: [UnreadableFolder] = []
    /// Folders of searches, relative.
    private(set) var searches: [String] = []
    private let root: String
    private let known: Set<String>

    /// Folders deeper than this are not looked into.
    private static let deepest = 6

    /// - Parameter known: paths that were run folders before: nothing else is asked of them.
    init(_ root: String, known: Set<String>) {
        self.root = root
        self.known = known
        walk("", depth: 0, search: nil)
    }

    private mutating func walk(_ folder: String, depth: Int, search: String?) {
        let (folders, files): ([String], Set<String>)
        do { (folders, files) = try Self.entries(absolute(folder)) } catch {
            // One that is gone meanwhile is no matter.
            if error.code == .ENOENT { return }
            return unreadable.append(
                UnreadableFolder(path: folder, reason: String(cString: strerror(error.code.rawValue))))
        }
        var search = search
        if files.contains("trials.jsonl") {
            search = folder
            searches.append(folder)
        }
        for name in folders {
            let path = folder.isEmpty ? name : folder + "/" + name
            if let modified = Self.modified(absolute(path)), known.contains(path) || isRun(path) {
                runs.append(Found(path: path, search: search, modified: modified))
            } else if depth < Self.deepest {
                walk(path, depth: depth + 1, search: search)
            }
        }
    }

    private func absolute(_ path: String) -> String { path.isEmpty ? root : root + "/" + path }

    private func isRun(_ path: String) -> Bool {
        ["/run.json", "/config.toml", "/model.json"].contains { access(absolute(path) + $0, F_OK) == 0 }
            && access(absolute(path) + "/trials.jsonl", F_OK) != 0
    }

    /// Names in a folder, without hidden ones; links are not followed.
    private static func entries(_ folder: String) throws(POSIXError) -> (folders: [String], files: Set<String>) {
        guard access(folder, R_OK | X_OK) == 0, let stream = opendir(folder) else {
            throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO)
        }
        defer { closedir(stream) }
        var folders: [String] = []
        var files: Set<String> = []
        while let entry = readdir(stream) {
            let type = Int32(entry.pointee.d_type)
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            guard !name.hasPrefix(".") else { continue }
            if type == Int32(DT_DIR) || (type == Int32(DT_UNKNOWN) && isFolder(folder + "/" + name)) {
                folders.append(name)
            } else {
                files.insert(name)
            }
        }
        return (folders, files)
    }

    private static func isFolder(_ path: String) -> Bool {
        var status = stat()
        return lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    static func modified(_ path: String) -> Int64? {
        var status = stat()
        guard lstat(path, &status) == 0 else { return nil }
        #if os(Linux)
            let time = status.st_mtim
        #else
            let time = status.st_mtimespec
        #endif
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
