public import Foundation

/// A file's bytes, read whole into memory of their own.
///
/// Not mapped: a mapped file that another program shortens kills the process. `@unchecked Sendable`: written only in
/// the initializers, read only after.
public final class FileBytes: @unchecked Sendable {
    public let bytes: UnsafeRawBufferPointer
    /// The file as the user named it, for messages.
    public let name: String
    private let memory: UnsafeMutableRawPointer

    /// The messages call the file `name`, by default the URL's path as it was given.
    ///
    /// - Parameter isText: Asked once about the file's beginning. Of a text nothing is read beyond the piece with its
    ///   first zero byte, which no text holds: what is left of a sparse file of any size is small.
    /// - Throws: `DataError` when the file is missing, a folder, a pipe or device, unreadable, or larger than memory.
    public convenience init(
        _ url: URL, name: String? = nil, isText: (UnsafeRawBufferPointer) -> Bool = { _ in false }
    ) throws {
        try self.init(path: url.path, name: name ?? url.relativePath, isText: isText)
    }

    /// The first `count` bytes of a file, to judge it before it is read.
    public convenience init(headOf url: URL, name: String, count: Int = 1 << 16) throws {
        let descriptor = try openForReading(url.path, name: name)
        defer { close(descriptor) }
        let size = min(try regularFileSize(descriptor, name: name), count)
        let (memory, bytes) = try readAll(descriptor, size: size, name: name) { _ in false }
        self.init(adopting: memory, count: bytes.count, name: name)
    }

    init(path: String, name: String, isText: (UnsafeRawBufferPointer) -> Bool = { _ in false }) throws {
        let descriptor = try openForReading(path, name: name)
        defer { close(descriptor) }
        let size = try regularFileSize(descriptor, name: name)
        (memory, bytes) = try readAll(descriptor, size: size, name: name, isText: isText)
        self.name = name
    }

    /// A copy of `bytes`.
    public init(_ copied: some Collection<UInt8>, name: String) {
        memory = UnsafeMutableRawPointer.allocate(byteCount: max(copied.count, 1), alignment: 64)
        let buffer = UnsafeMutableRawBufferPointer(start: memory, count: copied.count)
        buffer.copyBytes(from: copied)
        bytes = UnsafeRawBufferPointer(buffer)
        self.name = name
    }

    /// Takes over `memory`, allocated by `allocateMemory`.
    init(adopting memory: UnsafeMutableRawPointer, count: Int, name: String) {
        self.memory = memory
        bytes = UnsafeRawBufferPointer(start: memory, count: count)
        self.name = name
    }

    deinit { memory.deallocate() }
}

/// Without blocking: a pipe that nobody writes to would be waited for.
func openForReading(_ path: String, name: String) throws -> Int32 {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
    guard descriptor >= 0 else {
        if errno == ENXIO { throw DataError(.mislabeled, file: name, "this is a socket or device, not a regular file") }
        throw systemError(errno, reading: name)
    }
    return descriptor
}

/// The size of a regular file; all else is refused: a pipe or device may never end.
func regularFileSize(_ descriptor: Int32, name: String) throws -> Int {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw systemError(errno, reading: name) }
    let found: String
    switch status.st_mode & S_IFMT {
    case S_IFREG: return Int(status.st_size)
    case S_IFDIR: throw DataError(.mislabeled, file: name, "this is a folder, not a file")
    case S_IFIFO: found = "a pipe"
    case S_IFCHR, S_IFBLK: found = "a device"
    default: found = "something else"
    }
    throw DataError(.mislabeled, file: name, "a regular file is needed, this is \(found)")
}

/// The size of the regular file at `url`.
func fileSize(_ url: URL, name: String) throws -> Int {
    let descriptor = try openForReading(url.path, name: name)
    defer { close(descriptor) }
    return try regularFileSize(descriptor, name: name)
}

/// Memory for `count` bytes, or a `DataError`: a hostile or honest size must not end the process.
func allocateMemory(_ count: Int, name: String) throws -> UnsafeMutableRawPointer {
    guard count <= usableMemory, let memory = malloc(max(count, 1)) else {
        throw DataError(.tooLarge, file: name, "\(count) bytes are more than this machine's memory can hold")
    }
    return memory
}

/// Bytes of the machine's memory that one file may fill.
package let usableMemory: Int = {
    let pages = sysconf(Int32(_SC_PHYS_PAGES))
    let pageSize = sysconf(Int32(_SC_PAGESIZE))
    guard pages > 0, pageSize > 0 else { return 1 << 34 }
    return pages / 4 * 3 * pageSize
}()

private func readAll(
    _ descriptor: Int32, size: Int, name: String, isText: (UnsafeRawBufferPointer) -> Bool
) throws -> (UnsafeMutableRawPointer, UnsafeRawBufferPointer) {
    let memory = try allocateMemory(size, name: name)
    var count = 0
    var stopsAtZero: Bool?
    do {
        while count < size {
            // The first piece tells what the file is.
            let piece = stopsAtZero == nil ? 1 << 16 : stopsAtZero == true ? 1 << 24 : 1 << 30
            let got = read(descriptor, memory + count, min(size - count, piece))
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { throw systemError(errno, reading: name) }
            if got == 0 { break }
            let isText = stopsAtZero ?? isText(UnsafeRawBufferPointer(start: memory, count: got))
            stopsAtZero = isText
            let hasZero = isText && memchr(memory + count, 0, got) != nil
            count += got
            if hasZero { break }
        }
    } catch {
        free(memory)
        throw error
    }
    return (memory, UnsafeRawBufferPointer(start: memory, count: count))
}

/// What `errno` says about reading a file, in words a user can act on.
func systemError(_ code: Int32, reading name: String) -> DataError {
    switch code {
    case ENOENT: DataError(.notFound, file: name, "no such file")
    case ENOTDIR: DataError(.notFound, file: name, "no such file (a part of the path is not a folder)")
    case EACCES, EPERM: DataError(.permission, file: name, "permission to read it is denied")
    case EISDIR: DataError(.mislabeled, file: name, "this is a folder, not a file")
    default: DataError(.inputOutput, file: name, "reading failed: \(String(cString: strerror(code)))")
    }
}
