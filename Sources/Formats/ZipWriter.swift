internal import CArchive
internal import Foundation

/// Writes a zip archive of stored (not compressed) entries, front to back; 64-bit sizes where they are needed.
struct ZipWriter {
    private var directory: [UInt8] = []
    private var count = 0
    private var offset = 0

    /// Adds an entry whose content is the `parts` followed by `bytes`.
    mutating func add(
        _ name: String, _ parts: [[UInt8]], _ bytes: UnsafeRawBufferPointer, to writer: FileWriter
    ) throws {
        var crc: UInt32 = 0
        for part in parts { crc = tw_crc32(crc, part, part.count) }
        crc = tw_crc32(crc, bytes.baseAddress, bytes.count)
        let size = parts.reduce(bytes.count) { $0 + $1.count }
        let name = Array(name.utf8.prefix(0xFFFF))
        let isLarge = size >= 0xFFFF_FFFF
        let shortSize = isLarge ? 0xFFFF_FFFF : size

        var local: [UInt8] = []
        local.append(0x0403_4B50, bytes: 4)
        local.append(isLarge ? 45 : 20, bytes: 2)  // version needed
        local.append(1 << 11, bytes: 2)  // names are UTF-8
        local.append(0, bytes: 2)  // stored
        local.append(0x0021_0000, bytes: 4)  // 1980-01-01: the same arrays give the same bytes
        local.append(Int(crc), bytes: 4)
        local.append(shortSize, bytes: 4)
        local.append(shortSize, bytes: 4)
        local.append(name.count, bytes: 2)
        local.append(isLarge ? 20 : 0, bytes: 2)
        local += name
        if isLarge {
            local.append(1, bytes: 2)
            local.append(16, bytes: 2)
            local.append(size, bytes: 8)
            local.append(size, bytes: 8)
        }
        try writer.write(local)
        for part in parts { try writer.write(part) }
        try writer.write(bytes)

        var extra: [UInt8] = []
        if isLarge {
            extra.append(size, bytes: 8)
            extra.append(size, bytes: 8)
        }
        if offset >= 0xFFFF_FFFF { extra.append(offset, bytes: 8) }
        directory.append(0x0201_4B50, bytes: 4)
        directory.append(extra.isEmpty ? 20 : 45, bytes: 2)
        directory.append(extra.isEmpty ? 20 : 45, bytes: 2)
        directory.append(1 << 11, bytes: 2)
        directory.append(0, bytes: 2)
        directory.append(0x0021_0000, bytes: 4)
        directory.append(Int(crc), bytes: 4)
        directory.append(shortSize, bytes: 4)
        directory.append(shortSize, bytes: 4)
        directory.append(name.count, bytes: 2)
        directory.append(extra.isEmpty ? 0 : extra.count + 4, bytes: 2)
        directory.append(0, bytes: 10)  // comment, disk, attributes
        directory.append(min(offset, 0xFFFF_FFFF), bytes: 4)
        directory += name
        if !extra.isEmpty {
            directory.append(1, bytes: 2)
            directory.append(extra.count, bytes: 2)
            directory += extra
        }
        count += 1
        offset += local.count + size
    }

    /// Writes the archive's directory; nothing may be added after.
    func finish(to writer: FileWriter) throws {
        var end: [UInt8] = []
        if count >= 0xFFFF || offset >= 0xFFFF_FFFF || directory.count >= 0xFFFF_FFFF {
            end.append(0x0606_4B50, bytes: 4)
            end.append(44, bytes: 8)
            end.append(45, bytes: 2)
            end.append(45, bytes: 2)
            end.append(0, bytes: 8)  // disks
            end.append(count, bytes: 8)
            end.append(count, bytes: 8)
            end.append(directory.count, bytes: 8)
            end.append(offset, bytes: 8)
            end.append(0x0706_4B50, bytes: 4)
            end.append(0, bytes: 4)
            end.append(offset + directory.count, bytes: 8)
            end.append(1, bytes: 4)
        }
        end.append(0x0605_4B50, bytes: 4)
        end.append(0, bytes: 4)
        end.append(min(count, 0xFFFF), bytes: 2)
        end.append(min(count, 0xFFFF), bytes: 2)
        end.append(min(directory.count, 0xFFFF_FFFF), bytes: 4)
        end.append(min(offset, 0xFFFF_FFFF), bytes: 4)
        end.append(0, bytes: 2)
        try writer.write(directory)
        try writer.write(end)
    }
}

extension [UInt8] {
    /// The low `bytes` bytes of `value`, little-endian.
    fileprivate mutating func append(_ value: Int, bytes: Int) {
        for index in 0..<bytes { append(UInt8(truncatingIfNeeded: index < 8 ? value >> (8 * index) : 0)) }
    }
}
