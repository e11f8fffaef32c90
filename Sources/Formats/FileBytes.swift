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
    /// - Throws: `DataError` when the file is missing, a folder, unreadable, or larger than memory.
    public convenience init(_ url: URL, name: String? = nil) throws {
        try self.init(path: url.path, name: name ?? url.relativePath)
    }

    init(path: String, name: String) throws {
        let descriptor = try openForReading(path, name: name)
        defer { close(descriptor) }
        let size = try regularFileSize(descriptor, name: name)
        (memory, bytes) = try readAll(descriptor, expecting: size, name: name)
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

func openForReading(_ path: String, name: String) throws -> Int32 {
    let descriptor = open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw systemError(errno, reading: name) }
    return descriptor
}

/// The size, or nil for a pipe or device, whose size shows only by reading.
func regularFileSize(_ descriptor: Int32, name: String) throws -> Int? {
    var status = stat()
    guard fstat(descriptor, &status) == 0 else { throw systemError(errno, reading: name) }
    switch status.st_mode & S_IFMT {
    case S_IFDIR: throw DataError(.mislabeled, file: name, "this is a folder, not a file")
    case S_IFREG: return Int(status.st_size)
    default: return nil
    }
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
    _ descriptor: Int32, expecting size: Int?, name: String
) throws -> (UnsafeMutableRawPointer, UnsafeRawBufferPointer) {
    var capacity = size ?? 1 << 16
    var memory = try allocateMemory(capacity, name: name)
    var count = 0
    do {
        while true {
            if count == capacity {
                if size != nil { break }
                guard capacity <= usableMemory / 2, let larger = realloc(memory, capacity * 2) else {
                    throw DataError(.tooLarge, file: name, "more data than this machine's memory can hold")
                }
                memory = larger
                capacity *= 2
            }
            let got = read(descriptor, memory + count, min(capacity - count, 1 << 30))
            if got < 0 && errno == EINTR { continue }
            guard got >= 0 else { throw systemError(errno, reading: name) }
            if got == 0 { break }
            count += got
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
