public import Foundation

/// A file being written: bytes gather in memory and reach the disk in large pieces.
public final class FileWriter {
    /// Where the bytes go now; the final file stands elsewhere until the end.
    public let path: String
    private let name: String
    private let descriptor: Int32
    private var pending: [UInt8] = []
    private static let pieceSize = 1 << 18

    fileprivate init(path: String, name: String, descriptor: Int32) {
        self.path = path
        self.name = name
        self.descriptor = descriptor
        pending.reserveCapacity(Self.pieceSize)
    }

    /// - Throws: `DataError` (disk full, quota, input/output).
    public func write(_ bytes: UnsafeRawBufferPointer) throws {
        if pending.count + bytes.count <= Self.pieceSize {
            pending.append(contentsOf: bytes)
        } else {
            try flush()
            if bytes.count >= Self.pieceSize { try writeNow(bytes) } else { pending.append(contentsOf: bytes) }
        }
    }

    public func write(_ bytes: [UInt8]) throws { try bytes.withUnsafeBytes { try write($0) } }

    /// Writes the text as UTF-8.
    public func write(_ text: String) throws {
        var text = text
        try text.withUTF8 { try write(UnsafeRawBufferPointer($0)) }
    }

    /// Hands gathered bytes to the system. `writeAtomically` does this at the end.
    public func flush() throws {
        guard !pending.isEmpty else { return }
        try pending.withUnsafeBytes { try writeNow($0) }
        pending.removeAll(keepingCapacity: true)
    }

    private func writeNow(_ bytes: UnsafeRawBufferPointer) throws {
        var rest = bytes
        while !rest.isEmpty {
            let wrote = systemWrite(descriptor, rest.baseAddress!, min(rest.count, 1 << 30))
            if wrote < 0 && errno == EINTR { continue }
            guard wrote > 0 else { throw systemError(errno, writing: name) }
            rest = UnsafeRawBufferPointer(rebasing: rest[wrote...])
        }
    }

    fileprivate func synchronize() throws {
        try flush()
        while fsync(descriptor) != 0 {
            if errno == EINTR { continue }
            // Pipes and some file systems cannot synchronize; what was written stands.
            if errno == EINVAL || errno == EROFS || errno == ENOTSUP { return }
            throw systemError(errno, writing: name)
        }
    }
}

private func systemWrite(_ descriptor: Int32, _ bytes: UnsafeRawPointer, _ count: Int) -> Int {
    write(descriptor, bytes, count)
}

/// Writes a file so that its name only ever shows the earlier or the whole new content.
///
/// A temporary file beside it is written, synchronized with the disk and renamed over `url`; then the folder is
/// synchronized. When `body` or the system fails, the temporary file is removed and an earlier file stays as it was. A
/// pipe or device is written directly. A symbolic link keeps pointing where it points.
///
/// - Throws: `DataError` naming `url` (missing folder, permission, disk full), or what `body` throws.
public func writeAtomically(_ url: URL, _ body: (FileWriter) throws -> Void) throws {
    let name = url.relativePath
    let target = url.resolvingSymlinksInPath().path
    var existing = stat()
    let exists = stat(target, &existing) == 0
    if exists && existing.st_mode & S_IFMT == S_IFDIR {
        throw DataError(.mislabeled, file: name, "cannot be written: a folder has this name")
    }
    if exists && existing.st_mode & S_IFMT != S_IFREG {
        return try writeDirectly(target, name: name, body)
    }
    let folder = (target as NSString).deletingLastPathComponent
    let base = (target as NSString).lastPathComponent
    let prefix = (folder.isEmpty ? "." : folder) + "/." + base.utf8Prefix(100)
    let (temporary, descriptor) = try openTemporary(prefix, name: name)
    do {
        if exists { _ = fchmod(descriptor, existing.st_mode & 0o7777) }
        let writer = FileWriter(path: temporary, name: name, descriptor: descriptor)
        do {
            try body(writer)
            try writer.synchronize()
        } catch {
            close(descriptor)
            throw error
        }
        // Renamed before it is closed: until then the lock keeps others from this name.
        guard rename(temporary, target) == 0 else {
            let code = errno
            close(descriptor)
            throw systemError(code, writing: name)
        }
        guard close(descriptor) == 0 else { throw systemError(errno, writing: name) }
    } catch {
        unlink(temporary)
        throw error
    }
    synchronizeFolder(folder.isEmpty ? "." : folder)
}

/// A file of its own beside the target. Its name is always the same, so that what a killed process left behind is
/// written over and renamed away; only while another process holds that name's lock a random one is taken.
private func openTemporary(_ prefix: String, name: String) throws -> (path: String, descriptor: Int32) {
    let usual = prefix + ".tmp"
    let descriptor = open(usual, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0o666)
    guard descriptor >= 0 else { throw systemError(errno, writing: name) }
    var opened = stat()
    var named = stat()
    if flock(descriptor, LOCK_EX | LOCK_NB) == 0, fstat(descriptor, &opened) == 0, lstat(usual, &named) == 0,
        opened.st_ino == named.st_ino, opened.st_dev == named.st_dev, opened.st_mode & S_IFMT == S_IFREG,
        ftruncate(descriptor, 0) == 0
    {
        return (usual, descriptor)
    }
    close(descriptor)
    let random = prefix + "." + String(UInt64.random(in: 0 ... .max), radix: 36) + ".tmp"
    let other = open(random, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
    guard other >= 0 else { throw systemError(errno, writing: name) }
    return (random, other)
}

private func writeDirectly(_ target: String, name: String, _ body: (FileWriter) throws -> Void) throws {
    let descriptor = open(target, O_WRONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw systemError(errno, writing: name) }
    defer { close(descriptor) }
    let writer = FileWriter(path: target, name: name, descriptor: descriptor)
    try body(writer)
    try writer.synchronize()
}

/// Makes a rename last through a power cut. Best effort: some file systems refuse it, and the file itself is safe.
private func synchronizeFolder(_ folder: String) {
    let descriptor = open(folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    _ = fsync(descriptor)
    close(descriptor)
}

/// What `errno` says about writing a file, in words a user can act on.
func systemError(_ code: Int32, writing name: String) -> DataError {
    switch code {
    case ENOSPC: DataError(.diskFull, file: name, "cannot be written: no space left on the device")
    case EDQUOT: DataError(.diskFull, file: name, "cannot be written: the disk quota is used up")
    case EFBIG: DataError(.diskFull, file: name, "cannot be written: larger than the file system allows")
    case EACCES, EPERM: DataError(.permission, file: name, "cannot be written: permission is denied")
    case EROFS: DataError(.permission, file: name, "cannot be written: the file system is read-only")
    case ENOENT, ENOTDIR: DataError(.notFound, file: name, "cannot be written: its folder does not exist")
    case ENAMETOOLONG: DataError(.inputOutput, file: name, "cannot be written: the name is too long")
    default: DataError(.inputOutput, file: name, "cannot be written: \(String(cString: strerror(code)))")
    }
}

extension String {
    /// At most `limit` bytes of UTF-8, whole characters: file names end at 255 bytes.
    fileprivate func utf8Prefix(_ limit: Int) -> String {
        guard utf8.count > limit else { return self }
        var result = ""
        for character in self {
            if result.utf8.count + character.utf8.count > limit { break }
            result.append(character)
        }
        return result
    }
}
